// The newest N chunks, and the order in which they are emitted.
//
// Purpose:   keeps whole sources, newest first by sort key, until N chunks are
//            covered; a new source pushes the oldest out once the others cover
//            N without it. A source under a key that is already there replaces
//            the old one, and goes on counting where that one stood: what was
//            emitted in this pass does not come again in it.
// Restarts:  Cut() takes what a state (pool_state.h) is made of; a window that
//            is made from a state gives each source its visits back when it
//            joins. Sources that are away (restored but not yet there, or left
//            because their file could not be read) are remembered until the
//            first pass that ends after the first scan.
// Threads:   none: ChunkPool locks. Deterministic in the seed and the order of
//            calls.
// Ownership: shares its sources with the chunks that it has emitted.
// Cost:      some 18 bytes a chunk and 40 a source, besides the sources. Those
//            that come or go at an end of the order of keys take O(1); between
//            its ends the keys' places move, 4 bytes each: 0.1 ms in a million.
#ifndef CC_CHUNKS_POOL_CHUNK_WINDOW_H_
#define CC_CHUNKS_POOL_CHUNK_WINDOW_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cc/base/random.h"
#include "cc/chunks/chunk_source.h"
#include "cc/chunks/pool/one_or_many.h"
#include "cc/chunks/pool/pool_state.h"
#include "cc/chunks/pool/stream_shuffler.h"
#include "cc/files/spill_file.h"
#include "cc/records/packed_chunk.h"

namespace lczero {

// One chunk to read, as emitted.
struct ChunkRef {
  std::shared_ptr<const ChunkSource> source;
  // Where the window has the source, if it still does.
  uint32_t group = 0;
  uint32_t index = 0;
  // Times that this chunk was emitted before; a replaced source goes on
  // counting where the old one stood.
  uint32_t visit = 0;
  // ChunkSource::ChunkId.
  uint64_t id = 0;
  // What MarkGood was given for it; 0: nothing yet.
  uint32_t good_crc32 = 0;
  // What Keep or KeepSpilled was given for it: one of the two, or none.
  std::shared_ptr<const PackedChunk> packed = nullptr;
  std::shared_ptr<const SpilledPiece> spilled = nullptr;

  // As messages name it.
  std::string Name() const { return source->ChunkName(index); }
};

// One moment of the window, copied as fast as can be; ToState makes a state of
// it, which takes longer and needs no lock. It shares the sources.
class WindowCut {
 public:
  PoolState ToState() const;

 private:
  friend class ChunkWindow;

  struct Source {
    std::shared_ptr<const ChunkSource> source;
    size_t chunks;
  };

  Random::State random_ = {};
  uint64_t exhaustions_ = 0;
  std::vector<Source> sources_;
  // Of the sources' chunks, one source after the other.
  std::vector<ChunkVisits> visits_;
  std::vector<SourceState> away_;
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

  // Goes on from `state`, whose random state counts.
  ChunkWindow(uint64_t capacity, PoolState state, uint64_t cache_bytes = 0);

  // Puts a source in its place, and returns those that are no longer needed
  // (possibly this very one, if it is too old).
  std::vector<std::shared_ptr<const ChunkSource>> Add(
      std::shared_ptr<const ChunkSource> source);

  // The file of this chunk has vanished or was replaced: its source leaves
  // (true), unless it already has, and the chunk's visit is taken back, so that
  // it comes in this pass if the file comes again.
  bool Unread(const ChunkRef& chunk);

  void FirstScanDone() { first_scan_done_ = true; }

  WindowCut Cut() const;

  // Of the source under this key; 0: there is none.
  uint64_t ChunksUnder(std::string_view key) const;

  // Of all sources whose keys are greater.
  uint64_t ChunksNewerThan(std::string_view key) const;

  // Content of this ChunkContent::stored_crc32 was found good, so that it need
  // not be checked again at the chunk's next visits. Forgotten when its source
  // leaves.
  void MarkGood(const ChunkRef& chunk, uint32_t stored_crc32);

