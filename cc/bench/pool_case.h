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
  // Of the pool and of its sources, per game.
  double bytes_per_game;
  // Of putting all sources in.
  double add_seconds;
  // Of one Next, on average over a pass.
  double next_us;
  // What GetState gives, encoded, per game, after that pass.
  double state_bytes_per_game;
};

// A pool of `games` games in archives of `games_per_archive` each, or in *.gz
// files if that is 1; none of them is on disk. `heap_bytes` says what is
// allocated.
Result<PoolCost> MeasurePool(uint64_t games, uint64_t games_per_archive,
                             const std::function<int64_t()>& heap_bytes);

// Writes `games` very small games into `folder`: archives, or, of one game
// each, *.gz files.
void WriteGames(const std::string& folder, uint64_t games,
                uint64_t games_per_archive);

struct StartCost {
  // From the making of a loader until its first batch, which it gives when all
  // games are in the pool.
  double seconds;
  // Of everything that the loader then holds, per game.
  double bytes_per_game;
};

// A whole loader over the folder, whose files hold `games` games.
Result<StartCost> MeasureStart(const std::string& folder, uint64_t games,
                               const std::function<int64_t()>& heap_bytes);

}  // namespace lczero::bench

#endif  // CC_BENCH_POOL_CASE_H_
