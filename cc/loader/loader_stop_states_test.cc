// Stop() in the states of single stages; those of the whole loader are in
// loader_stop_test.cc. Each test brings its stage into one state, and would
// hang if Stop did not end it.
//
// stage               | waits for input | at work | waits for room | otherwise
// file_discovery      | no folder (*)   | a long first scan | it or (*)
// chunk_source_loader | no file (*)     | a long archive    | a long scan
// splitter, join      | (*)             | (*)               | (*)
// shuffling_chunk_pool| emptied window; fewer than startup_chunks; resumed
//                     |                 | inflating; a growing file; all bad;
//                     |                 | all cached       | queues full (*)
// validator, unpacker | nothing good    | (*)               | queues full (*)
// frame_sampler       | (*)             | filling           | queues full (*)
// tensor_generator    | filling         | (*)               | queues full (*)
// (*): loader_stop_test.cc. The end of the input, which no folder ever
// reaches, is in stages/stages_test.cc.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cc/loader/loader.h"
#include "cc/loader/loader_fixture_for_test.h"

namespace lczero {
namespace {

using testing::Bytes;
using testing::MakeConfig;
using testing::UsualGraph;
using testing::WriteFile;

class StopStatesTest : public LoaderTest {
 protected:
  static const StageStats& StageOf(const LoaderStats& stats,
                                   const std::string& name) {
    for (const StageStats& stage : stats.stages) {
      if (stage.name == name) return stage;
    }
    throw std::out_of_range(name);
  }

  static uint64_t Counted(const Loader& loader, const std::string& stage,
                          const std::string& counter) {
    const LoaderStats stats = loader.GetStats();
    const auto& counters = StageOf(stats, stage).counters;
    const auto place = counters.find(counter);
    return place == counters.end() ? 0 : place->second.total;
  }

  template <typename Condition>
  static void WaitUntil(Condition condition) {
    while (!condition()) std::this_thread::yield();
  }

  // With a caller in each call that waits.
  static void StopWhileAllWait(Loader& loader) {
    std::thread batches([&] {
      while (loader.GetNextBatch()) {
      }
    });
    std::thread arrivals([&] {
      EXPECT_EQ(loader.WaitForChunks(1u << 30, kForever).error().code,
                ErrorCode::kCancelled);
    });
    loader.Stop();
    batches.join();
    arrivals.join();
    EXPECT_EQ(loader.GetNextBatch().error().code, ErrorCode::kCancelled);
  }

