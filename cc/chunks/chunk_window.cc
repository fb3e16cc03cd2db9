#include "cc/chunks/chunk_window.h"

#include <algorithm>
#include <utility>

namespace lczero {

void ChunkWindow::Add(std::shared_ptr<const ChunkSource> source) {
  std::vector<uint32_t> visits;
  if (const auto old = by_key_.find(source->sort_key()); old != by_key_.end()) {
    visits = Erase(old);
  }
  const size_t count = source->ChunkCount();
  if (count == 0) return;
  visits.resize(count, 0);
  const uint32_t group = next_group_++;
  shuffler_.Join(group, static_cast<uint32_t>(count));
  by_key_.emplace(source->sort_key(), group);
  ++changes_;
  by_group_.emplace(
      group, Entry{.source = std::move(source), .visits = std::move(visits)});
  DropOldest();
}

void ChunkWindow::Remove(const ChunkSource& source) {
  const auto place = by_key_.find(source.sort_key());
  if (place == by_key_.end()) return;
  if (by_group_.at(place->second).source.get() == &source) Erase(place);
}

std::optional<ChunkRef> ChunkWindow::Next() {
  const std::optional<StreamShuffler::Item> item = shuffler_.Next();
  if (!item) return std::nullopt;
  Entry& entry = by_group_.at(item->group);
  return ChunkRef{
      .source = entry.source,
      .index = item->index,
      .visit = entry.visits[item->index]++,
      .id = entry.source->ChunkId(item->index),
      .packed = entry.packed.empty() ? nullptr : entry.packed[item->index]};
}

void ChunkWindow::Keep(const ChunkRef& chunk,
                       std::shared_ptr<const PackedChunk> packed) {
  const auto place = by_key_.find(chunk.source->sort_key());
  if (place == by_key_.end()) return;
  Entry& entry = by_group_.at(place->second);
  if (entry.source != chunk.source) return;
  entry.packed.resize(entry.source->ChunkCount());
  auto& kept = entry.packed[chunk.index];
  if (kept != nullptr) return;
  cache_is_full_ = cache_bytes_ + packed->bytes() > cache_capacity_;
  if (cache_is_full_) return;
  cache_bytes_ += packed->bytes();
  ++cached_chunks_;
  kept = std::move(packed);
}

void ChunkWindow::ForgetPacked(const Entry& entry) {
  for (const auto& packed : entry.packed) {
    if (packed == nullptr) continue;
    cache_bytes_ -= packed->bytes();
    --cached_chunks_;
    cache_is_full_ = false;
  }
}

std::vector<uint32_t> ChunkWindow::Erase(ByKey::iterator place) {
  ++changes_;
  const uint32_t group = place->second;
  by_key_.erase(place);  // Before the source that its key is a view into.
  auto entry = by_group_.extract(group);
  shuffler_.Leave(group);
  ForgetPacked(entry.mapped());
  return std::move(entry.mapped().visits);
}

void ChunkWindow::DropOldest() {
  while (!by_key_.empty()) {
    const auto oldest = by_key_.begin();
    const uint64_t chunks = by_group_.at(oldest->second).source->ChunkCount();
    if (Chunks() - chunks < capacity_) return;
    Erase(oldest);
  }
}

const std::vector<WindowShare>& ChunkWindow::Shares() {
  if (changes_ > 0 && changes_ * 64 >= by_key_.size()) {
    shares_ = MakeShares();
    changes_ = 0;
  }
  return shares_;
}

std::vector<WindowShare> ChunkWindow::MakeShares() const {
  std::vector<WindowShare> shares(std::min(by_key_.size(), kMostShares));
  size_t place = 0;
  for (const auto& [key, group] : by_key_) {
    WindowShare& share = shares[place++ * shares.size() / by_key_.size()];
    if (share.sources++ == 0) share.first_key = key;
    share.chunks += by_group_.at(group).source->ChunkCount();
    share.last_key = key;
  }
  return shares;
}

}  // namespace lczero
