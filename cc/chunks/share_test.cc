#include "cc/chunks/share.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "cc/chunks/fake_source_for_test.h"
#include "cc/chunks/splitter.h"

namespace lczero {
namespace {

constexpr uint32_t kCount = 3;
constexpr int kChunks = 30'000;

std::vector<uint64_t> ManyIds() {
  std::vector<uint64_t> ids;
  for (int i = 0; i < kChunks / 100; ++i) {
    const auto source = MakeFakeSource("f" + std::to_string(i) + ".tar", 100);
    for (size_t j = 0; j < 100; ++j) ids.push_back(source->ChunkId(j));
  }
  return ids;
}

TEST(ShareTest, EveryChunkIsInExactlyOneShareAndSharesAreAlike) {
  std::array<int, kCount> sizes{};
  for (uint64_t id : ManyIds()) {
    int owners = 0;
    for (uint32_t index = 0; index < kCount; ++index) {
      const bool has = Share(index, kCount).Has(id);
      owners += has;
      sizes[index] += has;
    }
    ASSERT_EQ(owners, 1);
  }
  // Five standard deviations of sqrt(n * 1/3 * 2/3).
  for (int size : sizes) EXPECT_NEAR(size, kChunks / 3, 5 * 82);
}

TEST(ShareTest, ASplitIsSharedLikeAllOtherGames) {
  const std::array<uint32_t, 2> weights = {1, 1};
  const Splitter splitter(weights);
  int split = 0, shared = 0;
  for (uint64_t id : ManyIds()) {
    if (splitter.SplitOf(id) != 0) continue;
    ++split;
    shared += Share(0, 2).Has(id);
  }
  // Five standard deviations of sqrt(n * 1/4).
  EXPECT_NEAR(shared, split / 2, 5 * 61);
}

// What a restart and another host must not change.
TEST(ShareTest, TheShareOfAChunkIsFixedForEver) {
  const auto source = MakeFakeSource("training-run1-20260101-0017.tar", 40);
  std::string shares;
  for (size_t i = 0; i < 40; ++i) {
    shares += Share(0, 2).Has(source->ChunkId(i)) ? '0' : '1';
  }
  EXPECT_EQ(shares, "0100100111111110110000100010101001100010");
}

TEST(ShareTest, APartOfAFileKeepsItsNamesAndIds) {
  const auto source = MakeFakeSource("a.tar", 50);
  size_t chunks = 0;
  for (uint32_t index = 0; index < kCount; ++index) {
    const Share share(index, kCount);
    const auto part = share.Of(source);
    EXPECT_EQ(part->path().ToString(), source->path().ToString());
    for (size_t i = 0; i < part->ChunkCount(); ++i) {
      EXPECT_TRUE(share.Has(part->ChunkId(i)));
    }
    chunks += part->ChunkCount();
  }
  EXPECT_EQ(chunks, 50u);
}

TEST(ShareTest, TheOnlyShareHasAll) {
  EXPECT_EQ(Share(0, 1).Of(MakeFakeSource("a", 20))->ChunkCount(), 20u);
}

}  // namespace
}  // namespace lczero
