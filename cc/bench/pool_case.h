// What a pool of very many games costs: memory, and time to start.
//
// Threads: functions of one thread; the loader has its own.
// Errors:  those of ChunkPool and Loader.
#ifndef CC_BENCH_POOL_CASE_H_
#define CC_BENCH_POOL_CASE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "cc/base/error.h"

namespace lczero::bench {

struct PoolCost {
  // Of the pool and of its sources, which are like open archives, per game.
  double bytes_per_game;
  // Of putting all sources in.
  double add_seconds;
  // Of one Next, on average over a pass.
  double next_us;
  // What GetState gives, encoded, per game, after that pass.
  double state_bytes_per_game;
};

// A pool of `games` games in archives of `games_per_archive` each, none of
// which is a file. `heap_bytes` says what is allocated.
Result<PoolCost> MeasurePool(uint64_t games, uint64_t games_per_archive,
                             const std::function<int64_t()>& heap_bytes);

// Writes `games` very small games into archives in `folder`.
void WriteArchives(const std::string& folder, uint64_t games,
                   uint64_t games_per_archive);

// Seconds from the making of a loader over the folder until its first batch,
// which it gives when all `games` are in the pool.
Result<double> MeasureStart(const std::string& folder, uint64_t games);

}  // namespace lczero::bench

#endif  // CC_BENCH_POOL_CASE_H_
