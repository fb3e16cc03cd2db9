// The order in which a sliding window of items is emitted: every item of the
// window once, in random order, before any repeats.
//
// Purpose:   items come and go in groups (the chunks of a source). A group that
//            joins is mixed into the rest of the current pass; one that leaves
//            is emitted no more; neither restarts the pass. Items may join as
//            already emitted in this pass, so that a pass goes on after a
//            restart, or when a group is replaced by a later version of it.
// Threads:   none: the owner locks. Deterministic in the generator and the
//            order of calls.
// Cost:      Next is O(1) amortised, and so is Leave for each item; 8 to 10
//            bytes an item, 4 a group.
#ifndef CC_CHUNKS_POOL_STREAM_SHUFFLER_H_
#define CC_CHUNKS_POOL_STREAM_SHUFFLER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "cc/base/random.h"

namespace lczero {

class StreamShuffler {
 public:
  struct Item {
    uint32_t group;
    uint32_t index;  // Within the group.

    bool operator==(const Item&) const = default;
  };

  // `exhaustions` is where Exhaustions begins.
  explicit StreamShuffler(Random random, uint64_t exhaustions = 0)
      : random_(random), exhaustions_(exhaustions) {}

  // Adds items (group, 0..count-1), and returns the group: a small number,
  // which another gets some time after this one has left. Items with
  // emitted[index] set count as emitted in this pass; beyond its end none is
  // set.
  uint32_t Join(uint32_t count, const std::vector<bool>& emitted = {});

  // Takes all items of `group` out. It must have joined.
  void Leave(uint32_t group);

  // A random one of the items that this pass has not emitted; when there is
  // none left, a new pass begins. Nothing when the window is empty.
  std::optional<Item> Next();

  // Takes an emission back: the item comes once more in this pass. Nothing if
  // it has not been emitted in it. Looks through the whole window.
  void GiveBack(const Item& item);

  // Items in the window.
  size_t Size() const { return alive_; }

  // Passes that were completed and followed by another.
  uint64_t Exhaustions() const { return exhaustions_; }

  Random::State Generator() const { return random_.state(); }

 private:
  static constexpr uint32_t kLeft = UINT32_MAX;

  bool IsAlive(const Item& item) const { return counts_[item.group] != kLeft; }
  uint32_t NewGroup();
  void RemovePending(size_t position);
  void Compact();

  Random random_;
  // Of each group's items; kLeft if it is not in the window.
  std::deque<uint32_t> counts_;
  // Groups that left: those of which items may still be there, and the others.
  std::vector<uint32_t> left_;
  std::vector<uint32_t> free_;
  // [0, pending_) are still to be emitted in this pass, the others have been.
  // Items of groups that left stay until they are met or Compact runs.
  std::vector<Item> items_;
  size_t pending_ = 0;
  size_t alive_ = 0;
  uint64_t exhaustions_;
};

}  // namespace lczero

#endif  // CC_CHUNKS_POOL_STREAM_SHUFFLER_H_
