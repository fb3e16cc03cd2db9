#include "cc/chunks/pool/chunk_window.h"

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

std::vector<std::shared_ptr<const ChunkSource>> ChunkWindow::Add(
    std::shared_ptr<const ChunkSource> source) {
  std::vector<ChunkVisits> visits = TakeKnown(source->sort_key());
  const size_t count = source->ChunkCount();
  if (count == 0) return {};
  visits.resize(count);
  Join(std::move(source), visits);
  return DropOldest();
}

std::string_view ChunkWindow::KeyOf(uint32_t group) const {
  return by_group_[group].source->sort_key();
}

// Most come at one of the ends.
ChunkWindow::ByKey::const_iterator ChunkWindow::LowerBound(
    std::string_view key) const {
  if (by_key_.empty() || key <= KeyOf(by_key_.front())) return by_key_.begin();
  if (key > KeyOf(by_key_.back())) return by_key_.end();
  return std::ranges::lower_bound(
      by_key_, key, {}, [this](uint32_t group) { return KeyOf(group); });
}

ChunkWindow::ByKey::const_iterator ChunkWindow::Find(
    std::string_view key) const {
  const auto place = LowerBound(key);
  return place != by_key_.end() && KeyOf(*place) == key ? place : by_key_.end();
}

uint64_t ChunkWindow::ChunksUnder(std::string_view key) const {
  const auto place = Find(key);
  return place == by_key_.end() ? 0 : by_group_[*place].visits.size();
}

uint64_t ChunkWindow::ChunksNewerThan(std::string_view key) const {
  uint64_t chunks = 0;
  for (auto place = by_key_.rbegin();
       place != by_key_.rend() && KeyOf(*place) > key; ++place) {
    chunks += by_group_[*place].visits.size();
  }
  return chunks;
}

std::vector<ChunkVisits> ChunkWindow::TakeKnown(std::string_view key) {
  if (const auto place = Find(key); place != by_key_.end()) {
    std::vector<ChunkVisits> visits = VisitsOf(by_group_[*place]);
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
  OneOrMany<Visits> own(static_cast<uint32_t>(visits.size()));
  std::vector<bool> emitted(visits.size());
  for (size_t i = 0; i < visits.size(); ++i) {
    emitted[i] = visits[i].emitted != 0;
    own[i] = {.count = visits[i].count,
              .in_odd_pass = (emitted[i] ? parity : parity ^ 1u) & 1u};
  }
  const uint32_t group = shuffler_.Join(own.size(), emitted);
  by_key_.insert(LowerBound(source->sort_key()), group);
  ++changes_;
  if (group == by_group_.size()) by_group_.emplace_back();
  by_group_[group] = {.source = std::move(source), .visits = std::move(own)};
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

bool ChunkWindow::Unread(const ChunkRef& chunk) {
  const std::string_view key = chunk.source->sort_key();
  if (const auto place = Find(key); place != by_key_.end()) {
    const Entry& entry = by_group_[*place];
    TakeBack(*place, chunk.index);
    if (entry.source != chunk.source) return false;
    away_.insert_or_assign(
        HashBytes(key),
        Away{.pass = Exhaustions(), .visits = EncodeVisits(VisitsOf(entry))});
    Erase(place);
    return true;
  }
  const auto away = away_.find(HashBytes(key));
  if (away == away_.end() || away->second.pass != Exhaustions()) return false;
  std::string_view bytes = away->second.visits;
  auto visits = TakeVisits(bytes);
  if (chunk.index >= visits->size()) return false;
  TakeBackOne((*visits)[chunk.index]);
  away->second.visits = EncodeVisits(*visits);
  return false;
}

void ChunkWindow::TakeBack(uint32_t group, uint32_t index) {
  Entry& entry = by_group_[group];
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
  cut.sources_.reserve(Sources());
  cut.visits_.reserve(Chunks());
  for (const Entry& entry : by_group_) {
    if (entry.source == nullptr) continue;
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

std::optional<ChunkRef> ChunkWindow::Next() {
  const uint64_t pass = Exhaustions();
  const std::optional<StreamShuffler::Item> item = shuffler_.Next();
  if (!item) return std::nullopt;
  // With its buckets: what was there to begin with may have been much.
  if (pass != Exhaustions() && first_scan_done_) away_ = {};
  Entry& entry = by_group_[item->group];
  Visits& visits = entry.visits[item->index];
  const uint32_t visit = visits.count;
  visits.count = (visit + 1) & 0x7fffffffu;
  visits.in_odd_pass = PassParity() & 1u;
  const Kept kept = entry.kept ? entry.kept[item->index] : Kept();
  return ChunkRef{.source = entry.source,
                  .group = item->group,
                  .index = item->index,
                  .visit = visit,
                  .id = entry.source->ChunkId(item->index),
                  .good_crc32 = visits.good_crc32,
                  .packed = kept.packed,
                  .spilled = kept.spilled};
}

ChunkWindow::Entry* ChunkWindow::EntryOf(const ChunkRef& chunk) {
  if (chunk.group >= by_group_.size()) return nullptr;
  Entry& entry = by_group_[chunk.group];
  return entry.source == chunk.source ? &entry : nullptr;
}

void ChunkWindow::MarkGood(const ChunkRef& chunk, uint32_t stored_crc32) {
  Entry* const entry = EntryOf(chunk);
  if (entry != nullptr) entry->visits[chunk.index].good_crc32 = stored_crc32;
}

ChunkWindow::Kept* ChunkWindow::PlaceFor(const ChunkRef& chunk) {
  Entry* const entry = EntryOf(chunk);
  if (entry == nullptr) return nullptr;
  if (!entry->kept) {
    entry->kept = std::make_unique<Kept[]>(entry->visits.size());
  }
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
  if (!entry.kept) return;
  for (size_t i = 0; i < entry.visits.size(); ++i) {
    const auto& packed = entry.kept[i].packed;
    if (packed == nullptr) continue;
    cache_bytes_ -= packed->bytes();
    --cached_chunks_;
    cache_is_full_ = false;
  }
}

std::shared_ptr<const ChunkSource> ChunkWindow::Erase(
    ByKey::const_iterator place) {
  ++changes_;
  const uint32_t group = *place;
  by_key_.erase(place);
  shuffler_.Leave(group);
  Entry entry = std::exchange(by_group_[group], {});
  ForgetPacked(entry);
  return std::move(entry.source);
}

std::vector<std::shared_ptr<const ChunkSource>> ChunkWindow::DropOldest() {
  std::vector<std::shared_ptr<const ChunkSource>> dropped;
  while (!by_key_.empty()) {
    const uint64_t chunks = by_group_[by_key_.front()].visits.size();
    if (Chunks() - chunks < capacity_) break;
    dropped.push_back(Erase(by_key_.begin()));
  }
  return dropped;
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
  for (const uint32_t group : by_key_) {
    WindowShare& share = shares[place++ * shares.size() / by_key_.size()];
    if (share.sources++ == 0) share.first_key = KeyOf(group);
    share.chunks += by_group_[group].visits.size();
    share.last_key = KeyOf(group);
  }
  return shares;
}

}  // namespace lczero
