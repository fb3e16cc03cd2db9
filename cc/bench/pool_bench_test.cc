// That the benchmark of the pool measures, and the pool's promise on memory.
#include <gtest/gtest.h>

#include "cc/bench/pool_case.h"
#include "cc/testing/chunk_files.h"
#include "cc/testing/heap_meter.h"

namespace lczero::bench {
namespace {

// As pool_bench counts.
int64_t HeapBytes() {
  const testing::HeapUse use = testing::GetHeapUse();
  return use.bytes + 8 * use.blocks;
}

TEST(PoolCaseTest, AGameInAnArchiveCostsFewBytes) {
  for (const uint64_t games_per_archive : {100u, 1000u}) {
    const auto cost = MeasurePool(50'000, games_per_archive, HeapBytes);
    ASSERT_TRUE(cost.has_value());
#ifndef LC_HEAP_IS_NOT_METERED
    EXPECT_GT(cost->bytes_per_game, 16) << "where a game lies in its archive";
#endif
    EXPECT_LT(cost->bytes_per_game, 100);
    EXPECT_GT(cost->state_bytes_per_game, 0.1);
    EXPECT_LT(cost->state_bytes_per_game, 1);
  }
}

TEST(PoolCaseTest, AGameInAFileOfItsOwnCostsLessThan200Bytes) {
  const auto cost = MeasurePool(50'000, 1, HeapBytes);
  ASSERT_TRUE(cost.has_value());
#ifndef LC_HEAP_IS_NOT_METERED
  EXPECT_GT(cost->bytes_per_game, 100) << "its name alone takes 37";
#endif
  EXPECT_LT(cost->bytes_per_game, 200);
  EXPECT_LT(cost->state_bytes_per_game, 13);
}

TEST(PoolCaseTest, MeasuresAStart) {
  for (const uint64_t games_per_archive : {20u, 1u}) {
    const testing::TempFolder folder;
    WriteGames(folder.path(), 40, games_per_archive);
    const auto cost = MeasureStart(folder.path(), 40, HeapBytes);
    ASSERT_TRUE(cost.has_value());
    EXPECT_GT(cost->seconds, 0);
  }
}

}  // namespace
}  // namespace lczero::bench
