#include "cc/records/packed_frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "cc/base/random.h"
#include "cc/testing/frames.h"
#include "cc/testing/real_games.h"

namespace lczero {
namespace {

using testing::RandomFrame;

void ExpectSameWithoutAvx2(const Frame& frame) {
  std::array<std::byte, PackedFrame::kMaxBytes> fast, slow;
  const size_t size = PackFrameSlowly(frame, slow);
  ASSERT_EQ(PackFrame(frame, fast), size);
  EXPECT_TRUE(std::ranges::equal(std::span(fast).first(size),
                                 std::span(slow).first(size)));
  Frame unpacked;
  std::memset(static_cast<void*>(&unpacked), 0xa5, sizeof(unpacked));
  UnpackSlowly(std::span(slow).first(size), unpacked);
  EXPECT_EQ(std::memcmp(&unpacked, &frame, sizeof(frame)), 0);
}

void ExpectSameBits(const Frame& frame) {
  const PackedFrame packed(frame);
  EXPECT_LE(packed.size(), PackedFrame::kMaxBytes);
  Frame unpacked;
  std::memset(static_cast<void*>(&unpacked), 0xa5, sizeof(unpacked));
  packed.Unpack(unpacked);
  EXPECT_EQ(std::memcmp(&unpacked, &frame, sizeof(frame)), 0);
  ExpectSameWithoutAvx2(frame);
}

TEST(PackedFrameTest, EveryFormatAndVersion) {
  uint64_t seed = 0;
  for (InputFormat format : kInputFormats) {
    for (uint32_t version : {kVersion6, kVersion7}) {
      for (int i = 0; i < 20; ++i) {
        ExpectSameBits(RandomFrame(++seed, format, version));
      }
    }
  }
}

TEST(PackedFrameTest, RealGamesAreSmall) {
  size_t frames = 0, bytes = 0;
  for (const std::vector<Frame>& game : testing::RealGames()) {
    for (const Frame& frame : game) {
      ExpectSameBits(frame);
      bytes += PackedFrame(frame).size();
      ++frames;
    }
  }
  ASSERT_GT(frames, 1000u);
  EXPECT_LT(bytes / frames, 320u);
}

TEST(PackedFrameTest, GapsOfEveryLength) {
  for (size_t gap : {1u, 2u, 253u, 254u, 255u, 256u, 257u, 509u, 510u, 511u,
                     512u, 1856u, 1857u}) {
    Frame frame = RandomFrame(1);
    std::fill_n(frame.probabilities, kPolicySize, -1.0f);
    frame.probabilities[0] = 0.25f;
    frame.probabilities[gap] = 0.75f;
    ExpectSameBits(frame);
    frame.probabilities[0] = -1.0f;
    ExpectSameBits(frame);
  }
}

TEST(PackedFrameTest, WhatIsUnusualStaysAsItIs) {
  Frame frame = RandomFrame(2, InputFormat::kV2, kVersion7);
  frame.probabilities[7] = -0.0f;
  frame.probabilities[8] = -0.5f;
  frame.probabilities[9] = std::numeric_limits<float>::denorm_min();
  frame.orig_q = -std::numeric_limits<float>::quiet_NaN();
  frame.orig_m = std::numeric_limits<float>::infinity();
  frame.dummy = 77;
  frame.reserved[7] = std::nanf("0x123");
  ExpectSameBits(frame);
}

TEST(PackedFrameTest, TheLargestFrameFits) {
  Random random(5);
  Frame frame = RandomFrame(3, InputFormat::kV2Armageddon, kVersion7);
  for (float& p : frame.probabilities) {
    p = static_cast<float>(random.Uniform());
  }
  for (uint64_t& board : frame.planes) board = random.Next();
  for (float& value : frame.reserved) value = 1.0f;
  ExpectSameBits(frame);
  std::memset(frame.planes, 0xff, sizeof(frame.planes));
  ExpectSameBits(frame);
  std::memset(frame.planes, 0, sizeof(frame.planes));
  ExpectSameBits(frame);
}

TEST(PackedFrameTest, ACopyIsAFrameOfItsOwn) {
  const Frame frame = RandomFrame(4);
  PackedFrame packed(frame);
  const PackedFrame copy = packed.view().Copy();
  packed = PackedFrame(RandomFrame(5));
  Frame unpacked;
  copy.Unpack(unpacked);
  EXPECT_EQ(std::memcmp(&unpacked, &frame, sizeof(frame)), 0);
}

}  // namespace
}  // namespace lczero
