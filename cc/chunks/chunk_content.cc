#include "cc/chunks/chunk_content.h"

#include "cc/base/check.h"
#include "cc/chunks/gzip.h"

namespace lczero {

Result<std::span<const std::byte>> ChunkContent::First(size_t count) {
  LC_CHECK(count <= size_, "no more is asked for than there is");
  if (count > bytes_.size()) {
    // Its memory serves again.
    bytes_ = {};
    Result<Buffer> first = InflateGzipFirst(member_.bytes(), count);
    if (!first) return std::unexpected(first.error());
    bytes_ = *std::move(first);
  }
  return bytes_.bytes();
}

}  // namespace lczero
