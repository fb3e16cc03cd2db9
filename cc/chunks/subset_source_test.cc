#include "cc/chunks/subset_source.h"

#include <gtest/gtest.h>

#include <string>

#include "cc/chunks/fake_source_for_test.h"

namespace lczero {
namespace {

std::string Text(const ChunkContent& content) {
  return std::string(content.inflated().text());
}

TEST(SubsetSourceTest, NamesAndIdsAreThoseOfTheWholeFile) {
  const auto whole = MakeFakeSource("a.tar", 10);
  const SubsetSource subset(whole, {2, 7});
  EXPECT_EQ(subset.sort_key(), "a.tar");
  ASSERT_EQ(subset.ChunkCount(), 2u);
  EXPECT_EQ(Text(subset.Read(0).value()), "a.tar#2");
  EXPECT_EQ(Text(subset.Read(1).value()), "a.tar#7");
  EXPECT_EQ(subset.ChunkName(1), whole->ChunkName(7));
  EXPECT_EQ(subset.ChunkId(1), whole->ChunkId(7));
  EXPECT_NE(subset.ChunkId(1), whole->ChunkId(1));
}

TEST(SubsetSourceTest, OfAllChunksIsTheWhole) {
  const auto whole = MakeFakeSource("a", 2), empty = MakeFakeSource("b", 0);
  EXPECT_EQ(SubsetOf(whole, {0, 1}), whole);
  EXPECT_EQ(SubsetOf(empty, {}), empty);
  const auto part = SubsetOf(whole, {1});
  ASSERT_EQ(part->ChunkCount(), 1u);
  EXPECT_EQ(part->ChunkId(0), whole->ChunkId(1));
  EXPECT_EQ(SubsetOf(whole, {})->ChunkCount(), 0u);
}

TEST(SubsetSourceTest, MayBeEmpty) {
  EXPECT_EQ(SubsetSource(MakeFakeSource("a", 3), {}).ChunkCount(), 0u);
}

}  // namespace
}  // namespace lczero
