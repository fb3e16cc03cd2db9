#include "cc/chunks/stream_shuffler.h"

#include <algorithm>
#include <utility>

#include "cc/base/check.h"

namespace lczero {

void StreamShuffler::Join(uint32_t group, uint32_t count,
                          const std::vector<bool>& emitted) {
  const bool is_new = groups_.emplace(group, count).second;
  LC_CHECK(is_new, "a group joins once");
  alive_ += count;
  for (uint32_t index = 0; index < count; ++index) {
    items_.push_back({.group = group, .index = index});
    if (index < emitted.size() && emitted[index]) continue;
    std::swap(items_.back(), items_[pending_]);
    ++pending_;
  }
}

void StreamShuffler::Leave(uint32_t group) {
  const auto place = groups_.find(group);
  LC_CHECK(place != groups_.end(), "only a group that joined can leave");
  alive_ -= place->second;
  groups_.erase(place);
  if (items_.size() > 2 * alive_) Compact();
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
}

}  // namespace lczero
