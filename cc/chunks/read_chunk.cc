#include "cc/chunks/read_chunk.h"

#include <utility>

#include "cc/chunks/gzip.h"

namespace lczero {

std::unexpected<Error> NameError(const Error& error, const std::string& name) {
  return MakeError(error.code, "chunk " + name + ": " + error.message);
}

Result<ChunkContent> ReadChunk(const RandomAccess& file,
                               const ChunkPlace& place,
                               const std::string& name) {
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
  if (!place.is_gzip && !HasGzipMagic(stored.bytes())) {
    return ChunkContent{.bytes = std::move(stored)};
  }
  Result<Buffer> inflated = InflateGzip(stored.bytes(), kMaxChunkBytes);
  if (!inflated) return NameError(inflated.error(), name);
  return ChunkContent{.bytes = *std::move(inflated),
                      .crc32 = GzipChecksum(stored.bytes())};
}

}  // namespace lczero
