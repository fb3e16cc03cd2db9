// Which version of each file was told, by hashes, in little memory.
//
// Purpose: a map from the hash of a file's name to the hash of its version. A
//          file takes 20 to 25 bytes, where a std::unordered_map takes some 60.
// Threads: none: the owner's.
// Cost:    O(1) expected, if the names' hashes are evenly spread.
#ifndef CC_FILES_VERSION_TABLE_H_
#define CC_FILES_VERSION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace lczero {

class VersionTable {
 public:
  std::optional<uint64_t> Find(uint64_t name) const;
  void Set(uint64_t name, uint64_t version);
  // Nothing if it is not there.
  void Erase(uint64_t name);

  size_t size() const { return size_; }
  // Of the heap.
  size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  // Free where the name is 0: a hash that is 0 is kept as 1.
  struct Slot {
    uint64_t name = 0;
    uint64_t version = 0;
  };

  // Where the search for a name begins.
  size_t Home(uint64_t name) const;
  size_t Behind(size_t place) const {
    return place + 1 < slots_.size() ? place + 1 : 0;
  }
  // Its slot, or the free one where it belongs. Not while there are no slots.
  size_t PlaceOf(uint64_t name) const;
  void Resize(size_t slots);

  // Each name lies at its home or behind it, with no free slot between.
  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace lczero

#endif  // CC_FILES_VERSION_TABLE_H_
