#include "cc/frames/acceptance.h"

#include <gtest/gtest.h>

#include <limits>

namespace lczero {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Frame FrameWith(float best_q, float orig_q, float policy_kld) {
  Frame frame{};
  frame.best_q = best_q;
  frame.orig_q = orig_q;
  frame.policy_kld = policy_kld;
  return frame;
}

constexpr DiffFocus kFocus = {.floor = 0.1,
                              .q_scale = 2,
                              .q_exponent = 2,
                              .policy_scale = 0.5,
                              .policy_exponent = 0.5};

TEST(DiffFocusTest, ByHand) {
  EXPECT_DOUBLE_EQ(kFocus.Chance(FrameWith(0.25f, 0.25f, 0.0f)), 0.1);
  EXPECT_DOUBLE_EQ(kFocus.Chance(FrameWith(-0.25f, 0.25f, 0.0f)), 0.1 + 0.5);
  EXPECT_DOUBLE_EQ(kFocus.Chance(FrameWith(0.5f, 0.25f, 0.25f)),
                   0.1 + 0.125 + 0.25);
  EXPECT_DOUBLE_EQ(kFocus.Chance(FrameWith(-1.0f, 1.0f, 4.0f)), 1.0);
}

TEST(DiffFocusTest, WhatIsNotKnownIsKept) {
  EXPECT_EQ(kFocus.Chance(FrameWith(0.5f, kNan, 0.0f)), 1.0);
}

TEST(DiffFocusTest, AnUnusableDivergenceCountsAsNone) {
  EXPECT_DOUBLE_EQ(kFocus.Chance(FrameWith(0.0f, 0.0f, kNan)), 0.1);
  EXPECT_DOUBLE_EQ(kFocus.Chance(FrameWith(0.0f, 0.0f, -1.0f)), 0.1);
}

TEST(LengthCorrectionTest, ByHand) {
  const LengthCorrection hanse{.threshold = 100, .gamma = 2};
  EXPECT_DOUBLE_EQ(hanse.Chance(50), 0.25);
  EXPECT_DOUBLE_EQ(hanse.Chance(100), 1.0);
  EXPECT_DOUBLE_EQ(hanse.Chance(500), 1.0);
  EXPECT_DOUBLE_EQ(hanse.Chance(0), 0.0);
}

TEST(AcceptsTest, AlwaysAndNever) {
  for (uint64_t i = 0; i < 1000; ++i) {
    EXPECT_TRUE(Accepts(1.0, 1, 2, 3, i));
    EXPECT_FALSE(Accepts(0.0, 1, 2, 3, i));
  }
}

// 100,000 draws; the tolerance is five standard deviations of 0.00145.
TEST(AcceptsTest, WithTheChanceWhateverArgumentMoves) {
  for (int moving : {0, 1, 2, 3}) {
    int accepted = 0;
    for (uint64_t i = 0; i < 100'000; ++i) {
      uint64_t values[] = {7, 8, 9, 10};
      values[moving] += i;
      accepted +=
          Accepts(0.3, values[0], values[1], values[2], values[3]) ? 1 : 0;
    }
    EXPECT_NEAR(accepted / 1e5, 0.3, 0.0073) << moving;
  }
}

TEST(AcceptsTest, TheSameArgumentsGiveTheSameDraw) {
  for (uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(Accepts(0.5, 1, i, 2, 3), Accepts(0.5, 1, i, 2, 3));
  }
}

}  // namespace
}  // namespace lczero
