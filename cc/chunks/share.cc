#include "cc/chunks/share.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "cc/base/check.h"
#include "cc/base/hash.h"
#include "cc/chunks/subset_source.h"

namespace lczero {
namespace {

// Splits and position sampling hang on the same id: without a salt of its own,
// the games of a split could all fall into one share.
constexpr uint64_t kSalt = 0x70726F6365737365u;

}  // namespace

Share::Share(uint32_t index, uint32_t count) : index_(index), count_(count) {
  LC_CHECK(index < count, "the graph's checks refuse another share");
}

bool Share::Has(uint64_t chunk_id) const {
  return HashCombine(chunk_id, kSalt) % count_ == index_;
}

std::shared_ptr<const ChunkSource> Share::Of(
    const std::shared_ptr<const ChunkSource>& source) const {
  std::vector<uint32_t> indices;
  for (size_t i = 0; i < source->ChunkCount(); ++i) {
    if (Has(source->ChunkId(i))) indices.push_back(static_cast<uint32_t>(i));
  }
  return SubsetOf(source, std::move(indices));
}

}  // namespace lczero
