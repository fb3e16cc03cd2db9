#include "cc/chunks/pool/stream_shuffler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <set>
#include <utility>

namespace lczero {
namespace {

using Item = std::pair<uint32_t, uint32_t>;

std::optional<Item> Draw(StreamShuffler& shuffler) {
  const auto item = shuffler.Next();
  if (!item) return std::nullopt;
  return Item(item->group, item->index);
}

std::vector<Item> DrawMany(StreamShuffler& shuffler, int count) {
  std::vector<Item> items;
  for (int i = 0; i < count; ++i) items.push_back(Draw(shuffler).value());
  return items;
}

// How far chi-squared is from its mean, in standard deviations. The tests allow
// five.
double Deviation(const std::vector<double>& counts, double expected) {
  double chi_squared = 0;
  for (const double count : counts) {
    chi_squared += (count - expected) * (count - expected) / expected;
  }
  const double freedom = static_cast<double>(counts.size()) - 1;
  return std::abs(chi_squared - freedom) / std::sqrt(2 * freedom);
}

TEST(StreamShufflerTest, AnEmptyWindowGivesNothing) {
  StreamShuffler shuffler{Random(1)};
  EXPECT_FALSE(shuffler.Next());
  shuffler.Join(0);
  EXPECT_FALSE(shuffler.Next());
  EXPECT_EQ(shuffler.Exhaustions(), 0u);
}

TEST(StreamShufflerTest, EachPassHasEveryItemOnce) {
  StreamShuffler shuffler{Random(1)};
  shuffler.Join(30);
  shuffler.Join(20);
  for (uint64_t pass = 0; pass < 10; ++pass) {
    const std::vector<Item> items = DrawMany(shuffler, 50);
    EXPECT_EQ(std::set<Item>(items.begin(), items.end()).size(), 50u);
    EXPECT_EQ(shuffler.Exhaustions(), pass);
  }
}

TEST(StreamShufflerTest, TheOrderIsDecidedByTheSeed) {
  StreamShuffler a{Random(1)}, b{Random(1)}, c{Random(2)};
  for (StreamShuffler* shuffler : {&a, &b, &c}) shuffler->Join(100);
  const std::vector<Item> order = DrawMany(a, 250);
  EXPECT_EQ(DrawMany(b, 250), order);
  EXPECT_NE(DrawMany(c, 250), order);
}

TEST(StreamShufflerTest, AGroupThatJoinsIsMixedIntoTheRestOfThePass) {
  StreamShuffler shuffler{Random(1)};
  shuffler.Join(40);
  std::vector<Item> items = DrawMany(shuffler, 30);
  shuffler.Join(40);
  const std::vector<Item> rest = DrawMany(shuffler, 50);
  items.insert(items.end(), rest.begin(), rest.end());
  EXPECT_EQ(std::set<Item>(items.begin(), items.end()).size(), 80u);
  EXPECT_EQ(shuffler.Exhaustions(), 0u);
  DrawMany(shuffler, 1);
  EXPECT_EQ(shuffler.Exhaustions(), 1u);
}

TEST(StreamShufflerTest, AGroupThatLeftIsEmittedNoMore) {
  StreamShuffler shuffler{Random(1)};
  shuffler.Join(40);
  shuffler.Join(40);
  const std::vector<Item> before = DrawMany(shuffler, 40);
  shuffler.Leave(0);
  EXPECT_EQ(shuffler.Size(), 40u);
  std::set<Item> seen;
  for (const Item& item : before) {
    if (item.first == 1) seen.insert(item);
  }
  const int left = 40 - static_cast<int>(seen.size());
  for (const Item& item : DrawMany(shuffler, left)) {
    EXPECT_EQ(item.first, 1u);
    EXPECT_TRUE(seen.insert(item).second);
  }
  EXPECT_EQ(shuffler.Exhaustions(), 0u);
  DrawMany(shuffler, 40);
  EXPECT_EQ(shuffler.Exhaustions(), 1u);
}

TEST(StreamShufflerTest, AGroupMayJoinAsPartlyEmitted) {
  StreamShuffler shuffler{Random(1), 7};
  shuffler.Join(10);
  shuffler.Join(6, {true, false, true, true});
  std::set<Item> seen;
  for (const Item& item : DrawMany(shuffler, 13)) {
    EXPECT_TRUE(seen.insert(item).second);
  }
  EXPECT_FALSE(seen.contains({1, 0}) || seen.contains({1, 2}) ||
               seen.contains({1, 3}));
  EXPECT_EQ(shuffler.Exhaustions(), 7u);
  const std::vector<Item> next = DrawMany(shuffler, 16);
  EXPECT_EQ(std::set<Item>(next.begin(), next.end()).size(), 16u);
  EXPECT_EQ(shuffler.Exhaustions(), 8u);
}

TEST(StreamShufflerTest, AnEmissionTakenBackComesOnceMore) {
  StreamShuffler shuffler{Random(1)};
  shuffler.Join(10);
  const std::vector<Item> emitted = DrawMany(shuffler, 4);
  shuffler.GiveBack({emitted[1].first, emitted[1].second});
  shuffler.GiveBack({emitted[1].first, emitted[1].second});
  std::set<Item> seen;
  for (const Item& item : DrawMany(shuffler, 7)) seen.insert(item);
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_TRUE(seen.contains(emitted[1]));
  EXPECT_EQ(shuffler.Exhaustions(), 0u);
}

TEST(StreamShufflerTest, AnEmptiedWindowGivesNothing) {
  StreamShuffler shuffler{Random(1)};
  shuffler.Join(40);
  DrawMany(shuffler, 10);
  shuffler.Leave(0);
  EXPECT_FALSE(shuffler.Next());
  EXPECT_EQ(shuffler.Size(), 0u);
}

// A long random history against the plain rule: within a pass nothing repeats,
// and a pass ends only when everything in the window has been emitted.
TEST(StreamShufflerTest, RandomHistoriesKeepTheRule) {
  Random random(7);
  StreamShuffler shuffler{Random(1)};
  std::map<uint32_t, uint32_t> window;
  std::set<Item> emitted;
  uint64_t passes = 0;
  for (int step = 0; step < 20000; ++step) {
    const uint64_t action = random.Below(20);
    if (action == 0) {
      const auto count = static_cast<uint32_t>(random.Below(30));
      ASSERT_TRUE(window.emplace(shuffler.Join(count), count).second);
    } else if (action == 1 && !window.empty()) {
      const auto leaver = std::next(
          window.begin(), static_cast<ptrdiff_t>(random.Below(window.size())));
      shuffler.Leave(leaver->first);
      std::erase_if(emitted, [&](const Item& item) {
        return item.first == leaver->first;
      });
      window.erase(leaver);
    }
    size_t size = 0;
    for (const auto& [group, count] : window) size += count;
    ASSERT_EQ(shuffler.Size(), size);
    const std::optional<Item> item = Draw(shuffler);
    ASSERT_EQ(item.has_value(), size > 0);
    if (!item) continue;
    if (emitted.size() == size) {
      emitted.clear();
      ++passes;
    }
    ASSERT_LT(item->second, window.at(item->first));
    ASSERT_TRUE(emitted.insert(*item).second) << "repeated within a pass";
    ASSERT_EQ(shuffler.Exhaustions(), passes);
  }
  EXPECT_GT(passes, 5u);
}

// Who keeps something for each group needs no room for those that left long
// ago.
TEST(StreamShufflerTest, NumbersOfGroupsThatLeftAreUsedAgain) {
  StreamShuffler shuffler{Random(1)};
  std::deque<uint32_t> window;
  uint32_t greatest = 0;
  for (int step = 0; step < 10'000; ++step) {
    window.push_back(shuffler.Join(4));
    greatest = std::max(greatest, window.back());
    if (window.size() > 10) {
      shuffler.Leave(window.front());
      window.pop_front();
    }
    if (step % 3 == 0) DrawMany(shuffler, 2);
  }
  EXPECT_LT(greatest, 20u);
}

// An item of a group that left must not come as one of the group that has its
// number now.
TEST(StreamShufflerTest, AnotherGroupUnderTheSameNumberHasOnlyItsOwnItems) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    StreamShuffler shuffler{Random(seed)};
    std::map<uint32_t, uint32_t> window;
    for (uint32_t step = 0; step < 200; ++step) {
      const uint32_t count = 1 + (step * 7 + 3) % 9;
      ASSERT_TRUE(window.emplace(shuffler.Join(count), count).second);
      DrawMany(shuffler, 2);
      if (window.size() < 20) continue;
      const auto leaver = std::next(window.begin(), step % 19);
      shuffler.Leave(leaver->first);
      window.erase(leaver);
    }
    const int size = static_cast<int>(shuffler.Size());
    DrawMany(shuffler, size);  // At least to the end of this pass.
    std::set<Item> seen;
    for (const Item& item : DrawMany(shuffler, 2 * size)) seen.insert(item);
    EXPECT_EQ(seen.size(), shuffler.Size());
    for (const auto& [group, index] : seen) {
      EXPECT_LT(index, window.at(group));
    }
  }
}

