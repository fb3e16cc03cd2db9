#include "cc/files/extents.h"

#include <iterator>

#include "cc/base/check.h"

namespace lczero {
namespace {

uint64_t WholeBlocks(uint64_t size) {
  constexpr uint64_t kBlock = Extents::kBlockBytes;
  return (size + kBlock - 1) / kBlock * kBlock;
}

}  // namespace

Extents::Extents(uint64_t capacity) {
  const uint64_t whole = capacity / kBlockBytes * kBlockBytes;
  if (whole > 0) AddHole(0, whole);
}

std::optional<uint64_t> Extents::Take(uint64_t size) {
  LC_CHECK(size > 0, "an extent has bytes");
  const uint64_t taken = WholeBlocks(size);
  const auto smallest = by_size_.lower_bound({taken, 0});
  if (smallest == by_size_.end()) return std::nullopt;
  const auto [hole_size, offset] = *smallest;
  RemoveHole(holes_.find(offset));
  if (hole_size > taken) AddHole(offset + taken, hole_size - taken);
  used_ += taken;
  return offset;
}

void Extents::Give(uint64_t offset, uint64_t size) {
  uint64_t given = WholeBlocks(size);
  LC_CHECK(given <= used_, "only what was taken can be given back");
  used_ -= given;
  auto after = holes_.lower_bound(offset);
  if (after != holes_.end() && after->first == offset + given) {
    given += after->second;
    RemoveHole(after++);
  }
  if (after != holes_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == offset) {
      offset = before->first;
      given += before->second;
      RemoveHole(before);
    }
  }
  AddHole(offset, given);
}

void Extents::AddHole(uint64_t offset, uint64_t size) {
  holes_.emplace(offset, size);
  by_size_.emplace(size, offset);
}

void Extents::RemoveHole(std::map<uint64_t, uint64_t>::iterator hole) {
  by_size_.erase({hole->second, hole->first});
  holes_.erase(hole);
}

}  // namespace lczero
