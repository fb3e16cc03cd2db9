// Calls a function once in a fixed period, from a thread of its own.
//
// Threads:   the function runs in the ticker's thread, never twice at once.
// Blocking:  Stop and the destructor wait until a call under way has returned.
// Shutdown:  after Stop the function is called no more. Idempotent.
// Time:      ticks keep to multiples of the period after the start; those that
//            a slow call missed are left out.
#ifndef CC_LOADER_TICKER_H_
#define CC_LOADER_TICKER_H_

#include <chrono>
#include <functional>
#include <mutex>

#include "cc/base/thread_annotations.h"
#include "cc/sync/cond_var.h"
#include "cc/sync/worker_group.h"

namespace lczero {

class Ticker {
 public:
  Ticker(std::chrono::nanoseconds period, std::function<void()> tick);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  void Stop();

 private:
  Result<void> Run();
  // False when it is time to leave.
  bool WaitUntil(std::chrono::steady_clock::time_point deadline);

  const std::chrono::nanoseconds period_;
  const std::function<void()> tick_;
  std::mutex mutex_;
  CondVar stop_changed_;
  bool stopped_ LC_GUARDED_BY(mutex_) = false;
  // Last: its thread uses the fields above.
  WorkerGroup worker_;
};

}  // namespace lczero

#endif  // CC_LOADER_TICKER_H_
