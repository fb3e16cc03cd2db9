// A chunk source over a *.gz file: one gzip member, one game.
//
// Contract: chunk_source.h. Opening only checks that the file is there; its
// content is first looked at by Read.
#ifndef CC_CHUNKS_GZ_SOURCE_H_
#define CC_CHUNKS_GZ_SOURCE_H_

#include <memory>
#include <string>

#include "cc/chunks/chunk_source.h"

namespace lczero {

class GzSource : public ChunkSource {
 public:
  // kIo when the file cannot be opened.
  static Result<std::unique_ptr<GzSource>> Open(const std::string& path);

  size_t ChunkCount() const override { return 1; }

 private:
  using ChunkSource::ChunkSource;

  Result<ChunkContent> DoRead(size_t index, uint32_t good_crc32) const override;
};

}  // namespace lczero

#endif  // CC_CHUNKS_GZ_SOURCE_H_
