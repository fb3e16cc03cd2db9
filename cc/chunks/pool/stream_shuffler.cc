#include "cc/chunks/pool/stream_shuffler.h"

#include <algorithm>
#include <utility>

#include "cc/base/check.h"

namespace lczero {

uint32_t StreamShuffler::Join(uint32_t count,
                              const std::vector<bool>& emitted) {
  LC_CHECK(count != kLeft, "a group has fewer items");
  const uint32_t group = NewGroup();
  counts_[group] = count;
  alive_ += count;
  // There may be millions: room for twice as many would be much.
  if (items_.capacity() < items_.size() + count) {
    items_.reserve(items_.size() + std::max<size_t>(count, items_.size() / 8));
  }
  for (uint32_t index = 0; index < count; ++index) {
    items_.push_back({.group = group, .index = index});
    if (index < emitted.size() && emitted[index]) continue;
    std::swap(items_.back(), items_[pending_]);
    ++pending_;
  }
  return group;
}

uint32_t StreamShuffler::NewGroup() {
  if (free_.empty()) {
    counts_.push_back(kLeft);
    return static_cast<uint32_t>(counts_.size() - 1);
  }
  const uint32_t group = free_.back();
  free_.pop_back();
  return group;
}

void StreamShuffler::Leave(uint32_t group) {
  LC_CHECK(group < counts_.size() && counts_[group] != kLeft,
           "only a group that joined can leave");
  alive_ -= std::exchange(counts_[group], kLeft);
  left_.push_back(group);
  // What is left behind may take an eighth of the memory.
  const size_t dead = std::max(items_.size() - alive_, left_.size());
  if (dead > alive_ / 8) Compact();
}

std::optional<StreamShuffler::Item> StreamShuffler::Next() {
  while (alive_ > 0) {
    if (pending_ == 0) {
      Compact();
      pending_ = items_.size();
      ++exhaustions_;
    }
    const size_t position = random_.Below(pending_);
    const Item item = items_[position];
    if (!IsAlive(item)) {
      RemovePending(position);
      continue;
    }
    --pending_;
    std::swap(items_[position], items_[pending_]);
    return item;
  }
  return std::nullopt;
}

void StreamShuffler::GiveBack(const Item& item) {
  const auto begin = items_.begin() + static_cast<ptrdiff_t>(pending_);
  const auto place = std::find(begin, items_.end(), item);
  if (place == items_.end()) return;
  std::swap(*place, *begin);
  ++pending_;
}

// Closes the gap with the last pending item, and that one's with the last of
// all.
void StreamShuffler::RemovePending(size_t position) {
  --pending_;
  items_[position] = items_[pending_];
  items_[pending_] = items_.back();
  items_.pop_back();
}

void StreamShuffler::Compact() {
  const auto middle = items_.begin() + static_cast<ptrdiff_t>(pending_);
  const auto is_dead = [this](const Item& item) { return !IsAlive(item); };
  const auto pending_end = std::remove_if(items_.begin(), middle, is_dead);
  const auto emitted_end = std::remove_if(middle, items_.end(), is_dead);
  pending_ = static_cast<size_t>(pending_end - items_.begin());
  items_.erase(std::move(middle, emitted_end, pending_end), items_.end());
  free_.insert(free_.end(), left_.begin(), left_.end());
  left_.clear();
}

}  // namespace lczero
