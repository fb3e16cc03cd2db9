// What one stage counts about itself.
//
// Purpose: cheap enough to be always on. An item costs two atomic additions; a
//          thread that never blocks touches no meter.
// Threads: every method may be called from any thread.
// Meaning: a thread of the stage is busy whenever it is alive and waits neither
//          for input nor for room at the output; time waiting for the disk is
//          busy time.
#ifndef CC_LOADER_STAGE_METRICS_H_
#define CC_LOADER_STAGE_METRICS_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "cc/base/thread_annotations.h"
#include "cc/schema/loader_stats.h"
#include "cc/sync/wait_meter.h"

namespace lczero {

class StageMetrics {
 public:
  // Counts the time between Begin and End of each of the stage's threads.
  WaitMeter& alive() { return alive_; }
  // To be handed to what the stage waits on.
  WaitMeter& input_wait() { return input_wait_; }
  WaitMeter& output_wait() { return output_wait_; }

  void CountOutput(uint64_t items, uint64_t positions) {
    items_.fetch_add(items, std::memory_order_relaxed);
    positions_.fetch_add(positions, std::memory_order_relaxed);
  }

  // A figure of this kind of stage only, e.g. "bad.kings" or "inflated_bytes".
  // It appears in the statistics once it was counted.
  void Count(std::string_view key, uint64_t amount);

  // Totals up to `now`; rates and load are the loader's business.
  StageStats Totals(WaitMeter::Clock::time_point now) const;

 private:
  WaitMeter alive_;
  WaitMeter input_wait_;
  WaitMeter output_wait_;
  std::atomic<uint64_t> items_ = 0;
  std::atomic<uint64_t> positions_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, uint64_t, std::less<>> counters_ LC_GUARDED_BY(mutex_);
};

}  // namespace lczero

#endif  // CC_LOADER_STAGE_METRICS_H_
