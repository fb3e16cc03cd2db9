#include "cc/chunks/tar_source.h"

#include <utility>

#include "cc/base/check.h"
#include "cc/chunks/read_chunk.h"

namespace lczero {

Result<std::unique_ptr<TarSource>> TarSource::Open(const std::string& path) {
  const auto file = RandomAccessFile::Open(path);
  if (!file) return std::unexpected(file.error());
  Result<TarIndex> index = IndexTar(**file);
  if (!index) return std::unexpected(index.error());
  return std::unique_ptr<TarSource>(
      new TarSource(path, (*file)->identity(), *std::move(index)));
}

TarSource::TarSource(std::string path, FileIdentity identity, TarIndex index)
    : ChunkSource(std::move(path)),
      identity_(identity),
      index_(std::move(index)) {}

Result<ChunkContent> TarSource::DoRead(size_t index,
                                       uint32_t good_crc32) const {
  LC_CHECK(index < index_.members.size(), "chunk index out of range");
  const std::string name = ChunkName(index);
  const auto file = RandomAccessFile::Open(path());
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
