// The newest N chunks, and the order in which they are emitted.
//
// Purpose:   keeps whole sources, newest first by sort key, until N chunks are
//            covered; a new source pushes the oldest out once the others cover
//            N without it. A source under a key that is already there replaces
//            the old one.
// Threads:   none: ChunkPool locks. Deterministic in the seed and the order of
//            calls.
// Ownership: shares its sources with the chunks that it has emitted.
// Cost:      some 14 bytes a chunk and 200 a source, on top of the sources'
//            own.
#ifndef CC_CHUNKS_CHUNK_WINDOW_H_
#define CC_CHUNKS_CHUNK_WINDOW_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cc/base/random.h"
#include "cc/chunks/chunk_source.h"
#include "cc/chunks/stream_shuffler.h"
#include "cc/records/packed_chunk.h"

namespace lczero {

// One chunk to read, as emitted.
struct ChunkRef {
  std::shared_ptr<const ChunkSource> source;
  uint32_t index = 0;
  // Times that this chunk was emitted before; a replaced source goes on
  // counting where the old one stood.
  uint32_t visit = 0;
  // ChunkSource::ChunkId.
  uint64_t id = 0;
  // What Keep was given for it; null if nothing was, or there was no room.
  std::shared_ptr<const PackedChunk> packed = nullptr;
};

// Sources of consecutive keys.
struct WindowShare {
  std::string first_key;
  std::string last_key;
  uint64_t sources = 0;
  uint64_t chunks = 0;
};

class ChunkWindow {
 public:
  static constexpr size_t kMostShares = 16;

  // `capacity` is N, at least 1; `cache_bytes` bounds what Keep keeps.
  ChunkWindow(uint64_t capacity, Random random, uint64_t cache_bytes = 0)
      : capacity_(capacity), shuffler_(random), cache_capacity_(cache_bytes) {}

  // Puts a source in its place, and lets go of those that are no longer needed
  // (possibly of this very one, if it is too old).
  void Add(std::shared_ptr<const ChunkSource> source);

  // Takes `source` out, if it is still in.
  void Remove(const ChunkSource& source);

  // Keeps the frames of a chunk for its next visits, until its source leaves;
  // does nothing if it has left already, or there is no room. Nothing makes
  // room for another game: all are drawn equally often, so any is worth as
  // much as any other.
  void Keep(const ChunkRef& chunk, std::shared_ptr<const PackedChunk> packed);

  // False from a game that did not fit until one that was kept leaves.
  bool HasCacheRoom() const { return cache_capacity_ > 0 && !cache_is_full_; }
  uint64_t CachedChunks() const { return cached_chunks_; }
  uint64_t CachedBytes() const { return cache_bytes_; }
  uint64_t CacheCapacity() const { return cache_capacity_; }

  // The next chunk; nothing when the window is empty.
  std::optional<ChunkRef> Next();

  // The window in up to kMostShares parts of equally many sources, oldest
  // first. The sources are walked only after one in 64 of them has come or
  // gone, so that asking often costs little; the answer may be as old as that.
  const std::vector<WindowShare>& Shares();

  uint64_t Chunks() const { return shuffler_.Size(); }
  uint64_t Capacity() const { return capacity_; }
  uint64_t Sources() const { return by_group_.size(); }
  uint64_t Exhaustions() const { return shuffler_.Exhaustions(); }

 private:
  struct Entry {
    std::shared_ptr<const ChunkSource> source;
    // How often each chunk was emitted.
    std::vector<uint32_t> visits;
    // By chunk; empty until the first is kept.
    std::vector<std::shared_ptr<const PackedChunk>> packed = {};
  };
  // Keys are views into the sources' paths.
  using ByKey = std::map<std::string_view, uint32_t>;

  // The visits of the source that left.
  std::vector<uint32_t> Erase(ByKey::iterator place);
  void DropOldest();
  void ForgetPacked(const Entry& entry);
  std::vector<WindowShare> MakeShares() const;

  const uint64_t capacity_;
  StreamShuffler shuffler_;
  uint32_t next_group_ = 0;
  std::unordered_map<uint32_t, Entry> by_group_;
  ByKey by_key_;
  const uint64_t cache_capacity_;
  uint64_t cache_bytes_ = 0;
  uint64_t cached_chunks_ = 0;
  bool cache_is_full_ = false;
  std::vector<WindowShare> shares_;
  // Sources that came or went since shares_ was made.
  uint64_t changes_ = 0;
};

}  // namespace lczero

#endif  // CC_CHUNKS_CHUNK_WINDOW_H_
