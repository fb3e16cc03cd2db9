#include "cc/bench/loader_case.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "cc/bench/clocks.h"
#include "cc/loader/loader.h"

namespace lczero::bench {
namespace {

constexpr double kMicroseconds = 1e6;
// More than any window of a benchmark needs.
constexpr uint64_t kCacheBytes = uint64_t{8} << 30;

const StageStats* FindStage(const LoaderStats& stats, std::string_view kind) {
  for (const StageStats& stage : stats.stages) {
    if (stage.kind == kind) return &stage;
  }
  return nullptr;
}

void UseCores(uint32_t cores) {
  if (cores == 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (uint32_t i = 0; i < cores; ++i) CPU_SET(i, &set);
  sched_setaffinity(0, sizeof(set), &set);
}

bool IsWarm(const LoaderStats& stats) {
  const PoolStats& pool = *FindStage(stats, "shuffling_chunk_pool")->pool;
  return pool.cache->chunks + pool.cache->spilled_chunks == pool.chunks;
}

// Frames of the window, from the validator's mean.
double FramesInWindow(const LoaderStats& stats) {
  const StageStats& validator = *FindStage(stats, "chunk_validator");
  const PoolStats& pool = *FindStage(stats, "shuffling_chunk_pool")->pool;
  return static_cast<double>(pool.chunks) *
         static_cast<double>(validator.positions.total) /
         static_cast<double>(std::max<uint64_t>(validator.items.total, 1));
}

// Until the reservoir has been filled, and the cache.
Result<void> WarmUp(Loader& loader, const CaseOptions& options) {
  do {
    for (int i = 0; i < 4; ++i) {
      if (auto batch = loader.GetNextBatch(); !batch) {
        return std::unexpected(batch.error());
      }
    }
  } while (options.warm && !IsWarm(loader.GetStats()));
  return {};
}

void FillStages(const LoaderStats& before, const LoaderStats& after,
                CaseResult& result) {
  result.stages = std::min(after.stages.size(), result.stage_costs.size());
  for (size_t i = 0; i < result.stages; ++i) {
    StageCost& cost = result.stage_costs[i];
    std::strncpy(cost.name, after.stages[i].kind.c_str(), sizeof(cost.name));
    cost.name[sizeof(cost.name) - 1] = '\0';
    cost.busy_us =
        (after.stages[i].busy_seconds - before.stages[i].busy_seconds) *
        kMicroseconds / result.positions;
  }
}

double PeakBytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

}  // namespace

DataLoaderConfig ConfigOf(const CaseOptions& options) {
  DataLoaderConfig config;
  config.seed = 1;
  config.outputs["train"] = "batches";
  const auto add = [&](const std::string& name, const std::string& input,
                       uint32_t capacity) -> StageConfig& {
    StageConfig& stage = config.stages[name];
    if (!input.empty()) stage.inputs = {input};
    stage.queue_capacity = capacity;
    return stage;
  };
  // The queues of configs/production.yaml.
  add("files", "", 16).file_discovery.emplace().directory = options.directory;
  add("sources", "files", 16).chunk_source_loader.emplace();
  auto& pool = add("pool", "sources", 16).shuffling_chunk_pool.emplace();
  pool.chunk_pool_size = options.pool_chunks;
  pool.startup_chunks = options.pool_chunks;
  pool.threads = options.pool_threads;
  if (options.warm && options.spill_folder.empty()) {
    pool.frame_cache_bytes = kCacheBytes;
  } else if (options.warm) {
    pool.frame_cache_spill_folder = options.spill_folder;
    pool.frame_cache_spill_bytes = kCacheBytes;
  }
  add("validator", "pool", 64).chunk_validator.emplace();
  add("unpacker", "validator", 8192)
      .chunk_unpacker.emplace()
      .position_sampling_rate = options.sampling_rate;
  add("shuffle", "unpacker", 8192).frame_sampler.emplace().reservoir_size =
      options.reservoir_frames;
  auto& batches = add("batches", "shuffle", 8).tensor_generator.emplace();
  batches.batch_size = options.batch_size;
  batches.packed = options.packed_batches;
  return config;
}

Result<CaseResult> MeasureCase(const CaseOptions& options) {
  UseCores(options.cores);
  auto loader = Loader::Create(ConfigOf(options));
  if (!loader) return std::unexpected(loader.error());
  if (auto warm = WarmUp(**loader, options); !warm) {
    return std::unexpected(warm.error());
  }
  const LoaderStats before = (*loader)->GetStats();
  const Stopwatch watch(CpuOf::kProcess);
  CaseResult result{};
  while (watch.Elapsed().wall_us < options.seconds * kMicroseconds) {
    const auto batch = (*loader)->GetNextBatch();
    if (!batch) return std::unexpected(batch.error());
    result.positions += options.batch_size;
  }
  const Cost cost = watch.Elapsed();
  const LoaderStats after = (*loader)->GetStats();
  result.cpu_us = cost.cpu_us / result.positions;
  result.wall_us = cost.wall_us / result.positions;
  result.peak_bytes = PeakBytes();
  if (options.warm) {
    const auto& cache = FindStage(after, "shuffling_chunk_pool")->pool->cache;
    result.cache_bytes_per_frame =
        static_cast<double>(cache->used_bytes + cache->spilled_bytes) /
        FramesInWindow(after);
  }
  FillStages(before, after, result);
  return result;
}

}  // namespace lczero::bench
