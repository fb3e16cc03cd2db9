// Decides which split a chunk belongs to.
//
// Purpose: a chunk's id (a stable hash of its file's name and its place within)
//          falls into one of the splits' intervals, in the order in which they
//          are given; so the split changes with the weights only, and not with
//          restarts, seeds or the order of arrival.
// Threads: immutable.
#ifndef CC_CHUNKS_SPLITTER_H_
#define CC_CHUNKS_SPLITTER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cc/chunks/chunk_source.h"

namespace lczero {

class Splitter {
 public:
  // One weight for each split; each at least 1.
  explicit Splitter(std::span<const uint32_t> weights);

  // The number of the split of the chunk with this ChunkSource::ChunkId.
  size_t SplitOf(uint64_t chunk_id) const;

  // The part of `source` that belongs to each split; any may be empty.
  std::vector<std::shared_ptr<const ChunkSource>> Split(
      const std::shared_ptr<const ChunkSource>& source) const;

 private:
  // The sum of the weights up to each split, it included.
  std::vector<uint64_t> ends_;
};

}  // namespace lczero

#endif  // CC_CHUNKS_SPLITTER_H_
