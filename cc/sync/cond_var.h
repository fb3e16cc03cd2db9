// A condition variable for std::mutex held by a std::lock_guard.
//
// Purpose:  std::condition_variable wants a std::unique_lock, which clang's
//           thread-safety analysis does not follow; this one takes the mutex.
// Threads:  every method may be called from any thread.
// Blocking: the waits release the mutex and hold it again on return. They may
//           return early for no reason: call them in a loop over the condition.
#ifndef CC_SYNC_COND_VAR_H_
#define CC_SYNC_COND_VAR_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "cc/base/thread_annotations.h"

namespace lczero {

class CondVar {
 public:
  void Wait(std::mutex& mutex) LC_REQUIRES(mutex) LC_NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }

  // Returns at `deadline` at the latest.
  void WaitUntil(std::mutex& mutex,
                 std::chrono::steady_clock::time_point deadline)
      LC_REQUIRES(mutex) LC_NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex, std::adopt_lock);
    condition_.wait_until(lock, deadline);
    lock.release();
  }

  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace lczero

#endif  // CC_SYNC_COND_VAR_H_
