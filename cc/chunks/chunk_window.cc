#include "cc/chunks/chunk_window.h"

#include <algorithm>
#include <ranges>
#include <span>
#include <utility>

#include "cc/base/check.h"
#include "cc/base/hash.h"

namespace lczero {

namespace {

// Of a source that was last seen in an earlier pass, nothing has been emitted
// in this one.
void BeginPass(std::vector<ChunkVisits>& visits) {
  for (ChunkVisits& chunk : visits) chunk.emitted = 0;
}

// The same for visits as they are kept.
std::string AtBeginOfPass(std::string_view encoded) {
  auto visits = TakeVisits(encoded);
  LC_CHECK(visits.has_value(), "a pool's state was checked when it was read");
  BeginPass(*visits);
  return EncodeVisits(*visits);
}

void TakeBackOne(ChunkVisits& visits) {
  if (visits.emitted == 0) return;
  --visits.count;
  visits.emitted = 0;
}

}  // namespace

PoolState WindowCut::ToState() const {
  PoolState state{
      .random = random_, .exhaustions = exhaustions_, .sources = away_};
  auto rest = std::span(visits_);
  for (const Source& source : sources_) {
    state.sources.push_back(
        {.key_hash = HashBytes(source.source->sort_key()),
         .visits = EncodeVisits(rest.first(source.chunks))});
    rest = rest.subspan(source.chunks);
  }
  std::ranges::sort(state.sources, {}, &SourceState::key_hash);
  return state;
}

ChunkWindow::ChunkWindow(uint64_t capacity, PoolState state,
                         uint64_t cache_bytes)
    : capacity_(capacity),
      shuffler_(Random(state.random), state.exhaustions),
      cache_capacity_(cache_bytes) {
  away_.reserve(state.sources.size());
  for (SourceState& source : state.sources) {
    away_.emplace(source.key_hash, Away{.pass = state.exhaustions,
                                        .visits = std::move(source.visits)});
  }
}

void ChunkWindow::Add(std::shared_ptr<const ChunkSource> source) {
  std::vector<ChunkVisits> visits = TakeKnown(source->sort_key());
  const size_t count = source->ChunkCount();
  if (count == 0) return;
  visits.resize(count);
  Join(std::move(source), visits);
  DropOldest();
}

std::vector<ChunkVisits> ChunkWindow::TakeKnown(std::string_view key) {
  if (const auto place = by_key_.find(key); place != by_key_.end()) {
    std::vector<ChunkVisits> visits = VisitsOf(by_group_.at(place->second));
    Erase(place);
    return visits;
  }
  if (away_.empty()) return {};
  const auto away = away_.extract(HashBytes(key));
  if (away.empty()) return {};
  std::string_view bytes = away.mapped().visits;
  auto visits = TakeVisits(bytes);
  LC_CHECK(visits.has_value(), "a pool's state was checked when it was read");
  if (away.mapped().pass != Exhaustions()) BeginPass(*visits);
  return *std::move(visits);
}

void ChunkWindow::Join(std::shared_ptr<const ChunkSource> source,
                       const std::vector<ChunkVisits>& visits) {
  const uint32_t parity = PassParity();
  std::vector<Visits> own(visits.size());
  std::vector<bool> emitted(visits.size());
  for (size_t i = 0; i < visits.size(); ++i) {
    emitted[i] = visits[i].emitted != 0;
    own[i] = {.count = visits[i].count,
              .in_odd_pass = (emitted[i] ? parity : parity ^ 1u) & 1u};
  }
  const uint32_t group = next_group_++;
  shuffler_.Join(group, static_cast<uint32_t>(visits.size()), emitted);
  by_key_.emplace(source->sort_key(), group);
  ++changes_;
  by_group_.emplace(
      group, Entry{.source = std::move(source), .visits = std::move(own)});
}

ChunkVisits ChunkWindow::ToPlain(Visits visits) const {
  const bool emitted = visits.count > 0 && visits.in_odd_pass == PassParity();
  return {.count = visits.count, .emitted = emitted};
}

std::vector<ChunkVisits> ChunkWindow::VisitsOf(const Entry& entry) const {
  std::vector<ChunkVisits> plain;
  plain.reserve(entry.visits.size());
  for (const Visits visits : entry.visits) plain.push_back(ToPlain(visits));
  return plain;
}

void ChunkWindow::Unread(const ChunkRef& chunk) {
  const std::string_view key = chunk.source->sort_key();
  if (const auto place = by_key_.find(key); place != by_key_.end()) {
    Entry& entry = by_group_.at(place->second);
    TakeBack(place->second, chunk.index);
    if (entry.source != chunk.source) return;
    away_.insert_or_assign(
        HashBytes(key),
        Away{.pass = Exhaustions(), .visits = EncodeVisits(VisitsOf(entry))});
    Erase(place);
    return;
  }
  const auto away = away_.find(HashBytes(key));
  if (away == away_.end() || away->second.pass != Exhaustions()) return;
  std::string_view bytes = away->second.visits;
  auto visits = TakeVisits(bytes);
  if (chunk.index >= visits->size()) return;
  TakeBackOne((*visits)[chunk.index]);
  away->second.visits = EncodeVisits(*visits);
}

void ChunkWindow::TakeBack(uint32_t group, uint32_t index) {
  Entry& entry = by_group_.at(group);
  if (index >= entry.visits.size()) return;
  Visits& visits = entry.visits[index];
  if (ToPlain(visits).emitted == 0) return;
  visits.count = (visits.count - 1) & 0x7fffffffu;
  visits.in_odd_pass = ~PassParity() & 1u;
  shuffler_.GiveBack({.group = group, .index = index});
}

WindowCut ChunkWindow::Cut() const {
  WindowCut cut;
  cut.random_ = shuffler_.Generator();
  cut.exhaustions_ = Exhaustions();
  cut.sources_.reserve(by_group_.size());
  cut.visits_.reserve(Chunks());
  for (const auto& [group, entry] : by_group_) {
    cut.sources_.push_back({entry.source, entry.visits.size()});
    for (const Visits visits : entry.visits) {
      cut.visits_.push_back(ToPlain(visits));
    }
  }
  for (const auto& [hash, away] : away_) {
    const bool is_current = away.pass == Exhaustions();
    cut.away_.push_back(
        {hash, is_current ? away.visits : AtBeginOfPass(away.visits)});
  }
  return cut;
}

std::vector<std::pair<std::string_view, uint64_t>> ChunkWindow::KeysAndSizes()
    const {
  std::vector<std::pair<std::string_view, uint64_t>> sizes;
  sizes.reserve(by_key_.size());
  for (const auto& [key, group] : by_key_) {
    sizes.emplace_back(key, by_group_.at(group).visits.size());
  }
  return sizes;
}

std::optional<ChunkRef> ChunkWindow::Next() {
  const uint64_t pass = Exhaustions();
  const std::optional<StreamShuffler::Item> item = shuffler_.Next();
  if (!item) return std::nullopt;
  if (pass != Exhaustions() && first_scan_done_) away_.clear();
  Entry& entry = by_group_.at(item->group);
  Visits& visits = entry.visits[item->index];
  const uint32_t visit = visits.count;
  visits.count = (visit + 1) & 0x7fffffffu;
  visits.in_odd_pass = PassParity() & 1u;
  const Kept kept = entry.kept.empty() ? Kept() : entry.kept[item->index];
  return ChunkRef{.source = entry.source,
                  .index = item->index,
                  .visit = visit,
                  .id = entry.source->ChunkId(item->index),
                  .good_crc32 = visits.good_crc32,
                  .packed = kept.packed,
                  .spilled = kept.spilled};
}

ChunkWindow::Entry* ChunkWindow::EntryOf(const ChunkRef& chunk) {
  const auto place = by_key_.find(chunk.source->sort_key());
  if (place == by_key_.end()) return nullptr;
  Entry& entry = by_group_.at(place->second);
  return entry.source == chunk.source ? &entry : nullptr;
}

void ChunkWindow::MarkGood(const ChunkRef& chunk, uint32_t stored_crc32) {
  Entry* const entry = EntryOf(chunk);
  if (entry != nullptr) entry->visits[chunk.index].good_crc32 = stored_crc32;
}

ChunkWindow::Kept* ChunkWindow::PlaceFor(const ChunkRef& chunk) {
  Entry* const entry = EntryOf(chunk);
  if (entry == nullptr) return nullptr;
  entry->kept.resize(entry->source->ChunkCount());
  return &entry->kept[chunk.index];
}

bool ChunkWindow::Keep(const ChunkRef& chunk,
                       std::shared_ptr<const PackedChunk> packed) {
  Kept* const kept = PlaceFor(chunk);
  if (kept == nullptr || kept->packed != nullptr) return true;
  cache_is_full_ = cache_bytes_ + packed->bytes() > cache_capacity_;
  if (cache_is_full_) return false;
  cache_bytes_ += packed->bytes();
  ++cached_chunks_;
  *kept = {.packed = std::move(packed)};
  return true;
}

void ChunkWindow::KeepSpilled(const ChunkRef& chunk,
                              std::shared_ptr<const SpilledPiece> spilled) {
  Kept* const kept = PlaceFor(chunk);
  if (kept == nullptr || kept->packed != nullptr) return;
  if (kept->spilled == nullptr) kept->spilled = std::move(spilled);
}

void ChunkWindow::ForgetPacked(const Entry& entry) {
  for (const auto& [packed, spilled] : entry.kept) {
    if (packed == nullptr) continue;
    cache_bytes_ -= packed->bytes();
    --cached_chunks_;
    cache_is_full_ = false;
  }
}

void ChunkWindow::Erase(ByKey::iterator place) {
  ++changes_;
  const uint32_t group = place->second;
  by_key_.erase(place);  // Before the source that its key is a view into.
  auto entry = by_group_.extract(group);
  shuffler_.Leave(group);
  ForgetPacked(entry.mapped());
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
