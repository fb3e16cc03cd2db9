#include "cc/chunks/pool/chunk_window.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cc/base/hash.h"
#include "cc/chunks/fake_source_for_test.h"
#include "cc/testing/frames.h"

namespace lczero {
namespace {

// The keys that one pass over the window shows.
std::set<std::string> Keys(ChunkWindow& window) {
  std::set<std::string> keys;
  for (uint64_t i = 2 * window.Chunks(); i > 0; --i) {
    keys.insert(std::string(window.Next()->source->sort_key()));
  }
  return keys;
}

TEST(ChunkWindowTest, KeepsWholeSourcesUntilTheCapacityIsCovered) {
  ChunkWindow window(10, Random(1));
  for (const char* key : {"a", "b", "c", "d"}) {
    window.Add(MakeFakeSource(key, 4));
  }
  // c and d alone hold 8: b is still needed, a is not.
  EXPECT_EQ(window.Chunks(), 12u);
  EXPECT_EQ(window.Sources(), 3u);
  EXPECT_EQ(Keys(window), (std::set<std::string>{"b", "c", "d"}));
}

TEST(ChunkWindowTest, TheOrderOfArrivalDoesNotMatter) {
  ChunkWindow window(10, Random(1));
  for (const char* key : {"d", "c", "b", "a"}) {
    window.Add(MakeFakeSource(key, 4));
  }
  EXPECT_EQ(Keys(window), (std::set<std::string>{"b", "c", "d"}));
}

TEST(ChunkWindowTest, ExactlyCoveredNeedsNoMore) {
  ChunkWindow window(8, Random(1));
  for (const char* key : {"b", "c", "a"}) window.Add(MakeFakeSource(key, 4));
  EXPECT_EQ(Keys(window), (std::set<std::string>{"b", "c"}));
}

TEST(ChunkWindowTest, OneLargeSourceFillsTheWindow) {
  ChunkWindow window(10, Random(1));
  window.Add(MakeFakeSource("a", 100));
  EXPECT_EQ(window.Chunks(), 100u);
  window.Add(MakeFakeSource("b", 3));
  EXPECT_EQ(window.Chunks(), 103u);
  window.Add(MakeFakeSource("c", 7));
  EXPECT_EQ(Keys(window), (std::set<std::string>{"b", "c"}));
}

TEST(ChunkWindowTest, TellsWhatIsNoLongerNeeded) {
  ChunkWindow window(10, Random(1));
  const auto a = MakeFakeSource("a", 4), c = MakeFakeSource("c", 4);
  EXPECT_TRUE(window.Add(a).empty());
  EXPECT_TRUE(window.Add(c).empty());
  EXPECT_TRUE(window.Add(MakeFakeSource("c", 5)).empty()) << "was replaced";
  using Sources = std::vector<std::shared_ptr<const ChunkSource>>;
  EXPECT_EQ(window.Add(MakeFakeSource("d", 8)), Sources{a});
  const auto old = MakeFakeSource("b", 1);
  EXPECT_EQ(window.Add(old), Sources{old});
  EXPECT_FALSE(window.Unread({.source = c}));
  EXPECT_EQ(window.Chunks(), 13u);
}

// Sources come in any order, replace each other and go, from any place.
TEST(ChunkWindowTest, RandomHistoriesAgreeWithAMap) {
  Random random(3);
  ChunkWindow window(1'000'000, Random(1));
  std::map<std::string, std::shared_ptr<const ChunkSource>> all;
  for (int step = 0; step < 5000; ++step) {
    const std::string key = "k" + std::to_string(1000 + random.Below(300));
    if (const auto place = all.find(key);
        place != all.end() && random.Below(2) == 0) {
      EXPECT_TRUE(window.Unread({.source = place->second}));
      all.erase(place);
    } else {
      const auto source = MakeFakeSource(key, random.Below(4));
      window.Add(source);
      all[key] = source;
      if (source->ChunkCount() == 0) all.erase(key);
    }
    const std::string other = "k" + std::to_string(1000 + random.Below(300));
    uint64_t newer = 0;
    for (auto place = all.upper_bound(other); place != all.end(); ++place) {
      newer += place->second->ChunkCount();
    }
    const auto known = all.find(other);
    ASSERT_EQ(window.Sources(), all.size());
    ASSERT_EQ(window.ChunksNewerThan(other), newer);
    ASSERT_EQ(window.ChunksUnder(other),
              known == all.end() ? 0 : known->second->ChunkCount());
  }
  std::map<std::string, std::set<uint32_t>> seen;
  for (uint64_t i = 2 * window.Chunks(); i > 0; --i) {
    const ChunkRef chunk = window.Next().value();
    seen[std::string(chunk.source->sort_key())].insert(chunk.index);
    EXPECT_EQ(chunk.source, all.at(std::string(chunk.source->sort_key())));
  }
  EXPECT_EQ(seen.size(), all.size());
  for (const auto& [key, source] : all) {
    EXPECT_EQ(seen[key].size(), source->ChunkCount());
  }
}

TEST(ChunkWindowTest, ReplacedUnderTheSameKeyNotDoubled) {
  ChunkWindow window(100, Random(1));
  window.Add(MakeFakeSource("a", 4));
  const auto second = MakeFakeSource("a", 6);
  window.Add(second);
  EXPECT_EQ(window.Chunks(), 6u);
  EXPECT_EQ(window.Sources(), 1u);
  EXPECT_EQ(window.Next()->source, second);
}

TEST(ChunkWindowTest, VisitsCountEmissions) {
  ChunkWindow window(100, Random(1));
  window.Add(MakeFakeSource("a", 4));
  std::map<uint32_t, uint32_t> visits;
  for (int i = 0; i < 20; ++i) {
    const ChunkRef chunk = window.Next().value();
    EXPECT_EQ(chunk.visit, visits[chunk.index]++);
  }
  // Grown: of this pass only the new chunk is left.
  window.Add(MakeFakeSource("a", 5));
  const ChunkRef grown = window.Next().value();
  EXPECT_EQ(grown.index, 4u);
  EXPECT_EQ(grown.visit, 0u);
  for (int i = 0; i < 5; ++i) {
    const ChunkRef chunk = window.Next().value();
    EXPECT_EQ(chunk.visit, chunk.index < 4 ? 5u : 1u);
  }
}

TEST(ChunkWindowTest, IdsAreStable) {
  ChunkWindow window(100, Random(1));
  window.Add(MakeFakeSource("a.tar", 50));
  for (int i = 0; i < 50; ++i) {
    const ChunkRef chunk = window.Next().value();
    EXPECT_EQ(chunk.id, HashCombine(HashBytes("a.tar"), chunk.index));
  }
}

TEST(ChunkWindowTest, UnreadTakesOutThisVersionOnly) {
  ChunkWindow window(100, Random(1));
  const auto first = MakeFakeSource("a", 4), second = MakeFakeSource("a", 4);
  window.Add(first);
  window.Add(second);
  window.Unread({.source = first});
  EXPECT_EQ(window.Chunks(), 4u);
  window.Unread({.source = second});
  EXPECT_EQ(window.Chunks(), 0u);
  window.Unread({.source = second});
  EXPECT_FALSE(window.Next());
}

TEST(ChunkWindowTest, AnEmptySourceTakesNoPlace) {
  ChunkWindow window(100, Random(1));
  window.Add(MakeFakeSource("a", 0));
  EXPECT_EQ(window.Sources(), 0u);
  window.Add(MakeFakeSource("b", 3));
  window.Add(MakeFakeSource("b", 0));
  EXPECT_EQ(window.Chunks(), 0u);
}

TEST(ChunkWindowTest, SourcesThatLeftAreFreed) {
  ChunkWindow window(4, Random(1));
  auto old = MakeFakeSource("a", 4);
  const std::weak_ptr<const ChunkSource> watched = old;
  window.Add(std::move(old));
  const ChunkRef reader = window.Next().value();
  window.Add(MakeFakeSource("b", 4));
  EXPECT_FALSE(watched.expired()) << "a reader still holds it";
  EXPECT_EQ(window.Sources(), 1u);
  EXPECT_EQ(watched.use_count(), 1);
}

TEST(ChunkWindowTest, FewSourcesAreAShareEach) {
  ChunkWindow window(100, Random(1));
  EXPECT_TRUE(window.Shares().empty());
  for (const char* key : {"c", "a", "b"}) window.Add(MakeFakeSource(key, 4));
  const std::vector<WindowShare> shares = window.Shares();
  ASSERT_EQ(shares.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(shares[i].first_key, std::string(1, 'a' + i));
    EXPECT_EQ(shares[i].last_key, shares[i].first_key);
    EXPECT_EQ(shares[i].sources, 1u);
    EXPECT_EQ(shares[i].chunks, 4u);
  }
}

TEST(ChunkWindowTest, SharesFollowWhatComesAndGoes) {
  ChunkWindow window(8, Random(1));
  for (const char* key : {"a", "b", "c"}) window.Add(MakeFakeSource(key, 4));
  EXPECT_EQ(window.Shares().front().first_key, "b");
  const auto grown = MakeFakeSource("c", 5);
  window.Add(grown);
  EXPECT_EQ(window.Shares().back().chunks, 5u);
  window.Unread({.source = grown});
  ASSERT_EQ(window.Shares().size(), 1u);
  window.Add(MakeFakeSource("b", 0));
  EXPECT_TRUE(window.Shares().empty());
}

TEST(ChunkWindowTest, ManySourcesShareEvenly) {
  ChunkWindow window(100'000, Random(1));
  for (int i = 1000; i < 2000; ++i)
    window.Add(MakeFakeSource("k" + std::to_string(i), 2));
  std::vector<WindowShare> shares = window.Shares();
  ASSERT_EQ(shares.size(), ChunkWindow::kMostShares);
  EXPECT_EQ(shares.front().first_key, "k1000");
  EXPECT_EQ(shares.back().last_key, "k1999");
  for (size_t i = 0; i < shares.size(); ++i) {
    EXPECT_GE(shares[i].sources, 62u);
    EXPECT_LE(shares[i].sources, 63u);
    EXPECT_EQ(shares[i].chunks, 2 * shares[i].sources);
    if (i > 0) {
      EXPECT_LT(shares[i - 1].last_key, shares[i].first_key);
    }
  }
  // One more in a thousand is not worth a walk, sixteen are.
  window.Add(MakeFakeSource("k2000", 2));
  EXPECT_EQ(window.Shares().back().last_key, "k1999");
  for (int i = 2001; i < 2016; ++i)
    window.Add(MakeFakeSource("k" + std::to_string(i), 2));
  EXPECT_EQ(window.Shares().back().last_key, "k2015");
}

std::shared_ptr<const PackedChunk> Game(uint64_t seed) {
  return std::make_shared<const PackedChunk>(testing::RandomGame(seed, 3));
}

TEST(ChunkWindowTest, KeptFramesComeWithLaterVisits) {
  ChunkWindow window(100, Random(1), 1'000'000);
  window.Add(MakeFakeSource("a", 2));
  std::map<uint32_t, std::shared_ptr<const PackedChunk>> kept;
  for (int i = 0; i < 2; ++i) {
    const ChunkRef chunk = window.Next().value();
    EXPECT_EQ(chunk.packed, nullptr);
    kept[chunk.index] = Game(chunk.index);
    window.Keep(chunk, kept[chunk.index]);
  }
  EXPECT_EQ(window.CachedChunks(), 2u);
  EXPECT_EQ(window.CachedBytes(), kept[0]->bytes() + kept[1]->bytes());
  for (int i = 0; i < 4; ++i) {
    const ChunkRef chunk = window.Next().value();
    EXPECT_EQ(chunk.packed, kept[chunk.index]);
  }
}

TEST(ChunkWindowTest, KeptFramesLeaveWithTheirSource) {
  ChunkWindow window(2, Random(1), 1'000'000);
  window.Add(MakeFakeSource("a", 2));
  const ChunkRef chunk = window.Next().value();
  const auto game = Game(1);
  const std::weak_ptr<const PackedChunk> watched = game;
  window.Keep(chunk, game);
  window.Add(MakeFakeSource("b", 2));
  EXPECT_EQ(window.CachedBytes(), 0u);
  EXPECT_EQ(window.CachedChunks(), 0u);
  EXPECT_EQ(watched.use_count(), 1);
  window.Keep(chunk, game);
  EXPECT_EQ(window.CachedBytes(), 0u) << "its source has left";
}

TEST(ChunkWindowTest, AReplacedSourceIsReadAnew) {
  ChunkWindow window(100, Random(1), 1'000'000);
  window.Add(MakeFakeSource("a", 1));
  const ChunkRef old = window.Next().value();
  window.Keep(old, Game(1));
  window.Add(MakeFakeSource("a", 1));
  EXPECT_EQ(window.Next()->packed, nullptr);
  window.Keep(old, Game(1));
  EXPECT_EQ(window.Next()->packed, nullptr) << "kept for the old source";
}

TEST(ChunkWindowTest, GoodContentIsRememberedUntilItsSourceLeaves) {
  ChunkWindow window(2, Random(1));
  window.Add(MakeFakeSource("a", 2));
  const std::array first = {window.Next().value(), window.Next().value()};
  EXPECT_EQ(first[0].good_crc32, 0u);
  window.MarkGood(first[0], 17);
  for (int i = 0; i < 4; ++i) {
    const ChunkRef chunk = window.Next().value();
    EXPECT_EQ(chunk.good_crc32, chunk.index == first[0].index ? 17u : 0u);
  }
  // A new version of the file is another content.
  window.Add(MakeFakeSource("a", 2));
  window.MarkGood(first[1], 18);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(window.Next()->good_crc32, 0u);
}

// `c` gets the place that `a` had.
TEST(ChunkWindowTest, NothingIsKeptForAnotherSourceInTheSamePlace) {
  ChunkWindow window(1, Random(1), 1'000'000);
  window.Add(MakeFakeSource("a", 1));
  const ChunkRef old = window.Next().value();
  for (const char* key : {"b", "c"}) window.Add(MakeFakeSource(key, 1));
  const ChunkRef now = window.Next().value();
  ASSERT_EQ(now.group, old.group);
  window.MarkGood(old, 17);
  window.Keep(old, Game(1));
  const ChunkRef again = window.Next().value();
  EXPECT_EQ(again.good_crc32, 0u);
  EXPECT_EQ(again.packed, nullptr);
}

TEST(ChunkWindowTest, KeepsNoMoreThanFits) {
  const auto game = Game(1);
  ChunkWindow window(3, Random(1), 2 * game->bytes() + 1);
  EXPECT_FALSE(ChunkWindow(3, Random(1)).HasCacheRoom());
  window.Add(MakeFakeSource("a", 1));
  window.Add(MakeFakeSource("b", 2));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(window.HasCacheRoom());
    window.Keep(window.Next().value(), game);
  }
  EXPECT_FALSE(window.HasCacheRoom());
  EXPECT_EQ(window.CachedChunks(), 2u);
  // b and c cover the window: a leaves, and with it what was kept of it.
  window.Add(MakeFakeSource("c", 1));
  window.Add(MakeFakeSource("d", 2));
  EXPECT_TRUE(window.HasCacheRoom());
  EXPECT_LT(window.CachedChunks(), 2u);
}

// The definition, slowly: the newest sources until N chunks are covered, over
// all that ever came. Sources only ever leave to newer ones, so both agree.
TEST(ChunkWindowTest, RandomArrivalsKeepTheNewestChunks) {
  Random random(7);
  for (int round = 0; round < 50; ++round) {
    ChunkWindow window(1 + random.Below(60), Random(1));
    std::map<std::string, uint64_t> all;
    for (int i = 0; i < 30; ++i) {
      const std::string key = "k" + std::to_string(1000 + random.Below(1000));
      if (all.contains(key)) continue;
      all[key] = 1 + random.Below(20);
      window.Add(MakeFakeSource(key, all[key]));
      uint64_t covered = 0, sources = 0;
      for (auto it = all.rbegin(); it != all.rend(); ++it) {
        if (covered >= window.Capacity()) break;
        covered += it->second;
        ++sources;
      }
      ASSERT_EQ(window.Chunks(), covered);
      ASSERT_EQ(window.Sources(), sources);
    }
  }
}

}  // namespace
}  // namespace lczero
