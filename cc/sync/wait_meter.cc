#include "cc/sync/wait_meter.h"

namespace lczero {

void WaitMeter::Begin(Clock::time_point now) {
  std::lock_guard<std::mutex> lock(mutex_);
  balance_ -= now.time_since_epoch();
  ++waiting_;
}

void WaitMeter::End(Clock::time_point now) {
  std::lock_guard<std::mutex> lock(mutex_);
  balance_ += now.time_since_epoch();
  --waiting_;
}

std::chrono::nanoseconds WaitMeter::Total(Clock::time_point now) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return balance_ + waiting_ * now.time_since_epoch();
}

int64_t WaitMeter::Waiting() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return waiting_;
}

}  // namespace lczero
