#include "cc/chunks/anchor_counter.h"

#include <gtest/gtest.h>

namespace lczero {
namespace {

TEST(AnchorCounterTest, WithoutAnAnchorEverythingCounts) {
  AnchorCounter counter;
  EXPECT_EQ(counter.newest_key(), "");
  counter.Add("b", 10);
  counter.Add("a", 5);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 15u);
  EXPECT_EQ(counter.anchor(), "");
  EXPECT_EQ(counter.newest_key(), "b");
}

TEST(AnchorCounterTest, OnlyNewerKeysCount) {
  AnchorCounter counter;
  counter.SetAnchor("b");
  counter.Add("a", 1);
  counter.Add("b", 10);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 0u);
  counter.Add("ba", 100);
  counter.Add("c", 1000);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 1100u);
}

TEST(AnchorCounterTest, AnAnchorSetLaterCountsWhatCameBefore) {
  AnchorCounter counter;
  for (const char* key : {"d", "c", "b", "a"}) counter.Add(key, 10);
  counter.SetAnchor("b");
  EXPECT_EQ(counter.ChunksSinceAnchor(), 20u);
  counter.SetAnchor("d");
  EXPECT_EQ(counter.ChunksSinceAnchor(), 0u);
}

TEST(AnchorCounterTest, AReplacedSourceCountsAsItIsNow) {
  AnchorCounter counter;
  counter.Add("a", 10);
  counter.Add("a", 25);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 25u);
  counter.Add("a", 5);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 5u);
  counter.SetAnchor("a");
  EXPECT_EQ(counter.ChunksSinceAnchor(), 0u);
}

TEST(AnchorCounterTest, GoingBackCountsWhatComesThen) {
  AnchorCounter counter;
  counter.Add("b", 10);
  counter.SetAnchor("b");
  counter.SetAnchor("a");
  EXPECT_EQ(counter.ChunksSinceAnchor(), 0u);
  counter.Add("b", 10);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 10u);
}

}  // namespace
}  // namespace lczero
