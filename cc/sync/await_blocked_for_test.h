// For tests: waits until others wait.
#ifndef CC_SYNC_AWAIT_BLOCKED_FOR_TEST_H_
#define CC_SYNC_AWAIT_BLOCKED_FOR_TEST_H_

#include <cstdint>
#include <thread>

#include "cc/sync/wait_meter.h"

namespace lczero {

// Returns when `threads` of them wait with this meter: no sleeping.
inline void AwaitBlocked(const WaitMeter& meter, int64_t threads = 1) {
  while (meter.Waiting() < threads) std::this_thread::yield();
}

}  // namespace lczero

#endif  // CC_SYNC_AWAIT_BLOCKED_FOR_TEST_H_
