// A chunk source over a *.tar archive: each complete member is a game, gzipped
// or raw.
//
// Contract: chunk_source.h. Opening reads the headers only (tar_index.h).
#ifndef CC_CHUNKS_TAR_SOURCE_H_
#define CC_CHUNKS_TAR_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "cc/chunks/chunk_source.h"
#include "cc/chunks/tar_index.h"
#include "cc/files/random_access.h"

namespace lczero {

class TarSource : public ChunkSource {
 public:
  // kIo when the file cannot be read, kCorruptData when it is no tar archive.
  // An empty or growing archive is a source of the games that are there.
  static Result<std::shared_ptr<const TarSource>> Open(FilePath path);

  // Of a file that was indexed.
  TarSource(FilePath path, FileIdentity identity, TarIndex index);

  size_t ChunkCount() const override { return index_.members.size(); }
  const std::vector<std::string>& Problems() const override {
    return index_.problems;
  }

 private:
  Result<ChunkContent> DoRead(size_t index, uint32_t good_crc32) const override;

  const FileIdentity identity_;
  const TarIndex index_;
};

}  // namespace lczero

#endif  // CC_CHUNKS_TAR_SOURCE_H_