  void WriteGame(const std::string& name, const Bytes& content) {
    WriteFile(folder_.path() / name, testing::Gzip(content));
  }
};

TEST_F(StopStatesTest, InTheMiddleOfALongFirstScan) {
  for (int i = 0; i < 2000; ++i) {
    WriteFile(folder_.path() / (std::to_string(i) + ".gz"), Bytes(10));
  }
  for (uint64_t files = 0; files < 2000; files += 400) {
    const auto loader = Start(MakeConfig(Graph()));
    WaitUntil([&] {
      return StageOf(loader->GetStats(), "files").items.total >= files;
    });
    StopWhileAllWait(*loader);
  }
}

TEST_F(StopStatesTest, WhileALongArchiveIsIndexed) {
  std::vector<std::pair<std::string, Bytes>> members(20'000);
  for (size_t i = 0; i < members.size(); ++i) {
    members[i].first = std::to_string(i) + ".gz";
  }
  WriteFile(folder_.path() / "1.tar", testing::Tar(members));
  for (int i = 0; i < 10; ++i) {
    const auto loader = Start(MakeConfig(Graph()));
    WaitUntil(
        [&] { return StageOf(loader->GetStats(), "files").items.total > 0; });
    StopWhileAllWait(*loader);
  }
}

TEST_F(StopStatesTest, WhileThePoolWaitsForItsFirstGames) {
  AddArchive("a.tar", 0, 5);
  DataLoaderConfig config = MakeConfig(Graph());
  config.stages.at("pool").shuffling_chunk_pool->startup_chunks = 6;
  const auto loader = Start(config);
  ASSERT_TRUE(loader->WaitForChunks(5, kForever).value());
  StopWhileAllWait(*loader);
}

TEST_F(StopStatesTest, WhileAResumedPoolWaitsForTheFirstScan) {
  AddArchive("a.tar", 0, 5);
  UsualGraph graph = Graph();
  std::optional<std::string> state;
  {
    const auto loader = Start(MakeConfig(graph));
    ASSERT_TRUE(loader->GetNextBatch().has_value());
    state = loader->GetSamplerState();
  }
  graph.directory += "/later";
  const auto loader = Loader::Create(MakeConfig(graph),
                                     {.log = [](LogLevel, std::string_view) {},
                                      .sampler_state = state})
                          .value();
  StopWhileAllWait(*loader);
}

TEST_F(StopStatesTest, WithAnEmptiedWindow) {
  AddArchive("a.tar", 0, 5);
  const auto loader = Start(MakeConfig(Graph()));
  ASSERT_TRUE(loader->GetNextBatch().has_value());
  std::filesystem::remove(folder_.path() / "a.tar");
  std::thread reader([&] {
    while (loader->GetNextBatch()) {
    }
  });
  WaitUntil(
      [&] { return StageOf(loader->GetStats(), "pool").pool->chunks == 0; });
  StopWhileAllWait(*loader);
  reader.join();
}

// Each game takes far longer to inflate than a stop takes to be noticed.
TEST_F(StopStatesTest, InTheMiddleOfInflating) {
  for (int i = 0; i < 3; ++i) {
    WriteGame(std::to_string(i) + ".gz", Bytes(60 << 20));
  }
  for (uint64_t bad = 0; bad < 4; ++bad) {
    const auto loader = Start(MakeConfig(Graph()));
    WaitUntil([&] {
      return Counted(*loader, "pool", "inflated_bytes") >= bad * (60u << 20) &&
             StageOf(loader->GetStats(), "pool").pool->chunks > 0;
    });
    StopWhileAllWait(*loader);
  }
}

TEST_F(StopStatesTest, WhileAFileGrows) {
  const Bytes tar = testing::TarOfGames(
      std::vector<Bytes>(3, testing::ChunkBytes(NumberedGame(0, 16))));
  std::atomic<bool> is_over = false;
  std::thread writer([&] {
    while (!is_over) {
      std::ofstream file(folder_.path() / "1.tar", std::ios::app);
      // Without the two blocks of the end.
      file.write(reinterpret_cast<const char*>(tar.data()),
                 static_cast<std::streamsize>(tar.size() - 1024));
      file.close();
      if (std::filesystem::file_size(folder_.path() / "1.tar") > (1u << 22)) {
        // Whole games stay, so that there are always batches.
        std::filesystem::resize_file(folder_.path() / "1.tar",
                                     tar.size() - 1024);
      }
    }
  });
  for (int batches = 0; batches < 20; ++batches) {
    const auto loader = Start(MakeConfig(Graph()));
    for (int i = 0; i < batches; ++i) {
      ASSERT_TRUE(loader->GetNextBatch().has_value());
    }
    StopWhileAllWait(*loader);
  }
  is_over = true;
  writer.join();
}

TEST_F(StopStatesTest, WhileNoGameIsGood) {
  WriteGame("1.gz", Bytes(8356));
  WriteFile(folder_.path() / "2.gz", Bytes(100));
  for (const uint32_t threads : {0u, 1u}) {
    UsualGraph graph = Graph();
    graph.parse_threads = threads;
    const auto loader = Start(MakeConfig(graph));
    WaitUntil([&] { return Counted(*loader, "pool", "bad.corrupt") > 10; });
    StopWhileAllWait(*loader);
  }
}

TEST_F(StopStatesTest, WhileEveryGameIsInTheCache) {
  AddArchive("a.tar", 0, 5);
  DataLoaderConfig config = MakeConfig(Graph());
  config.stages.at("pool").shuffling_chunk_pool->frame_cache_bytes = 1 << 30;
  const auto loader = Start(config);
  while (Counted(*loader, "pool", "cache_hits") < 10) {
    ASSERT_TRUE(loader->GetNextBatch().has_value());
  }
  StopWhileAllWait(*loader);
}

TEST_F(StopStatesTest, WhileReservoirAndBatchFill) {
  AddArchive("a.tar", 0, 5);
  UsualGraph graph = Graph();
  graph.reservoir_size = 100'000'000;
  const auto filling = Start(MakeConfig(graph));
  WaitUntil([&] {
    return StageOf(filling->GetStats(), "shuffle").reservoir->frames > 1000;
  });
  StopWhileAllWait(*filling);
  graph.reservoir_size = 1;
  graph.batch_size = 100'000;
  const auto batching = Start(MakeConfig(graph));
  WaitUntil([&] {
    return StageOf(batching->GetStats(), "shuffle").positions.total > 1000;
  });
  StopWhileAllWait(*batching);
}

// Every method from threads of its own.
TEST_F(StopStatesTest, WhileEverythingElseIsCalled) {
  AddArchive("a.tar", 0, 5);
  for (int i = 0; i < 20; ++i) {
    const auto loader =
        Loader::Create(MakeConfig(Graph()), {.log = nullptr}).value();
    std::atomic<bool> is_over = false;
    std::vector<std::thread> threads;
    const auto repeat = [&](auto call) {
      threads.emplace_back([&is_over, call] {
        do {
          call();
        } while (!is_over);
      });
    };
    repeat([&] { (void)loader->GetStats(); });
    repeat([&] { (void)loader->GetStatsJson(); });
    repeat([&] { (void)loader->GetSamplerState(); });
    repeat([&] { loader->SetAnchor("a"); });
    repeat([&] { (void)loader->ResetAnchor(); });
    repeat([&] { (void)loader->WaitForChunks(1, std::chrono::seconds(0)); });
    repeat([&] { (void)loader->GetNextBatch(); });
    repeat([&] { (void)loader->GetNextBatch("nothing"); });
    repeat([&] { (void)loader->NextLogLine(); });
    ASSERT_TRUE(loader->WaitForChunks(5, kForever).value());
    loader->Stop();
    is_over = true;
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace lczero
