#include "cc/files/extents.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "cc/base/random.h"

namespace lczero {
namespace {

constexpr uint64_t kBlock = Extents::kBlockBytes;

TEST(ExtentsTest, TakesTheSmallestHoleThatFits) {
  Extents extents(10 * kBlock + 1);
  EXPECT_EQ(extents.Take(3 * kBlock), 0u);
  EXPECT_EQ(extents.Take(1), 3 * kBlock);
  EXPECT_EQ(extents.Take(kBlock), 4 * kBlock);
  EXPECT_EQ(extents.Take(kBlock + 1), 5 * kBlock);
  EXPECT_EQ(extents.used(), 7 * kBlock);
  EXPECT_EQ(extents.Take(3 * kBlock + 1), std::nullopt);
  extents.Give(0, 3 * kBlock);
  extents.Give(4 * kBlock, kBlock);
  EXPECT_EQ(extents.Take(kBlock), 4 * kBlock);
  EXPECT_EQ(extents.Take(2 * kBlock), 0u);
}

TEST(ExtentsTest, HolesThatTouchBecomeOne) {
  Extents extents(3 * kBlock);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(extents.Take(kBlock));
  extents.Give(0, kBlock);
  extents.Give(2 * kBlock, kBlock);
  EXPECT_EQ(extents.Take(2 * kBlock), std::nullopt);
  extents.Give(kBlock, kBlock);
  EXPECT_EQ(extents.Take(3 * kBlock), 0u);
}

TEST(ExtentsTest, NoCapacityNoExtent) {
  Extents extents(kBlock - 1);
  EXPECT_EQ(extents.Take(1), std::nullopt);
}

// Against a map of the blocks.
TEST(ExtentsTest, RandomUseNeverOverlapsAndLosesNothing) {
  Random random(3);
  constexpr uint64_t kBlocks = 64;
  Extents extents(kBlocks * kBlock);
  std::vector<bool> taken(kBlocks);
  std::map<uint64_t, uint64_t> sizes;
  uint64_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (!sizes.empty() && random.Below(2) == 0) {
      const auto victim = std::next(
          sizes.begin(), static_cast<ptrdiff_t>(random.Below(sizes.size())));
      extents.Give(victim->first, victim->second);
      for (uint64_t at = 0; at < victim->second; at += kBlock) {
        taken[(victim->first + at) / kBlock] = false;
      }
      sizes.erase(victim);
    }
    const uint64_t size = 1 + random.Below(10 * kBlock);
    const auto offset = extents.Take(size);
    if (!offset) {
      ++refused;
      continue;
    }
    sizes[*offset] = size;
    for (uint64_t at = 0; at < size; at += kBlock) {
      ASSERT_LT((*offset + at) / kBlock, kBlocks);
      ASSERT_FALSE(taken[(*offset + at) / kBlock]);
      taken[(*offset + at) / kBlock] = true;
    }
    uint64_t used = 0;
    for (const bool block : taken) used += block ? kBlock : 0;
    ASSERT_EQ(extents.used(), used);
  }
  EXPECT_GT(refused, 1000u);
  for (const auto& [offset, size] : sizes) extents.Give(offset, size);
  EXPECT_EQ(extents.Take(kBlocks * kBlock), 0u);
}

}  // namespace
}  // namespace lczero
