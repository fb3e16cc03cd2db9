#include "cc/frames/reservoir.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

namespace lczero {
namespace {

// 0, 1, ... `count` - 1 put through; what came out, in order.
std::vector<int> Shuffle(size_t capacity, int count, uint64_t seed) {
  Reservoir<int> reservoir(capacity, seed);
  std::vector<int> out;
  for (int i = 0; i < count; ++i) {
    if (const auto item = reservoir.Exchange(i)) out.push_back(*item);
  }
  while (const auto item = reservoir.Drain()) out.push_back(*item);
  return out;
}

TEST(ReservoirTest, FillsBeforeItGives) {
  Reservoir<int> reservoir(3, 1);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(reservoir.Exchange(i).has_value());
  EXPECT_EQ(reservoir.size(), 3u);
  EXPECT_TRUE(reservoir.Exchange(3).has_value());
  EXPECT_EQ(reservoir.size(), 3u);
}

TEST(ReservoirTest, GivesEveryItemExactlyOnce) {
  for (size_t capacity : {1u, 2u, 10u, 1000u, 5000u}) {
    std::vector<int> out = Shuffle(capacity, 3000, 2);
    std::sort(out.begin(), out.end());
    std::vector<int> expected(3000);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(out, expected);
  }
}

TEST(ReservoirTest, OrderDependsOnTheSeedOnly) {
  EXPECT_EQ(Shuffle(100, 1000, 3), Shuffle(100, 1000, 3));
  EXPECT_NE(Shuffle(100, 1000, 3), Shuffle(100, 1000, 4));
}

TEST(ReservoirTest, HoldsItemsThatOnlyMove) {
  Reservoir<std::unique_ptr<int>> reservoir(1, 1);
  EXPECT_FALSE(reservoir.Exchange(std::make_unique<int>(1)).has_value());
  EXPECT_EQ(**reservoir.Exchange(std::make_unique<int>(2)), 1);
  EXPECT_EQ(**reservoir.Drain(), 2);
}

// An item that is in the full reservoir leaves at each exchange with chance
// 1/R, so its stay is geometric: mean R, standard deviation about R. Over
// 100,000 items the mean's deviation is R/316; stated tolerance 2 %, that is
// six of them. The share that stays longer than R is (1 - 1/R)^R.
TEST(ReservoirTest, StayIsGeometric) {
  constexpr int kCapacity = 100;
  constexpr int kItems = 100000;
  Reservoir<int> reservoir(kCapacity, 5);
  double sum = 0;
  int given = 0;
  int longer = 0;
  for (int i = 0; i < kItems; ++i) {
    const auto item = reservoir.Exchange(i);
    if (!item || *item < kCapacity) continue;  // The first ones had to wait.
    sum += i - *item;
    longer += i - *item > kCapacity;
    ++given;
  }
  EXPECT_NEAR(sum / given, kCapacity, 0.02 * kCapacity);
  const double expected = std::pow(1.0 - 1.0 / kCapacity, kCapacity);
  EXPECT_NEAR(static_cast<double>(longer) / given, expected, 0.01);
}

// The drain is a uniform shuffle: over 20,000 seeds the first item out is each
// of 5 with chance 0.2 (deviation 0.0028, tolerance five of them), and so is
// the last.
TEST(ReservoirTest, DrainIsUniform) {
  constexpr int kRounds = 20000;
  std::vector<int> first(5);
  std::vector<int> last(5);
  for (uint64_t seed = 0; seed < kRounds; ++seed) {
    const std::vector<int> out = Shuffle(10, 5, seed);
    first[out.front()]++;
    last[out.back()]++;
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_NEAR(static_cast<double>(first[i]) / kRounds, 0.2, 0.0142);
    EXPECT_NEAR(static_cast<double>(last[i]) / kRounds, 0.2, 0.0142);
  }
}

}  // namespace
}  // namespace lczero
