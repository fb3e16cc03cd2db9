// A game as packed frames: what the frame cache keeps, in memory or in a file.
//
// Purpose:   all frames of the game in one block of bytes, each of which can be
//            read without the others.
// Threads:   immutable once made; shared by its users.
// Ownership: owns its block; views of frames live as long as it does.
#ifndef CC_RECORDS_PACKED_CHUNK_H_
#define CC_RECORDS_PACKED_CHUNK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "cc/records/frame_view.h"
#include "cc/records/packed_frame.h"

namespace lczero {

class PackedChunk {
 public:
  using Block = std::unique_ptr<std::byte[]>;

  // Frames that ValidateChunk accepted.
  explicit PackedChunk(const ChunkView& frames);
  // Of `block_bytes` bytes that are another chunk's block(), unchanged.
  PackedChunk(Block block, size_t block_bytes);

  // Frames.
  size_t size() const { return count_; }
  // `index` < size().
  PackedFrameView operator[](size_t index) const;

  std::span<const std::byte> block() const { return {block_.get(), size_}; }

  // Of memory, with what the allocator adds.
  size_t bytes() const;

 private:
  // Where frame `index` begins, or ends that before it.
  uint32_t OffsetOf(size_t index) const;

  // The number of frames; of each where it begins, and the end; all u32, as
  // bytes from the block's begin. Then the frames.
  Block block_;
  size_t size_ = 0;
  uint32_t count_ = 0;
};

}  // namespace lczero

#endif  // CC_RECORDS_PACKED_CHUNK_H_
