// Hands out parts of a file, or of anything else with offsets.
//
// Purpose:   room in a spill file, which is taken and given back in any order.
//            The smallest hole that is large enough is taken, and holes that
//            touch become one.
// Threads:   none; the owner locks.
// Cost:      some 150 bytes a hole; both calls take logarithmic time.
#ifndef CC_FILES_EXTENTS_H_
#define CC_FILES_EXTENTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace lczero {

class Extents {
 public:
  // All sizes are rounded up to whole blocks, the capacity down.
  static constexpr uint64_t kBlockBytes = 4096;

  explicit Extents(uint64_t capacity);

  // The offset of `size` bytes (at least 1), or nothing if no hole is so large.
  std::optional<uint64_t> Take(uint64_t size);

  // What Take gave, with the size that it was asked for.
  void Give(uint64_t offset, uint64_t size);

  // Bytes, in whole blocks.
  uint64_t used() const { return used_; }

 private:
  void AddHole(uint64_t offset, uint64_t size);
  void RemoveHole(std::map<uint64_t, uint64_t>::iterator hole);

  uint64_t used_ = 0;
  // Offset -> size, and (size, offset).
  std::map<uint64_t, uint64_t> holes_;
  std::set<std::pair<uint64_t, uint64_t>> by_size_;
};

}  // namespace lczero

#endif  // CC_FILES_EXTENTS_H_
