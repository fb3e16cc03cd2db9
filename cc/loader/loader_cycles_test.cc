// Loaders that are started and stopped again and again: nothing stays behind,
// neither memory nor descriptors nor threads.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include "cc/base/buffer.h"
#include "cc/base/random.h"
#include "cc/loader/loader.h"
#include "cc/loader/loader_fixture_for_test.h"
#include "cc/testing/heap_meter.h"

namespace lczero {
namespace {

using testing::MakeConfig;
using testing::UsualGraph;

// This one; and ThreadSanitizer's own, from the first that is made on.
constexpr size_t kThreads =
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
    1 +
#endif
#endif
    1;

class LoaderCyclesTest : public LoaderTest {
 protected:
  static size_t Entries(const char* folder) {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(folder)) {
      ++count;
    }
    return count;
  }
  // The listing's own is counted each time.
  static size_t Descriptors() { return Entries("/proc/self/fd"); }

  // The system forgets a thread a little after it was joined.
  static void WaitForThreadsToEnd() {
    while (Entries("/proc/self/task") > kThreads) std::this_thread::yield();
  }

  std::vector<DataLoaderConfig> Configs() const {
    UsualGraph graph = Graph();
    std::vector<DataLoaderConfig> configs = {
        MakeConfig(graph),
        testing::MakeSplitConfig(graph, {{"test", 1}, {"train", 2}})};
    graph.parse_threads = 2;
    graph.pool_threads = 2;
    configs.push_back(MakeConfig(graph));
    configs[0].stages.at("pool").shuffling_chunk_pool->frame_cache_bytes =
        10'000'000;
    configs[2].stages.at("batches").tensor_generator->packed = true;
    auto& pool = *configs[2].stages.at("pool").shuffling_chunk_pool;
    pool.frame_cache_spill_folder = graph.directory;
    pool.frame_cache_spill_bytes = 10'000'000;
    graph.directory += "/later";
    configs.push_back(MakeConfig(graph));
    configs.push_back(Joined(configs[0]));
    return configs;
  }

  // Two of the usual graph, up to their reservoirs, joined.
  static DataLoaderConfig Joined(DataLoaderConfig config) {
    const auto stages = config.stages;
    for (const auto& [name, stage] : stages) {
      if (name == "batches") continue;
      StageConfig& copy = config.stages["other." + name] = stage;
      for (std::string& input : copy.inputs) input = "other." + input;
    }
    config.stages["both"].inputs = {"shuffle", "other.shuffle"};
    config.stages["both"].join.emplace();
    config.stages["batches"].inputs = {"both"};
    return config;
  }

  // Some are stopped, some only destroyed.
  void Cycle(const DataLoaderConfig& config, bool has_games, Random& random) {
    Loader::Options options{.log = [](LogLevel, std::string_view) {}};
    if (random.Below(2) == 0) options.log = nullptr;
    const auto loader = Loader::Create(config, std::move(options)).value();
    const uint64_t batches = has_games ? random.Below(4) : 0;
    for (uint64_t i = 0; i < batches; ++i) {
      ASSERT_TRUE(loader->GetNextBatch().has_value());
    }
    if (random.Below(4) == 0) (void)loader->GetSamplerState();
    if (random.Below(4) == 0) (void)loader->GetStatsJson();
    if (random.Below(2) == 0) loader->Stop();
  }
};

TEST_F(LoaderCyclesTest, AThousandLeaveNothing) {
  AddArchive("a.tar", 0, 10);
  AddArchive("b.tar", 1000, 10);
  testing::WriteFile(folder_.path() / "noise.tar",
                     testing::Bytes(700, std::byte{0xee}));
  const std::vector<DataLoaderConfig> configs = Configs();
  constexpr size_t kNoGames = 3;
  Random random(1);
  const auto run = [&](int cycles) {
    for (int i = 0; i < cycles; ++i) {
      const size_t which = random.Below(configs.size());
      Cycle(configs[which], which != kNoGames, random);
    }
  };
  // What is made once. That of buffers comes when a game is dropped in this
  // thread, which is a matter of chance.
  (void)Buffer(Buffer::kSpareMost);
  run(20);
  WaitForThreadsToEnd();
  const size_t descriptors = Descriptors();
  const testing::HeapUse before = testing::GetHeapUse();
  run(1000);
  WaitForThreadsToEnd();
  EXPECT_EQ(Descriptors(), descriptors);
  const testing::HeapUse after = testing::GetHeapUse();
  EXPECT_EQ(after.blocks, before.blocks);
  EXPECT_EQ(after.bytes, before.bytes);
}

}  // namespace
}  // namespace lczero
