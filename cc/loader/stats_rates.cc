#include "cc/loader/stats_rates.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "cc/base/check.h"

namespace lczero {
namespace {

uint64_t TotalOf(const StageStats& stats, const std::string& key) {
  const auto place = stats.counters.find(key);
  return place == stats.counters.end() ? 0 : place->second.total;
}

double Rate(uint64_t older, uint64_t newer, double seconds) {
  return static_cast<double>(newer - older) / seconds;
}

void SetRate(const Counter& older, const Counter& newer, double seconds,
             Counter& counter) {
  counter.rate = Rate(older.total, newer.total, seconds);
}

void FillStage(const StageStats& older, const StageStats& newer, double seconds,
               StageStats& stats) {
  stats.load = std::clamp((newer.busy_seconds - older.busy_seconds) / seconds,
                          0.0, static_cast<double>(stats.threads));
  SetRate(older.items, newer.items, seconds, stats.items);
  SetRate(older.positions, newer.positions, seconds, stats.positions);
  for (auto& [key, counter] : stats.counters) {
    counter.rate = Rate(TotalOf(older, key), TotalOf(newer, key), seconds);
  }
}

void FillQueue(const QueueStats& older, const QueueStats& newer, double seconds,
               QueueStats& stats) {
  SetRate(older.put, newer.put, seconds, stats.put);
  SetRate(older.get, newer.get, seconds, stats.get);
  SetRate(older.dropped, newer.dropped, seconds, stats.dropped);
}

}  // namespace

void FillRates(const LoaderStats& older, const LoaderStats& newer,
               LoaderStats& stats) {
  const double seconds = newer.uptime_seconds - older.uptime_seconds;
  if (seconds <= 0.0) return;
  LC_CHECK(older.stages.size() == stats.stages.size() &&
               newer.stages.size() == stats.stages.size() &&
               older.queues.size() == stats.queues.size() &&
               newer.queues.size() == stats.queues.size(),
           "statistics of one loader");
  for (size_t i = 0; i < stats.stages.size(); ++i) {
    FillStage(older.stages[i], newer.stages[i], seconds, stats.stages[i]);
  }
  for (size_t i = 0; i < stats.queues.size(); ++i) {
    FillQueue(older.queues[i], newer.queues[i], seconds, stats.queues[i]);
  }
}

}  // namespace lczero
