#include "cc/chunks/subset_source.h"

#include <utility>

namespace lczero {

SubsetSource::SubsetSource(std::shared_ptr<const ChunkSource> whole,
                           std::vector<uint32_t> indices)
    : ChunkSource(whole->path()),
      whole_(std::move(whole)),
      indices_(std::move(indices)) {}

Result<ChunkContent> SubsetSource::DoRead(size_t index,
                                          uint32_t good_crc32) const {
  return whole_->Read(indices_[index], good_crc32);
}

std::string SubsetSource::ChunkName(size_t index) const {
  return whole_->ChunkName(indices_[index]);
}

uint64_t SubsetSource::ChunkId(size_t index) const {
  return whole_->ChunkId(indices_[index]);
}

std::shared_ptr<const ChunkSource> SubsetOf(
    const std::shared_ptr<const ChunkSource>& whole,
    std::vector<uint32_t> indices) {
  if (indices.size() == whole->ChunkCount()) return whole;
  indices.shrink_to_fit();
  return std::make_shared<SubsetSource>(whole, std::move(indices));
}

}  // namespace lczero
