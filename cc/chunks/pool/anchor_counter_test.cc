#include "cc/chunks/pool/anchor_counter.h"

#include <gtest/gtest.h>

namespace lczero {
namespace {

TEST(AnchorCounterTest, WithoutAnAnchorEverythingCounts) {
  AnchorCounter counter;
  EXPECT_EQ(counter.newest_key(), "");
  counter.Add("b", 10, 0);
  counter.Add("a", 5, 0);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 15u);
  EXPECT_EQ(counter.anchor(), "");
  EXPECT_EQ(counter.newest_key(), "b");
}

TEST(AnchorCounterTest, OnlyNewerKeysCount) {
  AnchorCounter counter;
  counter.SetAnchor("b", 0);
  counter.Add("a", 1, 0);
  counter.Add("b", 10, 0);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 0u);
  counter.Add("ba", 100, 0);
  counter.Add("c", 1000, 0);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 1100u);
}

TEST(AnchorCounterTest, AnAnchorSetLaterCountsWhatCameBefore) {
  AnchorCounter counter;
  for (const char* key : {"d", "c", "b", "a"}) counter.Add(key, 10, 0);
  counter.SetAnchor("b", 20);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 20u);
  counter.SetAnchor("d", 0);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 0u);
}

TEST(AnchorCounterTest, AReplacedSourceCountsAsItIsNow) {
  AnchorCounter counter;
  counter.Add("a", 10, 0);
  counter.Add("a", 25, 10);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 25u);
  counter.Add("a", 5, 25);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 5u);
  counter.SetAnchor("a", 0);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 0u);
}

TEST(AnchorCounterTest, WhatLeftTheWindowStaysCounted) {
  AnchorCounter counter;
  counter.SetAnchor("a", 0);
  for (const char* key : {"b", "c", "d"}) counter.Add(key, 10, 0);
  counter.Leave("b", 10);
  counter.Leave("c", 10);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 30u);
  // Until the anchor passes it.
  counter.SetAnchor("b", 10);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 20u);
  counter.Leave("a", 5);
  counter.SetAnchor("", 10);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 20u);
}

TEST(AnchorCounterTest, WhatLeftAndComesAgainCountsAsItIsNow) {
  AnchorCounter counter;
  counter.Add("a", 10, 0);
  counter.Leave("a", 10);
  counter.Add("a", 25, 0);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 25u);
  counter.Leave("a", 25);
  counter.Add("a", 0, 0);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 0u);
}

TEST(AnchorCounterTest, GoingBackCountsWhatIsInTheWindow) {
  AnchorCounter counter;
  counter.Add("b", 10, 0);
  counter.SetAnchor("b", 0);
  counter.Leave("b", 10);
  counter.SetAnchor("a", 0);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 0u);
  counter.Add("b", 10, 0);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 10u);
  counter.SetAnchor("", 15);
  EXPECT_EQ(counter.ChunksSinceAnchor(), 15u);
}

}  // namespace
}  // namespace lczero
