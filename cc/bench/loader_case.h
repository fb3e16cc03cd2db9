// One run of class Loader over a folder of games, measured while it is steady.
//
// Threads: a function of one thread; the loader has its own.
// Memory:  that of the loader; run it in a child (in_child.h).
// Errors:  those of Loader.
#ifndef CC_BENCH_LOADER_CASE_H_
#define CC_BENCH_LOADER_CASE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "cc/base/error.h"
#include "cc/schema/loader_config.h"

namespace lczero::bench {

struct CaseOptions {
  std::string directory;
  double sampling_rate = 1.0;
  // Measured when the frame cache holds the whole window; else without one.
  bool warm = false;
  // The cache is a file in this folder; empty: it is in memory.
  std::string spill_folder = {};
  uint32_t batch_size = 1024;
  bool packed_batches = true;
  uint64_t pool_chunks = 2000;
  uint64_t reservoir_frames = 20000;
  uint32_t pool_threads = 1;
  // Processors that the process may use; 0: all.
  uint32_t cores = 0;
  // Of measuring, after the reservoir (and the cache) has been filled.
  double seconds = 5;
};

struct StageCost {
  char name[24];
  // Per delivered position: threads' time that was not spent waiting.
  double busy_us;
};

struct CaseResult {
  double cpu_us;   // Of the process, per delivered position.
  double wall_us;  // Per delivered position.
  double positions;
  // What the process held at most, start and filling included.
  double peak_bytes;
  // Per frame in the cache, what the allocator adds included; 0 without one.
  double cache_bytes_per_frame;
  size_t stages;
  std::array<StageCost, 16> stage_costs;
};

// The graph that is measured: the usual one.
DataLoaderConfig ConfigOf(const CaseOptions& options);

Result<CaseResult> MeasureCase(const CaseOptions& options);

}  // namespace lczero::bench

#endif  // CC_BENCH_LOADER_CASE_H_
