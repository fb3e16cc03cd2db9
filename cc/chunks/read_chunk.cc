#include "cc/chunks/read_chunk.h"

#include <utility>

#include "cc/chunks/chunk_source.h"
#include "cc/chunks/gzip.h"

namespace lczero {

std::unexpected<Error> NameError(const Error& error, const std::string& name) {
  return MakeError(error.code, "chunk " + name + ": " + error.message);
}

Result<Buffer> ReadChunk(const RandomAccess& file, const ChunkPlace& place,
                         const std::string& name) {
  if (place.size > kMaxChunkBytes) {
    return NameError({.code = ErrorCode::kCorruptData,
                      .message = "size " + std::to_string(place.size) +
                                 " bytes is more than the limit of " +
                                 std::to_string(kMaxChunkBytes) + "; skipped"},
                     name);
  }
  Buffer content(place.size);
  if (Result<void> read = file.ReadAt(place.offset, content.bytes()); !read) {
    return NameError(read.error(), name);
  }
  if (!place.is_gzip && !HasGzipMagic(content.bytes())) return content;
  Result<Buffer> inflated = InflateGzip(content.bytes(), kMaxChunkBytes);
  if (!inflated) return NameError(inflated.error(), name);
  return inflated;
}

}  // namespace lczero
