// Some of the chunks of another source.
//
// Purpose:   what one split sees of a file. Names and ids of chunks are those
//            of the whole file.
// Threads:   immutable, as every source.
// Ownership: shares the source.
// Memory:    4 bytes a chunk, and some 140.
#ifndef CC_CHUNKS_SUBSET_SOURCE_H_
#define CC_CHUNKS_SUBSET_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cc/base/error.h"
#include "cc/chunks/chunk_source.h"

namespace lczero {

class SubsetSource : public ChunkSource {
 public:
  // Chunk i is chunk `indices[i]` of `whole`; they rise, and are below its
  // ChunkCount().
  SubsetSource(std::shared_ptr<const ChunkSource> whole,
               std::vector<uint32_t> indices);

  size_t ChunkCount() const override { return indices_.size(); }
  std::string ChunkName(size_t index) const override;
  uint64_t ChunkId(size_t index) const override;

 private:
  Result<ChunkContent> DoRead(size_t index, uint32_t good_crc32) const override;

  const std::shared_ptr<const ChunkSource> whole_;
  const std::vector<uint32_t> indices_;
};

// The source of those chunks: `whole` itself if they are all it has, as for
// files of one game.
std::shared_ptr<const ChunkSource> SubsetOf(
    const std::shared_ptr<const ChunkSource>& whole,
    std::vector<uint32_t> indices);

}  // namespace lczero

#endif  // CC_CHUNKS_SUBSET_SOURCE_H_
