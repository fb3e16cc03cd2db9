// A pool that is taken down and goes on from its state: against the plain rule
// of passes and visits.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cc/base/hash.h"
#include "cc/base/random.h"
#include "cc/chunks/fake_source_for_test.h"
#include "cc/chunks/pool/chunk_pool.h"
#include "cc/chunks/pool/pool_state.h"

namespace lczero {
namespace {

using ChunkKey = std::pair<std::string, uint32_t>;

// As it travels: encoded and decoded.
PoolState Travel(PoolState state) {
  const std::string bytes = EncodeSources(state.sources);
  state.sources = DecodeSources(bytes).value();
  return state;
}

// Files on a disk and a pool over them that is killed again and again; checks
// each emission. What was emitted after the state was taken has not been.
class Rig {
 public:
  explicit Rig(uint64_t window, uint64_t seed = 1)
      : window_(window), seed_(seed) {
    Start({});
  }

  void AddFile(const std::string& key, size_t chunks) {
    files_[key] = MakeFakeSource(key, chunks);
    if (pool_ != nullptr) pool_->Add(files_[key]);
  }

  ChunkRef Next() {
    const ChunkRef chunk = pool_->Next().value();
    const ChunkKey key(chunk.source->sort_key(), chunk.index);
    if (model_.emitted.size() == pool_->GetStats().chunks) {
      model_.emitted.clear();
      ++model_.passes;
    }
    EXPECT_TRUE(model_.emitted.insert(key).second)
        << key.first << "#" << key.second << " repeats within a pass";
    EXPECT_EQ(chunk.visit, model_.visits[key]++) << key.first;
    EXPECT_EQ(pool_->GetStats().exhaustions, model_.passes);
    return chunk;
  }

  void Save() {
    saved_ = Travel(pool_->GetState());
    saved_model_ = model_;
  }

  // Files are found in random order, as threads index them.
  void KillAndResume(Random& random) {
    model_ = saved_model_;
    Start(saved_);
    std::vector<std::string> keys;
    for (const auto& [key, file] : files_) keys.push_back(key);
    while (!keys.empty()) {
      std::swap(keys[random.Below(keys.size())], keys.back());
      pool_->Add(files_.at(keys.back()));
      keys.pop_back();
    }
    pool_->FirstScanDone();
  }

  void Unread(const ChunkRef& chunk) {
    pool_->Unread(chunk);
    const std::string key(chunk.source->sort_key());
    --model_.visits[{key, chunk.index}];
    model_.emitted.erase({key, chunk.index});
    away_ = model_.emitted;
    std::erase_if(away_, [&](const ChunkKey& c) { return c.first != key; });
    std::erase_if(model_.emitted,
                  [&](const ChunkKey& c) { return c.first == key; });
  }

  ChunkPool& pool() { return *pool_; }

  struct Model {
    std::set<ChunkKey> emitted;  // In this pass.
    std::map<ChunkKey, uint32_t> visits;
    uint64_t passes = 0;
  };
  Model model_;
  // Emitted chunks of the source that Unread took out.
  std::set<ChunkKey> away_;
  std::map<std::string, std::shared_ptr<const ChunkSource>> files_;

 private:
  void Start(std::optional<PoolState> state) {
    pool_ = ChunkPool::Create(
                {.window_chunks = window_, .seed = seed_, .state = state})
                .value();
  }

  const uint64_t window_;
  const uint64_t seed_;
  std::unique_ptr<ChunkPool> pool_;
  PoolState saved_;
  Model saved_model_;
};

TEST(ChunkPoolStateTest, APassGoesOnWhereItStood) {
  for (uint64_t cut = 0; cut <= 31; ++cut) {
    Random random(cut);
    Rig rig(100);
    rig.AddFile("a.tar", 20);
    rig.AddFile("b.gz", 1);
    rig.AddFile("c.tar", 10);
    rig.pool().FirstScanDone();
    for (uint64_t i = 0; i < cut; ++i) rig.Next();
    rig.Save();
    rig.KillAndResume(random);
    for (uint64_t i = cut; i < 31; ++i) rig.Next();
    EXPECT_EQ(rig.model_.emitted.size(), 31u);
    EXPECT_EQ(rig.model_.passes, 0u);
    for (int i = 0; i < 100; ++i) rig.Next();
  }
}

TEST(ChunkPoolStateTest, RandomArrivalsGrowthAndKills) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Random random(seed);
    Rig rig(1'000'000);
    rig.AddFile("k", 5);
    rig.pool().FirstScanDone();
    rig.Save();
    for (int step = 0; step < 400; ++step) {
      const uint64_t action = random.Below(20);
      if (action == 0) {
        rig.AddFile("k" + std::to_string(step), 1 + random.Below(30));
      } else if (action == 1) {
        const auto grown =
            std::next(rig.files_.begin(),
                      static_cast<ptrdiff_t>(random.Below(rig.files_.size())));
        const std::string key = grown->first;
        rig.AddFile(key, grown->second->ChunkCount() + random.Below(4));
      } else if (action == 2) {
        rig.Save();
      } else if (action == 3) {
        rig.KillAndResume(random);
      } else {
        rig.Next();
      }
      if (::testing::Test::HasFailure()) FAIL() << seed << " " << step;
    }
  }
}

