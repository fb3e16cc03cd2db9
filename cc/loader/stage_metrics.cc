#include "cc/loader/stage_metrics.h"

#include <algorithm>

namespace lczero {

void StageMetrics::Count(std::string_view key, uint64_t amount) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto place = counters_.find(key);
  if (place == counters_.end()) {
    place = counters_.emplace(key, 0).first;
  }
  place->second += amount;
}

StageStats StageMetrics::Totals(WaitMeter::Clock::time_point now) const {
  const auto seconds = [now](const WaitMeter& meter) {
    // A wait that began after `now` was read counts a little below zero.
    return std::max(0.0,
                    std::chrono::duration<double>(meter.Total(now)).count());
  };
  StageStats stats;
  stats.input_wait_seconds = seconds(input_wait_);
  stats.output_wait_seconds = seconds(output_wait_);
  stats.busy_seconds =
      std::max(0.0, seconds(alive_) - stats.input_wait_seconds -
                        stats.output_wait_seconds);
  stats.items.total = items_.load(std::memory_order_relaxed);
  stats.positions.total = positions_.load(std::memory_order_relaxed);
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [key, total] : counters_) {
    stats.counters[key].total = total;
  }
  return stats;
}

}  // namespace lczero
