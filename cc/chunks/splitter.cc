#include "cc/chunks/splitter.h"

#include <algorithm>
#include <utility>

#include "cc/base/check.h"
#include "cc/base/hash.h"
#include "cc/chunks/subset_source.h"

namespace lczero {
namespace {

// Position sampling hangs on the same id: without a salt of its own, a split
// would see a biased choice of positions.
constexpr uint64_t kSalt = 0x73706C6974746572u;

}  // namespace

Splitter::Splitter(std::span<const uint32_t> weights) {
  uint64_t sum = 0;
  for (uint32_t weight : weights) {
    LC_CHECK(weight > 0, "the graph's checks refuse weight 0");
    ends_.push_back(sum += weight);
  }
  LC_CHECK(sum > 0, "a splitter has a split");
}

size_t Splitter::SplitOf(uint64_t chunk_id) const {
  // The remainder's bias is below 2^-32 of a weight's unit.
  const uint64_t place = HashCombine(chunk_id, kSalt) % ends_.back();
  return static_cast<size_t>(
      std::upper_bound(ends_.begin(), ends_.end(), place) - ends_.begin());
}

std::vector<std::shared_ptr<const ChunkSource>> Splitter::Split(
    const std::shared_ptr<const ChunkSource>& source) const {
  std::vector<std::vector<uint32_t>> indices(ends_.size());
  for (size_t i = 0; i < source->ChunkCount(); ++i) {
    indices[SplitOf(source->ChunkId(i))].push_back(static_cast<uint32_t>(i));
  }
  std::vector<std::shared_ptr<const ChunkSource>> parts;
  parts.reserve(indices.size());
  for (std::vector<uint32_t>& part : indices) {
    parts.push_back(SubsetOf(source, std::move(part)));
  }
  return parts;
}

}  // namespace lczero
