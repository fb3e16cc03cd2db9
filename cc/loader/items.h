// What flows between stages: one struct for each kind of item.
//
// Threads:   plain values; each belongs to one stage at a time.
// Ownership: an item owns what it holds, but for chunk sources, which are
//            shared with the pool.
#ifndef CC_LOADER_ITEMS_H_
#define CC_LOADER_ITEMS_H_

#include <cstdint>
#include <memory>
#include <variant>

#include "cc/base/buffer.h"
#include "cc/batches/batch.h"
#include "cc/chunks/chunk_pool.h"
#include "cc/chunks/chunk_source.h"
#include "cc/chunks/chunk_window.h"
#include "cc/files/file_discovery.h"
#include "cc/records/frame_view.h"
#include "cc/records/packed_chunk.h"
#include "cc/records/packed_frame.h"

namespace lczero {

// A file to open; the end of the first scan travels in order among them.
using FileItem = std::variant<FoundFile, FirstScanDone>;

using SourceItem =
    std::variant<std::shared_ptr<const ChunkSource>, FirstScanDone>;

// The bytes of one game, inflated; none where `ref.packed` has its frames.
struct RawChunk {
  ChunkRef ref;
  ChunkContent content = {};
  // Where it comes from, to be told when it is known to be good; null: nobody
  // wants to know. It outlives every stage's threads.
  ChunkPool* pool = nullptr;
  // The pool has room for its frames.
  bool has_cache_room = false;
};

// A valid game.
struct Chunk {
  uint64_t id;     // ChunkRef::id
  uint64_t visit;  // ChunkRef::visit
  // One of the two has the frames: `frames` lie in `bytes`.
  Buffer bytes;
  ChunkView frames;
  std::shared_ptr<const PackedChunk> packed = nullptr;

  size_t size() const {
    return packed != nullptr ? packed->size() : frames.size();
  }
};

// Packed: a frame may wait among a million others.
using FrameItem = PackedFrame;

using BatchItem = std::unique_ptr<Batch>;

}  // namespace lczero

#endif  // CC_LOADER_ITEMS_H_
