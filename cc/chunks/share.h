// One of several shares of all games, for processes that train together.
//
// Purpose: the shares of one count are disjoint and together complete. A
//          chunk's id decides, so that processes agree without talking,
//          whatever folder they read and in whatever order.
// Threads: immutable.
#ifndef CC_CHUNKS_SHARE_H_
#define CC_CHUNKS_SHARE_H_

#include <cstdint>
#include <memory>

#include "cc/chunks/chunk_source.h"

namespace lczero {

class Share {
 public:
  // index < count.
  Share(uint32_t index, uint32_t count);

  // Whether the chunk with this ChunkSource::ChunkId belongs to it.
  bool Has(uint64_t chunk_id) const;

  // The part of `source` that belongs to it; may be empty.
  std::shared_ptr<const ChunkSource> Of(
      const std::shared_ptr<const ChunkSource>& source) const;

 private:
  uint32_t index_;
  uint32_t count_;
};

}  // namespace lczero

#endif  // CC_CHUNKS_SHARE_H_
