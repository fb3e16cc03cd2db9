// A shuffle buffer: fills up to its capacity, then for each item that comes in
// gives out a random one of those it holds.
//
// Purpose:     undoes the order in which items come (positions of one game
//              stand together); an item stays for `capacity` others on average.
// Determinism: the order depends on the seed, the capacity and the order of the
//              input only.
// Threads:     one thread at a time, reads included.
// Ownership:   owns the items in it.
#ifndef CC_FRAMES_RESERVOIR_H_
#define CC_FRAMES_RESERVOIR_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "cc/base/check.h"
#include "cc/base/random.h"

namespace lczero {

template <typename T>
class Reservoir {
 public:
  // Memory grows with what is put in; nothing is allocated up front.
  Reservoir(size_t capacity, uint64_t seed)
      : capacity_(capacity), random_(seed) {
    LC_CHECK(capacity > 0, "a reservoir needs room for one item");
  }

  // Takes an item; gives one back unless the reservoir is still filling. The
  // item given back was there before: it is never the one just put in.
  std::optional<T> Exchange(T item) {
    if (items_.size() < capacity_) {
      items_.push_back(std::move(item));
      return std::nullopt;
    }
    return std::exchange(items_[random_.Below(items_.size())], std::move(item));
  }

  // For the end of the input: a random item, until none is left.
  std::optional<T> Drain() {
    if (items_.empty()) return std::nullopt;
    std::swap(items_[random_.Below(items_.size())], items_.back());
    T item = std::move(items_.back());
    items_.pop_back();
    return item;
  }

  size_t size() const { return items_.size(); }
  size_t capacity() const { return capacity_; }

 private:
  const size_t capacity_;
  Random random_;
  std::vector<T> items_;
};

}  // namespace lczero

#endif  // CC_FRAMES_RESERVOIR_H_
