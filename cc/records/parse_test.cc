#include "cc/records/parse.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "cc/records/validate.h"
#include "cc/testing/frames.h"

namespace lczero {
namespace {

using testing::ChunkBytes;
using testing::RandomGame;

using Bytes = std::vector<std::byte>;

bool SameBytes(const Frame& a, const Frame& b) {
  return std::memcmp(&a, &b, sizeof(Frame)) == 0;
}

BadReason ReasonOf(std::span<const std::byte> bytes) {
  const auto frames = ParseChunk(bytes);
  EXPECT_FALSE(frames.has_value());
  return frames.error().reason;
}

class ParseTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  const uint32_t version_ = GetParam();
  const std::vector<Frame> game_ =
      RandomGame(1, 5, InputFormat::kClassical, version_);
  const size_t frame_bytes_ =
      version_ == kVersion6 ? kFrameV6Bytes : kFrameV7Bytes;
};

TEST_P(ParseTest, GivesBackWhatWasWritten) {
  const auto frames = ParseChunk(ChunkBytes(game_));
  ASSERT_TRUE(frames.has_value()) << frames.error().detail;
  ASSERT_EQ(frames->size(), game_.size());
  for (size_t i = 0; i < game_.size(); ++i) {
    EXPECT_TRUE(SameBytes((*frames)[i], game_[i])) << "frame " << i;
  }
}

TEST_P(ParseTest, AcceptsAnyAlignment) {
  const Bytes bytes = ChunkBytes(game_);
  for (size_t shift = 1; shift < 8; ++shift) {
    Bytes shifted(shift);
    shifted.insert(shifted.end(), bytes.begin(), bytes.end());
    const auto frames = ParseChunk(std::span(shifted).subspan(shift));
    ASSERT_TRUE(frames.has_value());
    EXPECT_TRUE(SameBytes(frames->back(), game_.back()));
  }
}

TEST_P(ParseTest, EveryTruncationIsSizeExceptWholeFrames) {
  const Bytes bytes = ChunkBytes(game_);
  for (size_t size = 1; size < bytes.size(); ++size) {
    const auto frames = ParseChunk(std::span(bytes).first(size));
    if (size % frame_bytes_ == 0) {
      ASSERT_TRUE(frames.has_value());
      EXPECT_EQ(frames->size(), size / frame_bytes_);
    } else {
      ASSERT_FALSE(frames.has_value()) << size;
      EXPECT_EQ(frames.error().reason, BadReason::kSize) << size;
    }
  }
}

// Wherever a bit flips, the parser answers, and validation of what it returns
// does too; a flip in a version is always noticed.
TEST_P(ParseTest, BitFlipsAreSurvivedAndVersionsChecked) {
  const Bytes bytes = ChunkBytes(game_);
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    Bytes flipped = bytes;
    const size_t bit = random() % (bytes.size() * 8);
    flipped[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    const auto frames = ParseChunk(flipped);
    if (frames) (void)ValidateChunk(*frames, std::nullopt);
    if (bit / 8 % frame_bytes_ < 4) {
      EXPECT_FALSE(frames.has_value());
    }
  }
  for (size_t frame = 0; frame < game_.size(); ++frame) {
    for (size_t bit = 0; bit < 32; ++bit) {
      Bytes flipped = bytes;
      flipped[frame * frame_bytes_ + bit / 8] ^=
          static_cast<std::byte>(1 << (bit % 8));
      EXPECT_FALSE(ParseChunk(flipped).has_value()) << frame << " " << bit;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, ParseTest,
                         ::testing::Values(kVersion6, kVersion7));

TEST(ParseChunkTest, V6IsWidenedWithZeros) {
  const auto frames = ParseChunk(ChunkBytes(RandomGame(2, 1)));
  ASSERT_TRUE(frames.has_value());
  const Frame& frame = frames->front();
  EXPECT_EQ(frame.version, kVersion6);
  EXPECT_EQ(frame.d_st, 0.0f);
  EXPECT_EQ(frame.opp_played_idx, 0);
  EXPECT_EQ(frame.next_played_idx, 0);
  for (float value : frame.reserved) EXPECT_EQ(value, 0.0f);
}

TEST(ParseChunkTest, NamesTheReason) {
  EXPECT_EQ(ReasonOf({}), BadReason::kEmpty);
  EXPECT_EQ(ReasonOf(Bytes(3)), BadReason::kSize);
  EXPECT_EQ(ReasonOf(Bytes(kFrameV6Bytes)), BadReason::kVersion);
  auto mixed = RandomGame(3, 3, InputFormat::kClassical, kVersion7);
  mixed[2].version = kVersion6;
  Bytes bytes = ChunkBytes(mixed);
  bytes.resize(3 * kFrameV7Bytes);
  EXPECT_EQ(ReasonOf(bytes), BadReason::kMixedVersions);
}

TEST(RecordBytesInTest, TellsWhereTheSizeTells) {
  EXPECT_EQ(RecordBytesIn(kFrameV6Bytes * 1000), kFrameV6Bytes);
  EXPECT_EQ(RecordBytesIn(kFrameV7Bytes), kFrameV7Bytes);
  EXPECT_EQ(RecordBytesIn(kFrameV7Bytes * 2089), std::nullopt);
  EXPECT_EQ(RecordBytesIn(kFrameV7Bytes + 4), std::nullopt);
  EXPECT_EQ(RecordBytesIn(0), std::nullopt);
}

TEST(ParseChunkTest, MessageHasTheValues) {
  Bytes bytes = ChunkBytes(RandomGame(4, 1));
  bytes.push_back(std::byte{0});
  const auto frames = ParseChunk(bytes);
  ASSERT_FALSE(frames.has_value());
  EXPECT_EQ(frames.error().detail,
            "size 8357 bytes is not a multiple of the V6 frame (8356)");
}

}  // namespace
}  // namespace lczero
