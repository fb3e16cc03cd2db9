#include "cc/loader/stages/shuffling_chunk_pool.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "cc/chunks/pool/chunk_pool.h"
#include "cc/chunks/pool/chunk_spill.h"
#include "cc/loader/bad_data_log.h"
#include "cc/loader/pipe_stage.h"

namespace lczero {
namespace {

class ShufflingChunkPoolStage : public PipeStage<SourceItem, RawChunk> {
 public:
  ShufflingChunkPoolStage(const StageContext& context,
                          std::unique_ptr<ChunkPool> pool,
                          std::shared_ptr<ChunkSpill> spill)
      : PipeStage(context, *context.config.shuffling_chunk_pool->threads),
        name_(context.name),
        on_error_(context.on_error),
        bad_data_(context.log, &metrics()),
        cache_bytes_(*context.config.shuffling_chunk_pool->frame_cache_bytes),
        spill_bytes_(
            *context.config.shuffling_chunk_pool->frame_cache_spill_bytes),
        spill_(std::move(spill)),
        sources_(QueueOf<SourceItem>(context.input())),
        pool_(std::move(pool)) {}

  void Start() override {
    feeder_.emplace(
        WorkerGroup::Options{.name = name_ + " (sources)",
                             .threads = 1,
                             .body = [this](int) { return TakeSources(); },
                             .on_finished = [this] { pool_->FinishInput(); },
                             .on_error = on_error_});
    PipeStage::Start();
  }

  void Stop() override { pool_->Stop(); }

  void Join() override {
    if (feeder_) (void)feeder_->Join();
    PipeStage::Join();
  }

  ChunkPool* pool() override { return pool_.get(); }

 private:
  Result<void> TakeSources() {
    while (true) {
      auto item = sources_->Pop();
      if (!item) return std::unexpected(item.error());
      if (std::holds_alternative<FirstScanDone>(*item)) {
        pool_->FirstScanDone();
      } else {
        pool_->Add(
            std::get<std::shared_ptr<const ChunkSource>>(*std::move(item)));
      }
    }
  }

  Result<void> Work() override {
    while (true) {
      auto ref = pool_->Next(&metrics().input_wait());
      if (!ref) return std::unexpected(ref.error());
      if (auto done = ReadChunk(*std::move(ref)); !done) return done;
    }
  }

  Result<void> ReadChunk(ChunkRef ref) {
    if (ref.packed == nullptr && ref.spilled != nullptr) {
      ref.packed = spill_->Read(*ref.spilled);
      if (ref.packed != nullptr) metrics().Count("spill_hits", 1);
    }
    if (ref.packed != nullptr) {
      metrics().Count("cache_hits", 1);
      return Push(RawChunk{.ref = std::move(ref)}, 0);
    }
    auto content = ref.source->Read(ref.index, ref.good_crc32);
    if (!content) {
      bad_data_.Bad(content.error());
      if (content.error().code == ErrorCode::kIo) pool_->Unread(ref);
      return {};
    }
    bad_data_.Good();
    metrics().Count("inflated_bytes", content->inflated().size());
    return Push(RawChunk{.ref = std::move(ref),
                         .content = *std::move(content),
                         .pool = pool_.get(),
                         .has_cache_room = pool_->HasCacheRoom()},
                0);
  }

  void AddTotals(StageStats& stats, Clock::time_point /*now*/) const override {
    ChunkPool::Stats pool = pool_->GetStats();
    stats.pool = PoolStats{.chunks = pool.chunks,
                           .capacity = pool.capacity,
                           .sources = pool.sources,
                           .exhaustions = pool.exhaustions};
    if (cache_bytes_ > 0 || spill_ != nullptr) {
      stats.pool->cache = CacheStats(pool);
    }
    for (WindowShare& share : pool.shares) {
      stats.pool->shares.push_back({.first_key = std::move(share.first_key),
                                    .last_key = std::move(share.last_key),
                                    .sources = share.sources,
                                    .chunks = share.chunks});
    }
  }

