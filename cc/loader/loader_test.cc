// The whole path through class Loader, on files in a temporary folder.
#include "cc/loader/loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "cc/batches/reference.h"
#include "cc/loader/loader_fixture_for_test.h"
#include "cc/testing/real_games.h"

namespace lczero {
namespace {

using testing::Bytes;
using testing::ChunkBytes;
using testing::Gzip;
using testing::MakeConfig;
using testing::MakeSplitConfig;
using testing::UsualGraph;
using testing::WriteFile;

// The graph without the reservoir: batches come in the order of the pool.
DataLoaderConfig WithoutShuffle(DataLoaderConfig config) {
  config.stages.erase("shuffle");
  config.stages.at("batches").inputs = {"unpacker"};
  return config;
}

TEST_F(LoaderTest, RealGamesBecomeTheirTensors) {
  std::multimap<float, Frame> expected;
  for (const auto& game : testing::RealGames()) {
    for (const Frame& frame : game) expected.emplace(frame.root_q, frame);
  }
  for (const std::string& path : testing::RealArchives()) {
    WriteFile(folder_.path() / std::filesystem::path(path).filename(),
              testing::ReadFile(path));
  }
  const auto loader = Start(MakeConfig(Graph()));
  for (int round = 0; round < 10; ++round) {
    const auto batch = loader->GetNextBatch();
    ASSERT_TRUE(batch.has_value()) << batch.error().message;
    ASSERT_EQ((*batch)->size(), 16u);
    for (size_t i = 0; i < 16; ++i) {
      const auto values = (*batch)->row(Tensor::kValues, i);
      const auto planes = (*batch)->row(Tensor::kPlanes, i);
      const float root_q =
          values[static_cast<size_t>(ValueRow::kRoot) * kValueColumns];
      const auto [first, last] = expected.equal_range(root_q);
      EXPECT_TRUE(std::any_of(first, last, [&](const auto& entry) {
        return std::ranges::equal(planes, ReferencePlanes(entry.second)) &&
               std::ranges::equal((*batch)->row(Tensor::kProbabilities, i),
                                  std::span(entry.second.probabilities));
      })) << "no game has this position";
    }
  }
}

TEST_F(LoaderTest, EveryPositionOnceOverOneOverPPasses) {
  AddArchive("a.tar", 0, 7);
  AddArchive("b.tar", 7 * 16, 6);
  WriteFile(folder_.path() / "c.gz", Gzip(ChunkBytes(NumberedGame(208, 80))));
  constexpr int kPositions = 288;  // 18 batches.
  UsualGraph graph = Graph();
  graph.position_sampling_rate = 0.25;
  const auto loader = Start(WithoutShuffle(MakeConfig(graph)));
  for (int cycle = 0; cycle < 3; ++cycle) {
    std::vector<int> seen(kPositions);
    for (int i = 0; i < kPositions / 16; ++i) {
      const auto batch = loader->GetNextBatch();
      ASSERT_TRUE(batch.has_value());
      for (int number : NumbersIn(**batch)) seen.at(number)++;
    }
    EXPECT_EQ(seen, std::vector<int>(kPositions, 1)) << "cycle " << cycle;
  }
}

TEST_F(LoaderTest, ShuffledPositionsAreAllDelivered) {
  AddArchive("a.tar", 0, 10);
  UsualGraph graph = Graph();
  graph.position_sampling_rate = 0.5;
  graph.pool_threads = 3;
  const auto loader = Start(MakeConfig(graph));
  std::set<int> seen;
  while (seen.size() < 160) {
    const auto batch = loader->GetNextBatch();
    ASSERT_TRUE(batch.has_value());
    for (int number : NumbersIn(**batch)) seen.insert(number);
  }
}

TEST_F(LoaderTest, TheSameSeedGivesTheSameBatches) {
  AddArchive("a.tar", 0, 10);
  AddArchive("b.tar", 160, 10);
  DataLoaderConfig config = MakeConfig(Graph());
  const auto first_numbers = [&](uint64_t seed) {
    config.seed = seed;
    const auto loader = Start(config);
    std::vector<std::vector<int>> numbers;
    for (int i = 0; i < 20; ++i) {
      numbers.push_back(NumbersIn(**loader->GetNextBatch()));
    }
    return numbers;
  };
  EXPECT_EQ(first_numbers(7), first_numbers(7));
  EXPECT_NE(first_numbers(7), first_numbers(8));
}

uint64_t InflatedBytes(const LoaderStats& stats) {
  uint64_t sum = 0;
  for (const StageStats& stage : stats.stages) {
    const auto found = stage.counters.find("inflated_bytes");
    if (found != stage.counters.end()) sum += found->second.total;
  }
  return sum;
}

TEST_F(LoaderTest, TheFrameCacheChangesNothingButTheReading) {
  AddArchive("a.tar", 0, 10);
  AddArchive("b.tar", 160, 10);
  DataLoaderConfig config = MakeConfig(Graph());
  const auto run = [&](uint64_t cache_bytes) {
    config.stages["pool"].shuffling_chunk_pool->frame_cache_bytes = cache_bytes;
    const auto loader = Start(config);
    std::vector<std::vector<int>> numbers;
    for (int i = 0; i < 60; ++i) {
      numbers.push_back(NumbersIn(**loader->GetNextBatch()));
    }
    loader->Stop();
    const LoaderStats stats = loader->GetStats();
    return std::tuple{numbers, stats.stages[2], InflatedBytes(stats)};
  };
  const auto [without, cold, cold_bytes] = run(0);
  const auto [with, warm, warm_bytes] = run(100'000'000);
  const auto [with_little, lukewarm, lukewarm_bytes] = run(100'000);
  EXPECT_EQ(without, with);
  EXPECT_EQ(without, with_little);
  EXPECT_FALSE(cold.pool->cache);
  EXPECT_EQ(warm.pool->cache->chunks, 20u);
  EXPECT_GT(warm.counters.at("cache_hits").total, 30u);
  // Each game once.
  EXPECT_EQ(warm_bytes, 20u * 16 * kFrameV6Bytes);
  EXPECT_GT(lukewarm_bytes, warm_bytes);
  EXPECT_GT(cold_bytes, lukewarm_bytes);
  EXPECT_GT(lukewarm.pool->cache->chunks, 0u);
  EXPECT_LE(lukewarm.pool->cache->used_bytes, 100'000u);
}

TEST_F(LoaderTest, CountsArrivalsSinceTheAnchor) {
  AddArchive("1.tar", 0, 2);
  AddArchive("2.tar", 32, 3);
  const auto loader = Start(MakeConfig(Graph()));
  EXPECT_TRUE(loader->WaitForChunks(5, kForever).value());
  EXPECT_EQ(loader->ResetAnchor(), "2.tar");
  EXPECT_EQ(loader->GetStats().chunks_since_anchor, 0u);
  EXPECT_FALSE(loader->WaitForChunks(1, std::chrono::nanoseconds(0)).value());

  AddArchive("3.tar", 80, 4);
  EXPECT_TRUE(loader->WaitForChunks(4, kForever).value());
  const LoaderStats stats = loader->GetStats();
  EXPECT_EQ(stats.chunks_since_anchor, 4u);
  EXPECT_EQ(stats.anchor, "2.tar");
  EXPECT_EQ(stats.newest_key, "3.tar");

  loader->SetAnchor("3.tar");
  EXPECT_EQ(loader->GetStats().chunks_since_anchor, 0u);
}

TEST_F(LoaderTest, AGameNeverChangesItsSplit) {
  AddArchive("a.tar", 0, 20);
  // Positions of each split; `batches` of it are enough to see all of them.
  const auto positions = [&](Loader& loader, const std::string& split,
                             int batches) {
    std::set<int> seen;
    for (int i = 0; i < batches; ++i) {
      const auto batch = loader.GetNextBatch(split);
      EXPECT_TRUE(batch.has_value());
      for (int number : NumbersIn(**batch)) seen.insert(number);
    }
    return seen;
  };
  const DataLoaderConfig config =
      MakeSplitConfig(Graph(), {{"test", 1}, {"train", 3}});
  std::set<int> test, train;
  {
    const auto loader = Start(config);
    test = positions(*loader, "test", 40);
    train = positions(*loader, "train", 80);
  }
  EXPECT_EQ(test.size() + train.size(), 320u);
  std::set<int> all = test;
  all.insert(train.begin(), train.end());
  EXPECT_EQ(all.size(), 320u) << "a position is in both";

  // After a restart, with another seed and more games.
  AddArchive("b.tar", 320, 20);
  DataLoaderConfig other = config;
  other.seed = 77;
  const auto loader = Start(other);
  for (int number : positions(*loader, "test", 40)) {
    EXPECT_FALSE(train.contains(number)) << number;
  }
  for (int number : positions(*loader, "train", 80)) {
    EXPECT_FALSE(test.contains(number)) << number;
  }
  const LoaderStats stats = loader->GetStats();
  EXPECT_EQ(stats.newest_key, "b.tar");
  EXPECT_EQ(stats.stages.size(), 13u);
  EXPECT_EQ(stats.queues.size(), 14u);
}

TEST_F(LoaderTest, NewGamesJoinWithoutARestart) {
  AddArchive("1.tar", 0, 1);
  const auto loader = Start(MakeConfig(Graph()));
  ASSERT_TRUE(loader->GetNextBatch().has_value());
  AddArchive("2.tar", 16, 1);
  bool seen = false;
  while (!seen) {
    const auto batch = loader->GetNextBatch();
    ASSERT_TRUE(batch.has_value());
    for (int number : NumbersIn(**batch)) seen |= number >= 16;
  }
}

TEST_F(LoaderTest, StatsFollowTheDataAndAddUp) {
  AddArchive("a.tar", 0, 10);
  const auto loader = Start(MakeConfig(Graph()));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(loader->GetNextBatch().has_value());
  }
  loader->Stop();
  const LoaderStats stats = loader->GetStats();
  ASSERT_EQ(stats.stages.size(), 7u);
  ASSERT_EQ(stats.queues.size(), 7u);
  EXPECT_EQ(stats.stages[0].kind, "file_discovery");
  EXPECT_EQ(stats.stages[6].name, "batches");
  EXPECT_EQ(stats.queues[6].from_stage, "batches");
  EXPECT_EQ(stats.queues[6].to_stage, "train");
  EXPECT_EQ(stats.queues[6].get.total, 20u);
  EXPECT_EQ(stats.stages[0].items.total, 1u);
  EXPECT_LE(stats.stages[0].discovery.value().quiet_seconds.value(),
            stats.uptime_seconds);
  EXPECT_EQ(stats.stages[1].counters.at("chunks").total, 10u);
  EXPECT_EQ(stats.stages[2].pool->capacity, 1000u);
  ASSERT_EQ(stats.stages[2].pool->shares.size(), 1u);
  EXPECT_EQ(stats.stages[2].pool->shares[0].last_key, stats.newest_key);
  EXPECT_EQ(stats.stages[2].pool->shares[0].chunks,
            stats.stages[2].pool->chunks);
  EXPECT_GT(stats.stages[2].counters.at("inflated_bytes").total, 0u);
  EXPECT_EQ(stats.stages[5].reservoir->capacity, 100u);
  EXPECT_EQ(stats.stages[6].positions.total, stats.stages[6].items.total * 16);
  for (const QueueStats& queue : stats.queues) {
    EXPECT_EQ(queue.put.total,
              queue.get.total + queue.dropped.total + queue.size)
        << queue.from_stage;
  }
  for (const StageStats& stage : stats.stages) EXPECT_GE(stage.threads, 1u);
}

TEST_F(LoaderTest, StatsCrossAsJson) {
  const auto loader = Start(MakeConfig(Graph()));
  const auto stats =
      LoaderStatsFromJson(nlohmann::json::parse(loader->GetStatsJson()));
  ASSERT_TRUE(stats.has_value()) << stats.error().message;
  EXPECT_EQ(stats->stages.size(), 7u);
}

TEST_F(LoaderTest, BatchesOutliveTheLoader) {
  AddArchive("a.tar", 0, 4);
  auto loader = Start(MakeConfig(Graph()));
  const auto batch = loader->GetNextBatch();
  loader.reset();
  ASSERT_TRUE(batch.has_value());
  EXPECT_LT(NumbersIn(**batch)[0], 64);
}

TEST_F(LoaderTest, AnUnknownSplitIsRefusedByName) {
  const auto loader = Start(MakeConfig(Graph()));
  const auto batch = loader->GetNextBatch("trian");
  ASSERT_FALSE(batch.has_value());
  EXPECT_EQ(batch.error().code, ErrorCode::kBadConfig);
  EXPECT_EQ(batch.error().message,
            "outputs: no output is named 'trian'; there are train");
}

TEST_F(LoaderTest, ABadConfigStartsNothing) {
  DataLoaderConfig config = MakeConfig(Graph());
  config.stages.at("batches").tensor_generator->batch_size.reset();
  const auto loader = Loader::Create(config);
  ASSERT_FALSE(loader.has_value());
  EXPECT_EQ(loader.error().code, ErrorCode::kBadConfig);

  for (const char* json :
       {"", "{", "[]", "{\"stagse\": {}}", R"({"seed": "1", "seed": "2"})"}) {
    const auto from_json = Loader::CreateFromJson(json, {});
    ASSERT_FALSE(from_json.has_value()) << json;
    EXPECT_EQ(from_json.error().code, ErrorCode::kBadConfig) << json;
  }
}

// An exception in a stage's thread (here from the log, of all places) is our
// own failure: it stops the loader and reaches the caller.
TEST_F(LoaderTest, AWorkersExceptionReachesTheCaller) {
  WriteFile(folder_.path() / "bad.gz", Bytes(10));
  WriteFile(folder_.path() / "bad.tar", Bytes(10));
  std::atomic<bool> thrown = false;
  auto loader = Loader::Create(MakeConfig(Graph()),
                               {.log = [&](LogLevel, std::string_view) {
                                 if (!thrown.exchange(true))
                                   throw std::runtime_error("disk on fire");
                               }});
  ASSERT_TRUE(loader.has_value());
  const auto batch = (*loader)->GetNextBatch();
  ASSERT_FALSE(batch.has_value());
  EXPECT_EQ(batch.error().code, ErrorCode::kInternal);
  EXPECT_NE(batch.error().message.find("disk on fire"), std::string::npos)
      << batch.error().message;
  const auto arrived = (*loader)->WaitForChunks(1u << 30, kForever);
  ASSERT_FALSE(arrived.has_value());
  EXPECT_EQ(arrived.error().code, ErrorCode::kInternal);
}

TEST_F(LoaderTest, ThreadsOfItsOwnOrThePoolsChangeNoBatch) {
  AddArchive("a.tar", 0, 20);
  std::vector<std::vector<int>> given;
  for (const uint32_t threads : {0u, 1u}) {
    UsualGraph graph = Graph();
    graph.parse_threads = threads;
    const auto loader = Start(MakeConfig(graph));
    auto& numbers = given.emplace_back();
    for (int i = 0; i < 30; ++i) {
      const auto batch = loader->GetNextBatch();
      ASSERT_TRUE(batch.has_value());
      std::ranges::copy(NumbersIn(**batch), std::back_inserter(numbers));
    }
  }
  EXPECT_EQ(given[0], given[1]);
}

TEST_F(LoaderTest, AStageWithoutThreadsCountsThoseThatRunIt) {
  AddArchive("a.tar", 0, 10);
  UsualGraph graph = Graph();
  graph.pool_threads = 3;
  const auto loader = Start(MakeConfig(graph));
  // A batch is counted a little after it can be taken.
  ASSERT_TRUE(loader->GetNextBatch().has_value());
  ASSERT_TRUE(loader->GetNextBatch().has_value());
  for (const StageStats& stage : loader->GetStats().stages) {
    const bool in_pool = stage.name == "pool" || stage.name == "validator" ||
                         stage.name == "unpacker";
    EXPECT_EQ(stage.threads, in_pool ? 3u : 1u) << stage.name;
    EXPECT_GT(stage.items.total, 0u) << stage.name;
    EXPECT_GT(stage.busy_seconds, 0.0) << stage.name;
  }
}

}  // namespace
}  // namespace lczero
