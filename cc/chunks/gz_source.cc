#include "cc/chunks/gz_source.h"

#include <utility>

#include "cc/base/check.h"
#include "cc/chunks/read_chunk.h"
#include "cc/files/random_access.h"

namespace lczero {

Result<std::shared_ptr<const GzSource>> GzSource::Open(FilePath path) {
  const auto file = RandomAccessFile::Open(path.ToString());
  if (!file) return std::unexpected(file.error());
  return std::make_shared<const GzSource>(std::move(path));
}

Result<ChunkContent> GzSource::DoRead(size_t index, uint32_t good_crc32) const {
  LC_CHECK(index == 0, "a gz source has one chunk");
  const auto file = RandomAccessFile::Open(path().ToString());
  if (!file) return NameError(file.error(), ChunkName(index));
  return ReadChunk(**file,
                   {.offset = 0, .size = (*file)->Size(), .is_gzip = true},
                   ChunkName(index), good_crc32);
}

}  // namespace lczero