  FrameCacheStats CacheStats(const ChunkPool::Stats& pool) const {
    FrameCacheStats stats{.chunks = pool.cached_chunks,
                          .used_bytes = pool.cached_bytes,
                          .capacity_bytes = cache_bytes_};
    if (spill_ == nullptr) return stats;
    stats.spilled_chunks = spill_->chunks();
    stats.spilled_bytes = spill_->used_bytes();
    stats.spill_capacity_bytes = spill_bytes_;
    stats.spill_failures = spill_->failures();
    return stats;
  }

  const std::string name_;
  const std::function<void(const Error&)> on_error_;
  BadDataLog bad_data_;
  const uint64_t cache_bytes_;
  const uint64_t spill_bytes_;
  // Null: not configured.
  const std::shared_ptr<ChunkSpill> spill_;
  BoundedQueue<SourceItem>* const sources_;
  const std::unique_ptr<ChunkPool> pool_;
  std::optional<WorkerGroup> feeder_;
};

std::shared_ptr<ChunkSpill> SpillOf(const StageContext& context) {
  const ShufflingChunkPoolConfig& config = *context.config.shuffling_chunk_pool;
  if (!config.frame_cache_spill_folder) return nullptr;
  const auto warn = [log = context.log,
                     name = context.name](const Error& error) {
    if (!log) return;
    log(LogLevel::kWarning,
        "stage " + name + ": the frame cache spills no more: " + error.message +
            ". Games that do not fit into frame_cache_bytes are read again at "
            "each visit. Make room, or change frame_cache_spill_folder, and "
            "start again.");
  };
  return std::make_shared<ChunkSpill>(*config.frame_cache_spill_folder,
                                      *config.frame_cache_spill_bytes, warn);
}

Result<std::unique_ptr<Stage>> Create(const StageContext& context) {
  const ShufflingChunkPoolConfig& config = *context.config.shuffling_chunk_pool;
  ChunkPool::Options options{.window_chunks = config.chunk_pool_size,
                             .startup_chunks = *config.startup_chunks,
                             .seed = context.seed,
                             .cache_bytes = *config.frame_cache_bytes};
  const std::shared_ptr<ChunkSpill> spill = SpillOf(context);
  options.spill = spill;
  if (context.pool_state != nullptr) options.state = *context.pool_state;
  auto pool = ChunkPool::Create(std::move(options));
  if (!pool) return std::unexpected(pool.error());
  return std::make_unique<ShufflingChunkPoolStage>(context, *std::move(pool),
                                                   spill);
}

std::vector<std::string> FindProblems(const StageConfig& stage) {
  const ShufflingChunkPoolConfig& config = *stage.shuffling_chunk_pool;
  std::vector<std::string> problems;
  if (*config.startup_chunks > config.chunk_pool_size) {
    problems.push_back("shuffling_chunk_pool.startup_chunks: is " +
                       std::to_string(*config.startup_chunks) +
                       ", more than chunk_pool_size (" +
                       std::to_string(config.chunk_pool_size) +
                       "), so that the pool would never start; lower it");
  }
  const bool has_folder = config.frame_cache_spill_folder.has_value();
  if (has_folder != (*config.frame_cache_spill_bytes > 0)) {
    problems.push_back(
        std::string("shuffling_chunk_pool.") +
        (has_folder ? "frame_cache_spill_bytes: is 0, but there is a "
                      "frame_cache_spill_folder; say how much may be written "
                      "there, or remove it"
                    : "frame_cache_spill_folder: missing, but there are "
                      "frame_cache_spill_bytes; name a folder on a local disk, "
                      "or remove them"));
  }
  return problems;
}

}  // namespace

constexpr StageKind kShufflingChunkPoolStage = {
    .name = "shuffling_chunk_pool",
    .input = ItemType::kChunkSources,
    .output = ItemType::kRawChunks,
    .is_configured =
        [](const StageConfig& config) {
          return config.shuffling_chunk_pool.has_value();
        },
    .find_problems = FindProblems,
    .create = Create,
};

}  // namespace lczero
