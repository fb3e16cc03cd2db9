// Sums the time that threads spend blocked, waits that still go on included.
//
// Purpose:  a stage hands one meter to its input and one to its output; what
//           is left of its threads' time is work. A stage that has been blocked
//           for an hour shows an hour, not zero until it wakes.
// Threads:  every method may be called from any thread; several may wait at
//           once, and their times add up.
// Blocking: none but a short lock, taken only by waits that really block.
#ifndef CC_SYNC_WAIT_METER_H_
#define CC_SYNC_WAIT_METER_H_

#include <chrono>
#include <cstdint>
#include <mutex>

#include "cc/base/thread_annotations.h"

namespace lczero {

class WaitMeter {
 public:
  using Clock = std::chrono::steady_clock;

  // A thread starts, or ends, to wait at `now`.
  void Begin(Clock::time_point now = Clock::now());
  void End(Clock::time_point now = Clock::now());

  // Summed over threads since construction, up to `now`.
  std::chrono::nanoseconds Total(Clock::time_point now = Clock::now()) const;

  // Threads that wait at this moment.
  int64_t Waiting() const;

 private:
  mutable std::mutex mutex_;
  // The sum of ends minus the sum of begins: adding `now` for each of the
  // waits that have no end yet gives the total.
  std::chrono::nanoseconds balance_ LC_GUARDED_BY(mutex_){0};
  int64_t waiting_ LC_GUARDED_BY(mutex_) = 0;
};

// Counts the time from Start() to the end of the scope; without Start() it
// costs nothing. `meter` may be null.
class WaitScope {
 public:
  explicit WaitScope(WaitMeter* meter) : meter_(meter) {}
  ~WaitScope() {
    if (started_) meter_->End();
  }
  WaitScope(const WaitScope&) = delete;
  WaitScope& operator=(const WaitScope&) = delete;

  // Calls after the first do nothing.
  void Start() {
    if (meter_ == nullptr || started_) return;
    started_ = true;
    meter_->Begin();
  }

 private:
  WaitMeter* const meter_;
  bool started_ = false;
};

}  // namespace lczero

#endif  // CC_SYNC_WAIT_METER_H_
