// That the benchmark of the pool measures, and the pool's promise on memory.
#include <gtest/gtest.h>

#include "cc/bench/pool_case.h"
#include "cc/testing/chunk_files.h"
#include "cc/testing/heap_meter.h"

namespace lczero::bench {
namespace {

int64_t HeapBytes() { return testing::GetHeapUse().bytes; }

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

TEST(PoolCaseTest, MeasuresAStart) {
  const testing::TempFolder folder;
  WriteArchives(folder.path(), 40, 20);
  EXPECT_GT(MeasureStart(folder.path(), 40).value(), 0);
}

}  // namespace
}  // namespace lczero::bench
