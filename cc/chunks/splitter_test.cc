#include "cc/chunks/splitter.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "cc/chunks/fake_source_for_test.h"

namespace lczero {
namespace {

constexpr std::array<uint32_t, 3> kWeights = {5, 90, 5};

TEST(SplitterTest, SharesFollowTheWeights) {
  const Splitter splitter(kWeights);
  std::array<int, 3> counts{};
  constexpr int kChunks = 100'000;
  for (int i = 0; i < kChunks / 100; ++i) {
    const auto source = MakeFakeSource("f" + std::to_string(i) + ".tar", 100);
    for (size_t j = 0; j < 100; ++j) {
      ++counts[splitter.SplitOf(source->ChunkId(j))];
    }
  }
  // Five standard deviations.
  EXPECT_NEAR(counts[0], 0.05 * kChunks, 5 * 69);
  EXPECT_NEAR(counts[1], 0.90 * kChunks, 5 * 95);
  EXPECT_NEAR(counts[2], 0.05 * kChunks, 5 * 69);
}

TEST(SplitterTest, EveryChunkIsInExactlyOnePart) {
  const auto source = MakeFakeSource("a.tar", 500);
  const auto parts = Splitter(kWeights).Split(source);
  ASSERT_EQ(parts.size(), 3u);
  std::set<uint64_t> ids;
  size_t chunks = 0;
  for (const auto& part : parts) {
    EXPECT_EQ(part->path().ToString(), source->path().ToString());
    for (size_t i = 0; i < part->ChunkCount(); ++i) {
      ids.insert(part->ChunkId(i));
    }
    chunks += part->ChunkCount();
  }
  EXPECT_EQ(chunks, 500u);
  EXPECT_EQ(ids.size(), 500u);
}

// What a restart, another machine and a grown archive must not change.
TEST(SplitterTest, TheSplitOfAChunkIsFixedForEver) {
  const Splitter splitter(kWeights);
  const auto source = MakeFakeSource("training-run1-20260101-0017.tar", 40);
  std::string splits;
  for (size_t i = 0; i < 40; ++i) {
    splits += std::to_string(splitter.SplitOf(source->ChunkId(i)));
  }
  EXPECT_EQ(splits, "2111111011111111211121111101112111211121");
}

TEST(SplitterTest, OneSplitTakesAll) {
  const std::array<uint32_t, 1> weights = {7};
  const auto parts = Splitter(weights).Split(MakeFakeSource("a", 20));
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0]->ChunkCount(), 20u);
}

TEST(SplitterTest, AFileWithoutChunksGivesEmptyParts) {
  for (const auto& part : Splitter(kWeights).Split(MakeFakeSource("a", 0))) {
    EXPECT_EQ(part->ChunkCount(), 0u);
  }
}

}  // namespace
}  // namespace lczero
