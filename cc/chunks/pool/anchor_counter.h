// Counts the chunks of sources that are newer than an anchor.
//
// Purpose: tells the daemon how much has arrived since the last network. A
//          source is newer when its sort key is greater than the anchor's; it
//          stays counted after it has left the window. A source that comes
//          again under the same key (replaced, or grown) counts as it is now,
//          not twice.
// Threads: none: the owner locks.
// Memory:  the window knows its sources; here is one entry for each that has
//          left it and is newer than the anchor.
#ifndef CC_CHUNKS_POOL_ANCHOR_COUNTER_H_
#define CC_CHUNKS_POOL_ANCHOR_COUNTER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace lczero {

class AnchorCounter {
 public:
  // A source of `chunks` chunks comes into the window, where `before` chunks
  // were under its key.
  void Add(std::string_view key, uint64_t chunks, uint64_t before);

  // The source of this key leaves the window, with so many chunks, and no other
  // comes in its place.
  void Leave(std::string_view key, uint64_t chunks);

  // Counts from `key` on; empty: everything. `newer_in_window` chunks of the
  // window are newer. Of those that left it, what is not newer is forgotten.
  void SetAnchor(std::string_view key, uint64_t newer_in_window);

  // Chunks in sources newer than the anchor.
  uint64_t ChunksSinceAnchor() const { return since_anchor_; }

  // Empty when none was set.
  const std::string& anchor() const { return anchor_; }

  // The greatest key seen; empty before the first.
  const std::string& newest_key() const { return newest_key_; }

 private:
  std::string anchor_;
  std::string newest_key_;
  uint64_t since_anchor_ = 0;
  // Chunks by key.
  std::map<std::string, uint64_t, std::less<>> left_;
};

}  // namespace lczero

#endif  // CC_CHUNKS_POOL_ANCHOR_COUNTER_H_
