// The frame cache's file, under the whole loader: batches are the same with it
// and without, whatever happens to it.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "cc/loader/loader.h"
#include "cc/loader/loader_fixture_for_test.h"

namespace lczero {
namespace {

using testing::MakeConfig;

// The names of this process's files that have none.
std::vector<std::string> SpillFiles() {
  std::vector<std::string> found;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    const auto target = std::filesystem::read_symlink(entry, ignored).string();
    if (target.ends_with(" (deleted)") && target.contains("spill")) {
      found.push_back(entry.path());
    }
  }
  return found;
}

class SpillingLoaderTest : public LoaderTest {
 protected:
  void SetUp() override {
    AddArchive("a.tar", 0, 10);
    AddArchive("b.tar", 160, 10);
    std::filesystem::create_directory(spill_folder());
  }

  std::filesystem::path spill_folder() const { return other_.path() / "spill"; }

  // Room in memory for a few games only.
  DataLoaderConfig Config(uint64_t spill_bytes) const {
    DataLoaderConfig config = MakeConfig(Graph());
    auto& pool = *config.stages["pool"].shuffling_chunk_pool;
    if (spill_bytes == 0) return config;
    pool.frame_cache_bytes = 100'000;
    pool.frame_cache_spill_folder = spill_folder();
    pool.frame_cache_spill_bytes = spill_bytes;
    return config;
  }

  static std::vector<int> Next(Loader& loader, int batches) {
    std::vector<int> numbers;
    for (int i = 0; i < batches; ++i) {
      const auto batch = NumbersIn(**loader.GetNextBatch());
      numbers.insert(numbers.end(), batch.begin(), batch.end());
    }
    return numbers;
  }

  std::vector<int> Expected(int batches) {
    return Next(*Start(Config(0)), batches);
  }

  static FrameCacheStats CacheOf(const Loader& loader) {
    return *loader.GetStats().stages[2].pool->cache;
  }

  testing::TempFolder other_;
};

TEST_F(SpillingLoaderTest, ChangesNothingButTheReading) {
  const auto loader = Start(Config(100'000'000));
  EXPECT_EQ(Next(*loader, 60), Expected(60));
  loader->Stop();
  const FrameCacheStats cache = CacheOf(*loader);
  EXPECT_GT(cache.chunks, 0u);
  EXPECT_GT(cache.spilled_chunks, 0u);
  EXPECT_EQ(cache.chunks + cache.spilled_chunks, 20u);
  EXPECT_GT(cache.spilled_bytes, 0u);
  EXPECT_EQ(cache.spill_capacity_bytes, 100'000'000u);
  EXPECT_EQ(cache.spill_failures, 0u);
  EXPECT_GT(loader->GetStats().stages[2].counters.at("spill_hits").total, 10u);
  EXPECT_TRUE(std::filesystem::is_empty(spill_folder()));
  EXPECT_EQ(lines(), std::vector<std::string>());
}

TEST_F(SpillingLoaderTest, GoesOnWhenTheFolderIsNotThere) {
  std::filesystem::remove(spill_folder());
  const auto loader = Start(Config(100'000'000));
  EXPECT_EQ(Next(*loader, 60), Expected(60));
  EXPECT_EQ(CacheOf(*loader).spill_failures, 1u);
  ASSERT_EQ(lines().size(), 1u);
  EXPECT_EQ(lines()[0],
            "stage pool: the frame cache spills no more: cannot make a file "
            "in " +
                spill_folder().string() +
                ": No such file or directory. Games that do not fit into "
                "frame_cache_bytes are read again at each visit. Make room, or "
                "change frame_cache_spill_folder, and start again.");
}

TEST_F(SpillingLoaderTest, GoesOnWhenTheDiskIsFull) {
  // A limit for the size of files, as a full disk.
  ::signal(SIGXFSZ, SIG_IGN);
  struct rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit limit = before;
  limit.rlim_cur = 20'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto loader = Start(Config(100'000'000));
  const std::vector<int> numbers = Next(*loader, 60);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(numbers, Expected(60));
  EXPECT_GE(CacheOf(*loader).spill_failures, 1u);
  ASSERT_EQ(lines().size(), 1u);
  EXPECT_TRUE(lines()[0].contains("File too large")) << lines()[0];
}

TEST_F(SpillingLoaderTest, GoesOnWhenTheFileShrinks) {
  const auto loader = Start(Config(100'000'000));
  std::vector<int> numbers = Next(*loader, 40);
  ASSERT_EQ(SpillFiles().size(), 1u);
  std::filesystem::resize_file(SpillFiles()[0], 10);
  const std::vector<int> rest = Next(*loader, 80);
  numbers.insert(numbers.end(), rest.begin(), rest.end());
  EXPECT_EQ(numbers, Expected(120));
  EXPECT_GE(CacheOf(*loader).spill_failures, 1u);
  EXPECT_EQ(lines().size(), 1u);
}

TEST_F(SpillingLoaderTest, AFolderAndItsSizeBelongTogether) {
  DataLoaderConfig config = Config(1);
  auto& pool = *config.stages["pool"].shuffling_chunk_pool;
  pool.frame_cache_spill_bytes = 0;
  EXPECT_TRUE(Loader::Create(config).error().message.contains(
      "stages.pool.shuffling_chunk_pool.frame_cache_spill_bytes: is 0"));
  pool.frame_cache_spill_bytes = 1;
  pool.frame_cache_spill_folder.reset();
  EXPECT_TRUE(Loader::Create(config).error().message.contains(
      "stages.pool.shuffling_chunk_pool.frame_cache_spill_folder: missing"));
}

}  // namespace
}  // namespace lczero
