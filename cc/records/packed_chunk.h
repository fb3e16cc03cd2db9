// A game as packed frames: what the frame cache keeps.
//
// Threads:   immutable once made; shared by its users.
#ifndef CC_RECORDS_PACKED_CHUNK_H_
#define CC_RECORDS_PACKED_CHUNK_H_

#include <cstddef>
#include <vector>

#include "cc/records/frame_view.h"
#include "cc/records/packed_frame.h"

namespace lczero {

class PackedChunk {
 public:
  // Frames that ValidateChunk accepted.
  explicit PackedChunk(const ChunkView& frames);

  const std::vector<PackedFrame>& frames() const { return frames_; }

  // Of memory, with what the allocator adds.
  size_t bytes() const { return bytes_; }

 private:
  std::vector<PackedFrame> frames_;
  size_t bytes_;
};

}  // namespace lczero

#endif  // CC_RECORDS_PACKED_CHUNK_H_
