// One inotify instance, as values instead of system calls.
//
// Threads:   Stop may be called from any thread, the rest belongs to one.
// Blocking:  Wait only, until there are events or Stop() was called.
// Ownership: holds two descriptors until destroyed.
#ifndef CC_FILES_INOTIFY_H_
#define CC_FILES_INOTIFY_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cc/base/error.h"

namespace lczero {

// As the kernel tells it: `mask` holds the IN_* bits of <sys/inotify.h>.
struct InotifyEvent {
  int watch;
  uint32_t mask;
  std::string name;  // Within the watched folder; empty: the folder itself.
};

class Inotify {
 public:
  // kIo when the system gives no instance.
  static Result<std::unique_ptr<Inotify>> Create();

  ~Inotify();
  Inotify(const Inotify&) = delete;
  Inotify& operator=(const Inotify&) = delete;

  // The watch's number, or minus errno. A folder that is already watched keeps
  // its number and gets the new mask.
  int Watch(const std::string& path, uint32_t mask);

  // Nothing if the watch has ended by itself.
  void Unwatch(int watch);

  // Waits for events and returns them; none when `longest` is over, or it woke
  // for another reason. kCancelled after Stop(), even if there are events.
  Result<std::vector<InotifyEvent>> Wait(
      std::optional<std::chrono::milliseconds> longest = {});

  void Stop();
  bool IsStopped() const { return stopped_; }

 private:
  Inotify(int events, int wake_up) : events_(events), wake_up_(wake_up) {}

  const int events_;
  const int wake_up_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace lczero

#endif  // CC_FILES_INOTIFY_H_