  // Keeps the frames of a chunk for its next visits, until its source leaves;
  // does nothing if it has left already, or they are kept. False: there is no
  // room. Nothing makes room for another game: all are drawn equally often, so
  // any is worth as much as any other.
  bool Keep(const ChunkRef& chunk, std::shared_ptr<const PackedChunk> packed);

  // The same for frames that lie in a file, whose room is not the window's.
  void KeepSpilled(const ChunkRef& chunk,
                   std::shared_ptr<const SpilledPiece> spilled);

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
  uint64_t Sources() const { return by_key_.size(); }
  uint64_t Exhaustions() const { return shuffler_.Exhaustions(); }

 private:
  // A chunk's visits, of which none has to be touched when a pass begins:
  // whatever was in the window throughout the last pass was emitted in it, so
  // that one bit tells this pass from the last.
  struct Visits {
    uint32_t count : 31 = 0;
    // The last emission was in a pass of odd number.
    uint32_t in_odd_pass : 1 = 0;
    // What MarkGood was given; 0: nothing yet.
    uint32_t good_crc32 = 0;
  };
  // A chunk's frames, in memory or in a file.
  struct Kept {
    std::shared_ptr<const PackedChunk> packed = nullptr;
    std::shared_ptr<const SpilledPiece> spilled = nullptr;
  };
  struct Entry {
    std::shared_ptr<const ChunkSource> source = nullptr;
    OneOrMany<Visits> visits = {};
    // By chunk; null until the first is kept.
    std::unique_ptr<Kept[]> kept = nullptr;
  };
  // Groups in the order of their sources' keys. Files come in that order, but
  // for exceptions: newest first by the first scan, then ever newer ones. So a
  // queue with two ends serves, where a tree would take 12 times the memory.
  using ByKey = std::deque<uint32_t>;
  // A source that is not in the window, but may come.
  struct Away {
    // The pass in which it was last seen.
    uint64_t pass;
    // EncodeVisits.
    std::string visits;
  };

  uint32_t PassParity() const { return Exhaustions() & 1u; }
  std::string_view KeyOf(uint32_t group) const;
  // The first whose key is not less.
  ByKey::const_iterator LowerBound(std::string_view key) const;
  // The one of this key, or by_key_.end().
  ByKey::const_iterator Find(std::string_view key) const;
  ChunkVisits ToPlain(Visits visits) const;
  std::vector<ChunkVisits> VisitsOf(const Entry& entry) const;
  // What is known about chunks under this key, and forgets it.
  std::vector<ChunkVisits> TakeKnown(std::string_view key);
  void Join(std::shared_ptr<const ChunkSource> source,
            const std::vector<ChunkVisits>& visits);
  // Takes back the last visit of a chunk in the window.
  void TakeBack(uint32_t group, uint32_t index);
  std::shared_ptr<const ChunkSource> Erase(ByKey::const_iterator place);
  std::vector<std::shared_ptr<const ChunkSource>> DropOldest();
  // What is known about the chunk's source; null if it has left.
  Entry* EntryOf(const ChunkRef& chunk);
  // Where the frames of a chunk belong; null if its source has left.
  Kept* PlaceFor(const ChunkRef& chunk);
  void ForgetPacked(const Entry& entry);
  std::vector<WindowShare> MakeShares() const;

  const uint64_t capacity_;
  StreamShuffler shuffler_;
  // By the shuffler's groups; without a source where there is none.
  std::deque<Entry> by_group_;
  ByKey by_key_;
  // By HashBytes(sort key).
  std::unordered_map<uint64_t, Away> away_;
  bool first_scan_done_ = false;
  const uint64_t cache_capacity_;
  uint64_t cache_bytes_ = 0;
  uint64_t cached_chunks_ = 0;
  bool cache_is_full_ = false;
  std::vector<WindowShare> shares_;
  // Sources that came or went since shares_ was made.
  uint64_t changes_ = 0;
};

}  // namespace lczero

#endif  // CC_CHUNKS_POOL_CHUNK_WINDOW_H_