// With a window that slides, and kills between: visits go on, and nothing comes
// twice between two passes' ends.
TEST(ChunkPoolStateTest, TheWindowSlidesAcrossRestarts) {
  Random random(5);
  std::map<std::string, std::shared_ptr<const ChunkSource>> files;
  std::optional<PoolState> state;
  std::set<ChunkKey> emitted;
  std::map<ChunkKey, uint32_t> visits;
  uint64_t pass = 0;
  int number = 1000;
  for (int life = 0; life < 60; ++life) {
    const auto pool =
        ChunkPool::Create({.window_chunks = 50, .seed = 3, .state = state})
            .value();
    for (auto& [key, file] : files) pool->Add(file);
    pool->FirstScanDone();
    for (int step = 0; step < 50; ++step) {
      if (random.Below(10) == 0 || files.empty()) {
        const std::string key = "f" + std::to_string(number++);
        files[key] = MakeFakeSource(key, 1 + random.Below(12));
        pool->Add(files[key]);
      }
      const ChunkRef chunk = pool->Next().value();
      const ChunkKey key(chunk.source->sort_key(), chunk.index);
      if (pool->GetStats().exhaustions != pass) {
        pass = pool->GetStats().exhaustions;
        emitted.clear();
      }
      ASSERT_TRUE(emitted.insert(key).second);
      ASSERT_EQ(chunk.visit, visits[key]++);
    }
    state = Travel(pool->GetState());
  }
  EXPECT_GT(pass, 20u);
}

TEST(ChunkPoolStateTest, AResumedPoolWaitsForTheFirstScan) {
  Rig rig(100);
  rig.AddFile("a", 4);
  rig.pool().FirstScanDone();
  rig.Next();
  const auto pool = ChunkPool::Create({.window_chunks = 100,
                                       .startup_chunks = 2,
                                       .seed = 1,
                                       .state = rig.pool().GetState()})
                        .value();
  pool->Add(rig.files_.at("a"));
  WaitMeter waits;
  std::thread reader([&] { EXPECT_TRUE(pool->Next(&waits).has_value()); });
  while (waits.Waiting() == 0) std::this_thread::yield();
  pool->FirstScanDone();
  reader.join();
}

TEST(ChunkPoolStateTest, ALaterSourceGetsItsVisitsAndItsPlaceInThePass) {
  Random random(1);
  Rig rig(100);
  rig.AddFile("a", 6);
  rig.AddFile("b", 6);
  rig.pool().FirstScanDone();
  for (int i = 0; i < 7; ++i) rig.Next();
  rig.Save();
  const auto late = rig.files_.extract("b");
  rig.KillAndResume(random);
  const size_t left = 6 - static_cast<size_t>(std::ranges::count_if(
                              rig.model_.emitted, [](const ChunkKey& key) {
                                return key.first == "a";
                              }));
  ASSERT_GT(left, 0u);
  // Saved once more while b is away.
  PoolState state = Travel(rig.pool().GetState());
  EXPECT_EQ(state.sources.size(), 2u);
  rig.files_["b"] = late.mapped();
  rig.pool().Add(late.mapped());
  for (int i = 0; i < 5 + 12; ++i) rig.Next();
  EXPECT_EQ(rig.model_.passes, 1u);
}

TEST(ChunkPoolStateTest, WhatIsGoneIsDroppedWithTheFirstPassThatEnds) {
  Random random(1);
  Rig rig(100);
  rig.AddFile("a", 6);
  rig.AddFile("gone", 6);
  rig.pool().FirstScanDone();
  for (int i = 0; i < 7; ++i) rig.Next();
  auto state = rig.pool().GetState();
  const auto pool =
      ChunkPool::Create({.window_chunks = 100, .seed = 1, .state = state})
          .value();
  pool->Add(rig.files_.at("a"));
  pool->FirstScanDone();
  while (pool->GetStats().exhaustions == 0) ASSERT_TRUE(pool->Next());
  EXPECT_EQ(pool->GetState().sources.size(), 1u);
}