TEST(StreamShufflerDistributionTest, EveryItemMeetsEveryPlace) {
  // 20 items, 20000 passes: each of the 400 pairs is expected 1000 times.
  StreamShuffler shuffler{Random(1)};
  shuffler.Join(20);
  std::vector<double> counts(400);
  for (int pass = 0; pass < 20000; ++pass) {
    for (size_t place = 0; place < 20; ++place) {
      ++counts[place * 20 + shuffler.Next()->index];
    }
  }
  EXPECT_LT(Deviation(counts, 1000), 5);
}

TEST(StreamShufflerDistributionTest, NeighboursAreUnrelated) {
  // Of 20 items each ordered pair of different ones follows each other in
  // 19/380 of the passes' 19 steps: 20000 passes give 1000 each.
  StreamShuffler shuffler{Random(1)};
  shuffler.Join(20);
  std::map<std::pair<uint32_t, uint32_t>, double> follows;
  for (int pass = 0; pass < 20000; ++pass) {
    uint32_t last = shuffler.Next()->index;
    for (int i = 1; i < 20; ++i) {
      const uint32_t next = shuffler.Next()->index;
      ++follows[{last, next}];
      last = next;
    }
  }
  std::vector<double> counts;
  for (const auto& [pair, count] : follows) counts.push_back(count);
  ASSERT_EQ(counts.size(), 380u);
  EXPECT_LT(Deviation(counts, 1000), 5);
}

