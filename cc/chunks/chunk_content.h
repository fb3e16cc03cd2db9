// What one game's frames are parsed from, inflated no further than somebody
// looks.
//
// Purpose:   a visit takes few of a game's positions, and inflating is most of
//            what it costs. Of a game that was found good at an earlier visit
//            nothing has to be checked again, so that what lies behind the last
//            position that is wanted need not be inflated.
// Threads:   belongs to one at a time; First changes it.
// Ownership: movable; owns the bytes. What First gave stays valid when it is
//            moved.
#ifndef CC_CHUNKS_CHUNK_CONTENT_H_
#define CC_CHUNKS_CHUNK_CONTENT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "cc/base/buffer.h"
#include "cc/base/error.h"

namespace lczero {

class ChunkContent {
 public:
  ChunkContent() = default;

  // All of it. `stored_crc32`: CRC-32 of the bytes from which these were
  // inflated, as the file has them; the same stored bytes give the same
  // content.
  explicit ChunkContent(Buffer bytes, uint32_t stored_crc32 = 0)
      : bytes_(std::move(bytes)),
        size_(bytes_.size()),
        stored_crc32_(stored_crc32) {}

  // That of a gzip member which InflateGzip has accepted before, and which has
  // this InflatedSize.
  ChunkContent(Buffer member, size_t size, uint32_t stored_crc32)
      : member_(std::move(member)), size_(size), stored_crc32_(stored_crc32) {}

  uint32_t stored_crc32() const { return stored_crc32_; }
  // Of all of it.
  size_t size() const { return size_; }
  // What is there by now.
  const Buffer& inflated() const { return bytes_; }

  // The first `count` bytes, at most size(), or some more; inflates from the
  // beginning if less is there. kCorruptData as InflateGzipFirst, then nothing
  // is.
  Result<std::span<const std::byte>> First(size_t count);
  Result<std::span<const std::byte>> All() { return First(size_); }

 private:
  // Empty if all is there.
  Buffer member_;
  Buffer bytes_;
  size_t size_ = 0;
  uint32_t stored_crc32_ = 0;
};

}  // namespace lczero

#endif  // CC_CHUNKS_CHUNK_CONTENT_H_
