// For tests: lets several functions run into each other, many times.
//
// Purpose:  finds orders of events that a single run never shows; most useful
//           under ThreadSanitizer.
// Blocking: returns when every function of every iteration has returned.
#ifndef CC_SYNC_RACE_HARNESS_H_
#define CC_SYNC_RACE_HARNESS_H_

#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "cc/base/thread_annotations.h"
#include "cc/sync/cond_var.h"

namespace lczero {

// Lets threads on only when all `parties` of them have arrived, again and
// again. ThreadSanitizer follows it, unlike std::barrier: that one's heart is
// compiled into the library, without instrumentation.
class RaceGate {
 public:
  explicit RaceGate(size_t parties) : parties_(parties) {}

  void Pass() {
    std::lock_guard<std::mutex> lock(mutex_);
    const size_t round = round_;
    if (++arrived_ == parties_) {
      arrived_ = 0;
      ++round_;
      opened_.NotifyAll();
    }
    while (round_ == round) opened_.Wait(mutex_);
  }

 private:
  const size_t parties_;
  std::mutex mutex_;
  CondVar opened_;
  size_t arrived_ LC_GUARDED_BY(mutex_) = 0;
  size_t round_ LC_GUARDED_BY(mutex_) = 0;
};

// Calls `setup`, then all of `racers` at once from a thread each (released
// together by a gate), then `check`; and all that `iterations` times. The
// threads are kept from one iteration to the next, so that a round is short.
inline void RunRace(int iterations, const std::function<void()>& setup,
                    const std::vector<std::function<void()>>& racers,
                    const std::function<void()>& check) {
  RaceGate gate(racers.size() + 1);
  std::vector<std::thread> threads;
  for (const std::function<void()>& racer : racers) {
    threads.emplace_back([&gate, &racer, iterations] {
      for (int i = 0; i < iterations; ++i) {
        gate.Pass();
        racer();
        gate.Pass();
      }
    });
  }
  for (int i = 0; i < iterations; ++i) {
    setup();
    gate.Pass();
    gate.Pass();
    check();
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace lczero

#endif  // CC_SYNC_RACE_HARNESS_H_