TEST(StreamShufflerDistributionTest, LateJoinersAreSpreadOverTheRest) {
  // Ten of twenty are out when five join: each of the fifteen then meets each
  // of the fifteen places alike.
  std::vector<double> counts(15);
  for (uint64_t seed = 0; seed < 15000; ++seed) {
    StreamShuffler shuffler{Random(seed)};
    shuffler.Join(20);
    for (int i = 0; i < 10; ++i) shuffler.Next();
    shuffler.Join(5);
    for (double& count : counts) count += shuffler.Next()->group == 1 ? 1 : 0;
  }
  EXPECT_LT(Deviation(counts, 5000), 5);
}

TEST(StreamShufflerDistributionTest, TheRestStaysUniformWhenAGroupLeaves) {
  std::vector<double> counts(10);
  double total = 0;
  for (uint64_t seed = 0; seed < 10000; ++seed) {
    StreamShuffler shuffler{Random(seed)};
    shuffler.Join(30);
    shuffler.Join(10);
    bool is_whole = true;  // Nothing of group 1 has been emitted yet.
    for (int i = 0; i < 5; ++i) is_whole &= shuffler.Next()->group == 0;
    if (!is_whole) continue;
    shuffler.Leave(0);
    ++counts[shuffler.Next()->index];
    ++total;
  }
  EXPECT_GT(total, 1000);
  EXPECT_LT(Deviation(counts, total / 10), 5);
}

}  // namespace
}  // namespace lczero
