// What flows between stages: one struct for each kind of item.
//
// Threads:   plain values; each belongs to one stage at a time.
// Ownership: an item owns what it holds, but for chunk sources, which are
//            shared with the pool.
#ifndef CC_LOADER_ITEMS_H_
#define CC_LOADER_ITEMS_H_

#include <cstddef>
#include <memory>
#include <variant>

#include "cc/base/error.h"
#include "cc/batches/batch.h"
#include "cc/chunks/chunk_content.h"
#include "cc/chunks/chunk_source.h"
#include "cc/chunks/pool/chunk_pool.h"
#include "cc/chunks/pool/chunk_window.h"
#include "cc/files/file_discovery.h"
#include "cc/records/frame_view.h"
#include "cc/records/packed_chunk.h"
#include "cc/records/packed_frame.h"

namespace lczero {

// A file to open; the end of the first scan travels in order among them.
using FileItem = std::variant<FoundFile, FirstScanDone>;

using SourceItem =
    std::variant<std::shared_ptr<const ChunkSource>, FirstScanDone>;

// The content of one game; none where `ref.packed` has its frames.
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
  // Its frames, if they are packed, are in `ref.packed`.
  ChunkRef ref;
  // Else they are here, and of these many bytes each.
  ChunkContent content = {};
  size_t record_bytes = 0;

  bool is_packed() const { return ref.packed != nullptr; }

  // Its positions.
  size_t size() const {
    return is_packed() ? ref.packed->size() : content.size() / record_bytes;
  }

  // If it is not packed: its frames from the first up to that of `position`,
  // at least. They lie in `content`.
  Result<ChunkView> FramesThrough(size_t position) {
    const size_t count = position + 1;
    const auto bytes = content.First(count * record_bytes);
    if (!bytes) return std::unexpected(bytes.error());
    return ChunkView(bytes->data(), record_bytes, count);
  }
};

// Packed: a frame may wait among a million others.
using FrameItem = PackedFrame;

using BatchItem = std::unique_ptr<Batch>;

}  // namespace lczero

#endif  // CC_LOADER_ITEMS_H_
