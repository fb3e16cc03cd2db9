#include "cc/files/version_table.h"

#include <algorithm>
#include <utility>

namespace lczero {

namespace {

constexpr size_t kLeastSlots = 8;

uint64_t NotZero(uint64_t name) { return std::max<uint64_t>(name, 1); }

}  // namespace

// By the hash's high bits, so that there may be any number of slots.
size_t VersionTable::Home(uint64_t name) const {
  return static_cast<size_t>(
      static_cast<unsigned __int128>(name) * slots_.size() >> 64);
}

size_t VersionTable::PlaceOf(uint64_t name) const {
  size_t place = Home(name);
  while (slots_[place].name != 0 && slots_[place].name != name) {
    place = Behind(place);
  }
  return place;
}

std::optional<uint64_t> VersionTable::Find(uint64_t name) const {
  if (slots_.empty()) return std::nullopt;
  const Slot& slot = slots_[PlaceOf(NotZero(name))];
  return slot.name == 0 ? std::nullopt : std::optional(slot.version);
}

// Between 64 and 80 slots of 100 are taken while it grows.
void VersionTable::Set(uint64_t name, uint64_t version) {
  if (5 * (size_ + 1) > 4 * slots_.size()) {
    Resize(std::max(kLeastSlots, slots_.size() + slots_.size() / 4));
  }
  Slot& slot = slots_[PlaceOf(NotZero(name))];
  if (slot.name == 0) ++size_;
  slot = {.name = NotZero(name), .version = version};
}

// What lies behind moves up, unless that were before its home.
void VersionTable::Erase(uint64_t name) {
  if (slots_.empty()) return;
  size_t gap = PlaceOf(NotZero(name));
  if (slots_[gap].name == 0) return;
  --size_;
  for (size_t place = Behind(gap); slots_[place].name != 0;
       place = Behind(place)) {
    const size_t home = Home(slots_[place].name);
    const bool is_between =
        gap < place ? gap < home && home <= place : gap < home || home <= place;
    if (is_between) continue;
    slots_[gap] = slots_[place];
    gap = place;
  }
  slots_[gap] = {};
  if (4 * size_ < slots_.size() && slots_.size() > kLeastSlots) {
    Resize(std::max(kLeastSlots, slots_.size() / 2));
  }
}

void VersionTable::Resize(size_t slots) {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
  for (const Slot& slot : old) {
    if (slot.name != 0) slots_[PlaceOf(slot.name)] = slot;
  }
}

}  // namespace lczero
