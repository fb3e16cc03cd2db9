// The shuffling chunk pool: sources go in, chunks to read come out, for ever.
//
// Purpose:   a ChunkWindow (the newest N chunks in shuffled order, each once
//            before any repeats) and an AnchorCounter (how much arrived since
//            the last network) behind one lock, with the waits that belong to
//            them. It reads no file: callers of Next read what they are given.
// Threads:   every method may be called from any thread.
// Ownership: shares the sources; one that left lives until its readers let go.
// Blocking:  Next waits until the pool has started: startup_chunks are there,
//            and, if that is 1 (the default: no wish of the config), also the
//            first scan is over or the window is full; a pool that goes on from
//            a state waits for that in any case, since the rest of a pass is
//            known only when its chunks are there. WaitForChunks waits for
//            arrivals. After the start Next never waits again, but for an
//            emptied window.
// Shutdown:  FinishInput() = no more sources: Next starts with what is there,
//            and gives kEndOfData if that is nothing. Stop() = every wait and
//            later call gets kCancelled; what the pool holds goes with it.
//            Idempotent.
// Errors:    kEndOfData and kCancelled only, as above.
// Restarts:  GetState() gives what another pool over the same files needs to go
//            on: with the rest of the pass, with each chunk's next visit, and
//            with other random numbers than those that were used. What Next
//            gave before GetState counts as used. GetState holds the lock only
//            while it copies some 4 bytes a chunk and 16 a source.
// Random:    the order of Next is deterministic in the seed and in the order of
//            the calls of Add, Remove and Next.
#ifndef CC_CHUNKS_POOL_CHUNK_POOL_H_
#define CC_CHUNKS_POOL_CHUNK_POOL_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cc/base/error.h"
#include "cc/base/thread_annotations.h"
#include "cc/chunks/chunk_source.h"
#include "cc/chunks/pool/anchor_counter.h"
#include "cc/chunks/pool/chunk_spill.h"
#include "cc/chunks/pool/chunk_window.h"
#include "cc/chunks/pool/pool_state.h"
#include "cc/sync/cond_var.h"
#include "cc/sync/wait_meter.h"

namespace lczero {

class ChunkPool {
 public:
  struct Options {
    // N of "the newest N chunks"; at least 1.
    uint64_t window_chunks = 1;
    // Chunks that must be there before the first is emitted; at least 1, and
    // no more than window_chunks.
    uint64_t startup_chunks = 1;
    // Decides the order.
    uint64_t seed = 0;
    // Of memory, for games that Keep keeps; 0: none.
    uint64_t cache_bytes = 0;
    // Where Keep puts those that have no room there; null: nowhere.
    std::shared_ptr<ChunkSpill> spill = nullptr;
    // Of GetState, to go on from; its random numbers go on too if its seed is
    // the same.
    std::optional<PoolState> state = {};
  };

  // One moment of the pool.
  struct Stats {
    uint64_t chunks;       // In the window: up to one source more than N.
    uint64_t capacity;     // N.
    uint64_t sources;      // In the window.
    uint64_t exhaustions;  // Passes that ended and were followed by another.
    uint64_t chunks_since_anchor;
    std::string anchor;               // Empty when none was set.
    std::string newest_key;           // Empty before the first source.
    std::vector<WindowShare> shares;  // See ChunkWindow::Shares.
    uint64_t cached_chunks;
    uint64_t cached_bytes;
  };

  // kBadConfig when an option is out of its range.
  static Result<std::unique_ptr<ChunkPool>> Create(Options options);

  // Takes a source in. Dropped silently after Stop().
  void Add(std::shared_ptr<const ChunkSource> source);

  // The chunk that Next gave could not be read, because its file has vanished
  // or was replaced (ChunkWindow::Unread). Its source's chunks stay counted as
  // arrived.
  void Unread(const ChunkRef& chunk);

  // The first scan of the directory is over.
  void FirstScanDone();

  void FinishInput();

  // The next chunk to read.
  Result<ChunkRef> Next(WaitMeter* waits = nullptr);

  // ChunkWindow::MarkGood: Next gives the checksum with the chunk from now on.
  void MarkGood(const ChunkRef& chunk, uint32_t stored_crc32);

  // Whether it is worth packing games for Keep.
  bool HasCacheRoom() const;

  // Keeps the frames of a chunk: Next gives them with it from now on. Does
  // nothing where there is no room, or the chunk has left the window. May wait
  // for the disk, without a lock, if there is a file to spill to.
  void Keep(const ChunkRef& chunk,
            const std::shared_ptr<const PackedChunk>& packed);

  // Counts chunks in sources whose sort key is greater than `key`, those that
  // came before this call included; where `key` is older than the last anchor,
  // of those between the two the ones that are still in the window.
  void SetAnchor(std::string_view key);

  // Sets the anchor to the newest sort key seen, and returns it (empty: none).
  std::string ResetAnchor();

  // Waits until chunks_since_anchor >= count: true; false when `timeout` came
  // first, kCancelled after Stop().
  Result<bool> WaitForChunks(uint64_t count, std::chrono::nanoseconds timeout);

  Stats GetStats();

  PoolState GetState() const;

  void Stop();

 private:
  explicit ChunkPool(Options options);

  bool MayStart() const LC_REQUIRES(mutex_);

  const std::shared_ptr<ChunkSpill> spill_;
  const uint64_t startup_chunks_;
  // Goes on from a state.
  const bool is_resumed_;
  mutable std::mutex mutex_;
  CondVar may_emit_;
  CondVar anchor_moved_;
  ChunkWindow window_ LC_GUARDED_BY(mutex_);
  AnchorCounter anchor_ LC_GUARDED_BY(mutex_);
  bool first_scan_done_ LC_GUARDED_BY(mutex_) = false;
  bool input_finished_ LC_GUARDED_BY(mutex_) = false;
  bool started_ LC_GUARDED_BY(mutex_) = false;
  bool stopped_ LC_GUARDED_BY(mutex_) = false;
};

}  // namespace lczero

#endif  // CC_CHUNKS_POOL_CHUNK_POOL_H_
