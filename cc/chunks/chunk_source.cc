#include "cc/chunks/chunk_source.h"

#include "cc/base/hash.h"

namespace lczero {

const std::vector<std::string>& ChunkSource::Problems() const {
  static const std::vector<std::string> none;
  return none;
}

std::string ChunkSource::ChunkName(size_t index) const {
  return path_.ToString() + "#" + std::to_string(index);
}

uint64_t ChunkSource::ChunkId(size_t index) const {
  return HashCombine(HashBytes(sort_key()), index);
}

}  // namespace lczero
