// For tests: lets several functions run into each other, many times.
//
// Purpose:  finds orders of events that a single run never shows; most useful
//           under ThreadSanitizer.
// Blocking: returns when every function of every iteration has returned.
#ifndef CC_SYNC_RACE_HARNESS_H_
#define CC_SYNC_RACE_HARNESS_H_

#include <barrier>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace lczero {

// Calls `setup`, then all of `racers` at once from a thread each (released
// together by a barrier), then `check`; and all that `iterations` times. The
// threads are kept from one iteration to the next, so that a round is short.
inline void RunRace(int iterations, const std::function<void()>& setup,
                    const std::vector<std::function<void()>>& racers,
                    const std::function<void()>& check) {
  std::barrier<> gate(static_cast<std::ptrdiff_t>(racers.size()) + 1);
  std::vector<std::thread> threads;
  for (const std::function<void()>& racer : racers) {
    threads.emplace_back([&gate, &racer, iterations] {
      for (int i = 0; i < iterations; ++i) {
        gate.arrive_and_wait();
        racer();
        gate.arrive_and_wait();
      }
    });
  }
  for (int i = 0; i < iterations; ++i) {
    setup();
    gate.arrive_and_wait();
    gate.arrive_and_wait();
    check();
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace lczero

#endif  // CC_SYNC_RACE_HARNESS_H_