// With the window full before the scan is over, a pass may end while sources
// are still away: theirs counts as ended too.
TEST(ChunkPoolStateTest, WhatIsAwayWhenAPassEndsBeginsTheNextWithIt) {
  Rig rig(4);
  rig.AddFile("a", 4);
  rig.pool().FirstScanDone();
  for (int i = 0; i < 4; ++i) rig.Next();
  PoolState state = rig.pool().GetState();
  const auto pool =
      ChunkPool::Create({.window_chunks = 4, .seed = 1, .state = state})
          .value();
  pool->Add(MakeFakeSource("b", 4));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(pool->Next());
  EXPECT_EQ(pool->GetStats().exhaustions, 1u);
  state = Travel(pool->GetState());
  ASSERT_EQ(state.sources.size(), 2u);
  for (const SourceState& source : state.sources) {
    std::string_view bytes = source.visits;
    const auto chunks = TakeVisits(bytes).value();
    for (const ChunkVisits visits : chunks) {
      const bool is_a = source.key_hash == HashBytes("a");
      EXPECT_EQ(visits.count - visits.emitted, 1u);
      if (is_a) {
        EXPECT_EQ(visits.emitted, 0u);
      }
    }
  }
}

TEST(ChunkPoolStateTest, AVisitWhoseFileVanishedIsMadeUpFor) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Rig rig(100, seed);
    rig.AddFile("a", 6);
    rig.AddFile("b", 6);
    rig.pool().FirstScanDone();
    for (int i = 0; i < 4; ++i) rig.Next();
    const ChunkRef unread = rig.Next();
    rig.Unread(unread);
    const std::string key(unread.source->sort_key());
    EXPECT_EQ(rig.pool().GetStats().sources, 1u);
    // The file comes back, as another version.
    rig.model_.emitted.merge(rig.away_);
    rig.AddFile(key, 8);
    for (int i = 4; i < 14; ++i) rig.Next();
    EXPECT_EQ(rig.model_.emitted.size(), 14u);
    EXPECT_EQ(rig.model_.passes, 0u);
  }
}

TEST(ChunkPoolStateTest, AVisitIsMadeUpForInTheVersionThatIsThereAlready) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Rig rig(100, seed);
    rig.AddFile("a", 6);
    rig.pool().FirstScanDone();
    for (int i = 0; i < 3; ++i) rig.Next();
    const ChunkRef unread = rig.Next();
    rig.AddFile("a", 6);
    const auto emitted = rig.model_.emitted;
    rig.Unread(unread);
    rig.model_.emitted = emitted;
    rig.model_.emitted.erase({"a", unread.index});
    EXPECT_EQ(rig.pool().GetStats().sources, 1u);
    for (int i = 3; i < 6; ++i) rig.Next();
    EXPECT_EQ(rig.model_.emitted.size(), 6u);
    EXPECT_EQ(rig.model_.passes, 0u);
  }
}

// Two readers of one file that has vanished: both visits come again.
TEST(ChunkPoolStateTest, EveryReadersVisitIsMadeUpFor) {
  Rig rig(100);
  rig.AddFile("a", 6);
  rig.pool().FirstScanDone();
  const ChunkRef first = rig.Next(), second = rig.Next();
  rig.pool().Unread(first);
  rig.pool().Unread(second);
  rig.model_ = {};
  rig.AddFile("a", 6);
  for (int i = 0; i < 6; ++i) rig.Next();
  EXPECT_EQ(rig.model_.passes, 0u);
}

TEST(ChunkPoolStateTest, RandomNumbersGoOnIfTheSeedIsTheSame) {
  Rig rig(100);
  rig.AddFile("a", 40);
  rig.pool().FirstScanDone();
  for (int i = 0; i < 10; ++i) rig.Next();
  const PoolState state = rig.pool().GetState();
  const auto order = [&](uint64_t seed) {
    const auto pool =
        ChunkPool::Create({.window_chunks = 100, .seed = seed, .state = state})
            .value();
    EXPECT_EQ(pool->GetState().random.seed, seed);
    EXPECT_EQ(pool->GetState().random == state.random, seed == 1);
    pool->Add(rig.files_.at("a"));
    pool->FirstScanDone();
    std::vector<uint32_t> indices;
    for (int i = 0; i < 30; ++i) indices.push_back(pool->Next()->index);
    return indices;
  };
  EXPECT_EQ(order(1), order(1));
  EXPECT_NE(order(1), order(2));
}

TEST(ChunkPoolStateTest, AMillionChunksStaySmall) {
  const auto pool =
      ChunkPool::Create({.window_chunks = 1'000'000, .seed = 1}).value();
  for (int i = 1000; i < 2000; ++i) {
    pool->Add(MakeFakeSource("f" + std::to_string(i) + ".tar", 1000));
  }
  pool->FirstScanDone();
  for (int i = 0; i < 500'000; ++i) (void)pool->Next();
  EXPECT_LT(EncodeSources(pool->GetState().sources).size(), 150'000u);
}

}  // namespace
}  // namespace lczero
