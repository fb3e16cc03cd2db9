#include "cc/loader/ticker.h"

#include <utility>

namespace lczero {

Ticker::Ticker(std::chrono::nanoseconds period, std::function<void()> tick)
    : period_(period),
      tick_(std::move(tick)),
      worker_({.name = "ticker",
               .threads = 1,
               .body = [this](int) { return Run(); },
               .on_finished = {},
               .on_error = {}}) {}

Ticker::~Ticker() { Stop(); }

void Ticker::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    stop_changed_.NotifyAll();
  }
  (void)worker_.Join();
}

Result<void> Ticker::Run() {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  Clock::time_point next = start + period_;
  while (WaitUntil(next)) {
    tick_();
    next = start + ((Clock::now() - start) / period_ + 1) * period_;
  }
  return MakeError(ErrorCode::kCancelled, "the ticker was stopped");
}

bool Ticker::WaitUntil(std::chrono::steady_clock::time_point deadline) {
  std::lock_guard<std::mutex> lock(mutex_);
  while (!stopped_ && std::chrono::steady_clock::now() < deadline) {
    stop_changed_.WaitUntil(mutex_, deadline);
  }
  return !stopped_;
}

}  // namespace lczero
