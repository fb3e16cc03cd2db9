#include "cc/chunks/tar_source.h"

#include <utility>

#include "cc/base/check.h"
#include "cc/chunks/read_chunk.h"

namespace lczero {

Result<std::shared_ptr<const TarSource>> TarSource::Open(FilePath path) {
  const auto file = RandomAccessFile::Open(path.ToString());
  if (!file) return std::unexpected(file.error());
  Result<TarIndex> index = IndexTar(**file);
  if (!index) return std::unexpected(index.error());
  return std::make_shared<const TarSource>(std::move(path), (*file)->identity(),
                                           *std::move(index));
}

TarSource::TarSource(FilePath path, FileIdentity identity, TarIndex index)
    : ChunkSource(std::move(path)),
      identity_(identity),
      index_(std::move(index)) {}

Result<ChunkContent> TarSource::DoRead(size_t index,
                                       uint32_t good_crc32) const {
  LC_CHECK(index < index_.members.size(), "chunk index out of range");
  const std::string name = ChunkName(index);
  const auto file = RandomAccessFile::Open(path().ToString());
  if (!file) return NameError(file.error(), name);
  if ((*file)->identity() != identity_) {
    return NameError({.code = ErrorCode::kIo,
                      .message = "the file was replaced since it was indexed; "
                                 "its new version is found separately"},
                     name);
  }
  const TarMember& member = index_.members[index];
  return ReadChunk(**file,
                   {.offset = member.offset,
                    .size = member.size,
                    .is_gzip = member.named_gz != 0},
                   name, good_crc32);
}

}  // namespace lczero
