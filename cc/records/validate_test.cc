#include "cc/records/validate.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "cc/records/input_format.h"
#include "cc/testing/frames.h"

namespace lczero {
namespace {

using testing::RandomFrame;
using testing::RandomGame;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Case {
  BadReason reason;
  void (*damage)(Frame&);
  const char* expected_detail;
};

void LoseLegalMoves(Frame& frame) {
  for (float& p : frame.probabilities) p = -1.0f;
}

void ScalePolicy(Frame& frame, float factor) {
  for (float& p : frame.probabilities) {
    if (p > 0.0f) p *= factor;
  }
}

const Case kCases[] = {
    {BadReason::kVersion, [](Frame& f) { f.version = 5; }, "version is 5"},
    {BadReason::kNotFinite, [](Frame& f) { f.root_q = kNan; }, "root_q"},
    {BadReason::kNotFinite, [](Frame& f) { f.best_m = kInfinity; }, "best_m"},
    {BadReason::kNotFinite, [](Frame& f) { f.plies_left = -kInfinity; },
     "plies_left"},
    {BadReason::kNotFinite, [](Frame& f) { f.q_st = kNan; }, "q_st"},
    {BadReason::kNotFinite, [](Frame& f) { f.d_st = kNan; }, "d_st"},
    {BadReason::kNotFinite, [](Frame& f) { f.policy_kld = kNan; },
     "policy_kld"},
    {BadReason::kNotFinite, [](Frame& f) { f.probabilities[0] = kNan; },
     "a probability"},
    {BadReason::kNotFinite,
     [](Frame& f) { f.probabilities[kPolicySize - 1] = -kInfinity; },
     "a probability"},
    {BadReason::kNoLegalMove, LoseLegalMoves, "no move"},
    {BadReason::kPolicySum, [](Frame& f) { ScalePolicy(f, 1.011f); },
     "sum to 1.011"},
    {BadReason::kPolicySum, [](Frame& f) { ScalePolicy(f, 0.989f); },
     "sum to 0.989"},
    {BadReason::kQ, [](Frame& f) { f.best_q = 1.5f; },
     "best_q is 1.5, not within [-1, 1]"},
    {BadReason::kQ, [](Frame& f) { f.result_q = -2.0f; }, "result_q is -2"},
    {BadReason::kQ, [](Frame& f) { f.orig_q = 1.25f; }, "orig_q is 1.25"},
    {BadReason::kQ, [](Frame& f) { f.q_st = -1.5f; }, "q_st is -1.5"},
    {BadReason::kD, [](Frame& f) { f.root_d = -0.25f; },
     "root_d is -0.25, not within [0, 1]"},
    {BadReason::kD, [](Frame& f) { f.d_st = 1.5f; }, "d_st is 1.5"},
    {BadReason::kPliesLeft, [](Frame& f) { f.plies_left = -1.0f; },
     "plies_left is -1"},
    {BadReason::kMoveIndex, [](Frame& f) { f.played_idx = 1858; },
     "played_idx is 1858"},
    {BadReason::kMoveIndex, [](Frame& f) { f.best_idx = 65535; },
     "best_idx is 65535"},
    {BadReason::kKings, [](Frame& f) { f.planes[kOurKingBitboard] = 0; },
     "our side has 0 kings"},
    {BadReason::kKings, [](Frame& f) { f.planes[kTheirKingBitboard] = 3; },
     "their side has 2 kings"},
};

TEST(ValidateFrameTest, EveryRuleIsNamedWithItsValue) {
  for (const Case& test : kCases) {
    Frame frame = RandomFrame(1, InputFormat::kClassical, kVersion7);
    ASSERT_TRUE(ValidateFrame(frame).has_value());
    test.damage(frame);
    const auto ok = ValidateFrame(frame);
    ASSERT_FALSE(ok.has_value()) << test.expected_detail;
    EXPECT_EQ(BadReasonName(ok.error().reason), BadReasonName(test.reason))
        << ok.error().detail;
    EXPECT_NE(ok.error().detail.find(test.expected_detail), std::string::npos)
        << ok.error().detail;
  }
}

TEST(ValidateFrameTest, AcceptsTheEdgesOfEachRule) {
  Frame frame = RandomFrame(2, InputFormat::kClassical, kVersion7);
  frame.best_q = 1.0f;
  frame.root_q = -1.0f;
  frame.best_d = 0.0f;
  frame.root_d = 1.0f;
  frame.plies_left = 0.0f;
  frame.played_idx = frame.best_idx = kPolicySize - 1;
  frame.orig_q = frame.orig_d = kNan;
  frame.orig_m = kInfinity;
  ScalePolicy(frame, 1.009f);
  const auto ok = ValidateFrame(frame);
  EXPECT_TRUE(ok.has_value()) << ok.error().detail;
}

TEST(ValidateFrameTest, ShortTermTargetsAreOfV7Only) {
  Frame frame = RandomFrame(3);
  frame.q_st = 1.5f;
  EXPECT_TRUE(ValidateFrame(frame).has_value());
  frame.version = kVersion7;
  EXPECT_FALSE(ValidateFrame(frame).has_value());
}

TEST(ValidateChunkTest, AcceptsRandomGamesOfEveryFormat) {
  for (InputFormat format : kInputFormats) {
    for (uint32_t version : {kVersion6, kVersion7}) {
      const auto game = RandomGame(11, 20, format, version);
      const auto ok = ValidateChunk(game, static_cast<uint32_t>(format));
      EXPECT_TRUE(ok.has_value()) << ok.error().detail;
    }
  }
}

BadReason ReasonOf(std::span<const Frame> game,
                   std::optional<uint32_t> format = std::nullopt) {
  const auto ok = ValidateChunk(game, format);
  EXPECT_FALSE(ok.has_value());
  return ok.error().reason;
}

TEST(ValidateChunkTest, ChecksTheChunkAsAWhole) {
  EXPECT_EQ(ReasonOf({}), BadReason::kEmpty);
  EXPECT_EQ(ReasonOf(RandomGame(1, 3), 3), BadReason::kInputFormat);

  auto game = RandomGame(1, 3);
  game[2].input_format = 2;
  EXPECT_EQ(ReasonOf(game), BadReason::kInputFormat);

  game[2].input_format = 77;
  EXPECT_EQ(ReasonOf(game), BadReason::kUnknownInputFormat);

  game = RandomGame(1, 3);
  game[1].version = kVersion7;
  EXPECT_EQ(ReasonOf(game), BadReason::kMixedVersions);
}

TEST(ValidateChunkTest, NamesTheFrame) {
  auto game = RandomGame(1, 3);
  game[2].best_q = 1.5f;
  const auto ok = ValidateChunk(game, std::nullopt);
  ASSERT_FALSE(ok.has_value());
  EXPECT_EQ(ok.error().detail, "frame 2: best_q is 1.5, not within [-1, 1]");
}

TEST(BadReasonTest, NamesAreDistinctAndNotEmpty) {
  const std::set<std::string_view> names(kBadReasonNames.begin(),
                                         kBadReasonNames.end());
  EXPECT_EQ(names.size(), kBadReasons);
  EXPECT_FALSE(names.contains(""));
}

}  // namespace
}  // namespace lczero
