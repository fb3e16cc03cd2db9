// A chunk source over a *.gz file: one gzip member, one game.
//
// Contract: chunk_source.h. Opening only checks that the file is there; its
// content is first looked at by Read.
// Memory:   some 50 bytes and the path.
#ifndef CC_CHUNKS_GZ_SOURCE_H_
#define CC_CHUNKS_GZ_SOURCE_H_

#include <memory>
#include <utility>

#include "cc/chunks/chunk_source.h"

namespace lczero {

class GzSource : public ChunkSource {
 public:
  // kIo when the file cannot be opened.
  static Result<std::shared_ptr<const GzSource>> Open(FilePath path);

  // Of a file that was there a moment ago.
  explicit GzSource(FilePath path) : ChunkSource(std::move(path)) {}

  size_t ChunkCount() const override { return 1; }

 private:
  Result<ChunkContent> DoRead(size_t index, uint32_t good_crc32) const override;
};

}  // namespace lczero

#endif  // CC_CHUNKS_GZ_SOURCE_H_
