#include "cc/chunks/read_chunk.h"

#include <utility>

#include "cc/base/crc32.h"
#include "cc/chunks/gzip.h"

namespace lczero {

std::unexpected<Error> NameError(const Error& error, const std::string& name) {
  return MakeError(error.code, "chunk " + name + ": " + error.message);
}

Result<ChunkContent> ReadChunk(const RandomAccess& file,
                               const ChunkPlace& place, const std::string& name,
                               uint32_t good_crc32) {
  if (place.size > kMaxChunkBytes) {
    return NameError({.code = ErrorCode::kCorruptData,
                      .message = "size " + std::to_string(place.size) +
                                 " bytes is more than the limit of " +
                                 std::to_string(kMaxChunkBytes) + "; skipped"},
                     name);
  }
  Buffer stored(place.size);
  if (Result<void> read = file.ReadAt(place.offset, stored.bytes()); !read) {
    return NameError(read.error(), name);
  }
  const uint32_t crc32 = Crc32(stored.bytes());
  if (!place.is_gzip && !HasGzipMagic(stored.bytes())) {
    return ChunkContent(std::move(stored), crc32);
  }
  if (good_crc32 != 0 && crc32 == good_crc32) {
    const Result<size_t> size = InflatedSize(stored.bytes(), kMaxChunkBytes);
    if (!size) return NameError(size.error(), name);
    return ChunkContent(std::move(stored), *size, crc32);
  }
  Result<Buffer> inflated = InflateGzip(stored.bytes(), kMaxChunkBytes);
  if (!inflated) return NameError(inflated.error(), name);
  return ChunkContent(*std::move(inflated), crc32);
}

}  // namespace lczero
