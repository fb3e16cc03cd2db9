#include "cc/chunks/pool/chunk_pool.h"

#include <algorithm>
#include <utility>

namespace lczero {

namespace {

std::unexpected<Error> Cancelled() {
  return MakeError(ErrorCode::kCancelled, "the chunk pool was stopped");
}

// Far enough for any wait, near enough to be added to the time of now.
constexpr std::chrono::nanoseconds kForever = std::chrono::hours(24 * 365);

// The state to begin with; takes that of the options.
PoolState TakeState(ChunkPool::Options& options) {
  PoolState state = std::move(options.state).value_or(PoolState());
  if (!options.state || state.random.seed != options.seed) {
    state.random = Random(options.seed).state();
  }
  return state;
}

}  // namespace

Result<std::unique_ptr<ChunkPool>> ChunkPool::Create(Options options) {
  if (options.window_chunks < 1) {
    return MakeError(ErrorCode::kBadConfig,
                     "chunk_pool_size is 0; it must be at least 1");
  }
  if (options.startup_chunks < 1 ||
      options.startup_chunks > options.window_chunks) {
    return MakeError(ErrorCode::kBadConfig,
                     "startup_chunks is " +
                         std::to_string(options.startup_chunks) +
                         "; it must be from 1 to chunk_pool_size, which is " +
                         std::to_string(options.window_chunks));
  }
  return std::unique_ptr<ChunkPool>(new ChunkPool(std::move(options)));
}

ChunkPool::ChunkPool(Options options)
    : spill_(std::move(options.spill)),
      startup_chunks_(options.startup_chunks),
      is_resumed_(options.state.has_value()),
      window_(options.window_chunks, TakeState(options), options.cache_bytes) {}

void ChunkPool::Add(std::shared_ptr<const ChunkSource> source) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (stopped_) return;
  anchor_.Add(source->sort_key(), source->ChunkCount(),
              window_.ChunksUnder(source->sort_key()));
  for (const auto& dropped : window_.Add(std::move(source))) {
    anchor_.Leave(dropped->sort_key(), dropped->ChunkCount());
  }
  may_emit_.NotifyAll();
  anchor_moved_.NotifyAll();
}

void ChunkPool::Unread(const ChunkRef& chunk) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (window_.Unread(chunk)) {
    anchor_.Leave(chunk.source->sort_key(), chunk.source->ChunkCount());
  }
}

void ChunkPool::FirstScanDone() {
  std::lock_guard<std::mutex> lock(mutex_);
  first_scan_done_ = true;
  window_.FirstScanDone();
  may_emit_.NotifyAll();
}

void ChunkPool::FinishInput() {
  std::lock_guard<std::mutex> lock(mutex_);
  input_finished_ = true;
  may_emit_.NotifyAll();
}

bool ChunkPool::MayStart() const {
  if (started_ || input_finished_) return true;
  const uint64_t chunks = window_.Chunks();
  if (chunks < startup_chunks_) return false;
  if (startup_chunks_ > 1 && !is_resumed_) return true;
  return first_scan_done_ || chunks >= window_.Capacity();
}

Result<ChunkRef> ChunkPool::Next(WaitMeter* waits) {
  WaitScope wait(waits);
  std::lock_guard<std::mutex> lock(mutex_);
  while (!stopped_) {
    if (MayStart()) {
      if (std::optional<ChunkRef> chunk = window_.Next()) {
        started_ = true;
        return *std::move(chunk);
      }
      if (input_finished_) {
        return MakeError(ErrorCode::kEndOfData,
                         "the input has ended and the pool is empty");
      }
    }
    wait.Start();
    may_emit_.Wait(mutex_);
  }
  return Cancelled();
}

void ChunkPool::MarkGood(const ChunkRef& chunk, uint32_t stored_crc32) {
  std::lock_guard<std::mutex> lock(mutex_);
  window_.MarkGood(chunk, stored_crc32);
}

bool ChunkPool::HasCacheRoom() const {
  if (spill_ != nullptr && spill_->HasRoom()) return true;
  std::lock_guard<std::mutex> lock(mutex_);
  return window_.HasCacheRoom();
}

void ChunkPool::Keep(const ChunkRef& chunk,
                     const std::shared_ptr<const PackedChunk>& packed) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (window_.Keep(chunk, packed) || chunk.spilled != nullptr) return;
  }
  if (spill_ == nullptr) return;
  auto spilled = spill_->Write(*packed);
  if (spilled == nullptr) return;
  std::lock_guard<std::mutex> lock(mutex_);
  window_.KeepSpilled(chunk, std::move(spilled));
}

void ChunkPool::SetAnchor(std::string_view key) {
  std::lock_guard<std::mutex> lock(mutex_);
  anchor_.SetAnchor(key, window_.ChunksNewerThan(key));
  anchor_moved_.NotifyAll();
}

std::string ChunkPool::ResetAnchor() {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string newest = anchor_.newest_key();
  anchor_.SetAnchor(newest, window_.ChunksNewerThan(newest));
  return anchor_.anchor();
}

Result<bool> ChunkPool::WaitForChunks(uint64_t count,
                                      std::chrono::nanoseconds timeout) {
  const auto deadline =
      std::chrono::steady_clock::now() +
      std::clamp(timeout, std::chrono::nanoseconds(0), kForever);
  std::lock_guard<std::mutex> lock(mutex_);
  while (!stopped_ && anchor_.ChunksSinceAnchor() < count) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    anchor_moved_.WaitUntil(mutex_, deadline);
  }
  if (stopped_) return Cancelled();
  return true;
}

ChunkPool::Stats ChunkPool::GetStats() {
  std::lock_guard<std::mutex> lock(mutex_);
  return {.chunks = window_.Chunks(),
          .capacity = window_.Capacity(),
          .sources = window_.Sources(),
          .exhaustions = window_.Exhaustions(),
          .chunks_since_anchor = anchor_.ChunksSinceAnchor(),
          .anchor = anchor_.anchor(),
          .newest_key = anchor_.newest_key(),
          .shares = window_.Shares(),
          .cached_chunks = window_.CachedChunks(),
          .cached_bytes = window_.CachedBytes()};
}

PoolState ChunkPool::GetState() const {
  const WindowCut cut = [this] {
    std::lock_guard<std::mutex> lock(mutex_);
    return window_.Cut();
  }();
  return cut.ToState();
}

void ChunkPool::Stop() {
  std::lock_guard<std::mutex> lock(mutex_);
  stopped_ = true;
  may_emit_.NotifyAll();
  anchor_moved_.NotifyAll();
}

}  // namespace lczero
