#include "cc/loader/stats_rates.h"

#include <gtest/gtest.h>

namespace lczero {
namespace {

LoaderStats Totals(double uptime, uint64_t count, double busy_seconds) {
  LoaderStats stats;
  stats.uptime_seconds = uptime;
  StageStats& stage = stats.stages.emplace_back();
  stage.threads = 2;
  stage.busy_seconds = busy_seconds;
  stage.items.total = count;
  stage.positions.total = 10 * count;
  QueueStats& queue = stats.queues.emplace_back();
  queue.put.total = 3 * count;
  queue.get.total = 2 * count;
  queue.dropped.total = count;
  return stats;
}

TEST(FillRatesTest, RatesAreGrowthPerSecond) {
  LoaderStats stats = Totals(14.5, 100, 20.0);
  FillRates(Totals(10.0, 40, 10.0), Totals(12.0, 50, 13.0), stats);
  EXPECT_DOUBLE_EQ(stats.stages[0].items.rate, 5.0);
  EXPECT_DOUBLE_EQ(stats.stages[0].positions.rate, 50.0);
  EXPECT_DOUBLE_EQ(stats.stages[0].load, 1.5);
  EXPECT_DOUBLE_EQ(stats.queues[0].put.rate, 15.0);
  EXPECT_DOUBLE_EQ(stats.queues[0].get.rate, 10.0);
  EXPECT_DOUBLE_EQ(stats.queues[0].dropped.rate, 5.0);
  EXPECT_EQ(stats.stages[0].items.total, 100u) << "totals stay";
}

TEST(FillRatesTest, ACounterThatIsNewCountsFromZero) {
  LoaderStats older = Totals(1.0, 0, 0.0);
  LoaderStats newer = Totals(2.0, 0, 0.0);
  newer.stages[0].counters["bad.q"].total = 3;
  LoaderStats stats = newer;
  stats.stages[0].counters["bad.d"].total = 1;  // Since `newer` was taken.
  FillRates(older, newer, stats);
  EXPECT_DOUBLE_EQ(stats.stages[0].counters["bad.q"].rate, 3.0);
  EXPECT_DOUBLE_EQ(stats.stages[0].counters["bad.d"].rate, 0.0);
}

TEST(FillRatesTest, LoadStaysWithinTheThreads) {
  LoaderStats stats = Totals(2.0, 0, 0.0);
  FillRates(Totals(1.0, 0, 0.0), Totals(2.0, 0, 2.5), stats);
  EXPECT_EQ(stats.stages[0].load, 2.0);
  FillRates(Totals(1.0, 0, 1.0), Totals(2.0, 0, 0.5), stats);
  EXPECT_EQ(stats.stages[0].load, 0.0);
}

TEST(FillRatesTest, NoTimeMeansNoRates) {
  LoaderStats stats = Totals(2.0, 7, 1.0);
  FillRates(Totals(2.0, 1, 0.0), Totals(2.0, 7, 1.0), stats);
  EXPECT_EQ(stats.stages[0].items.rate, 0.0);
}

}  // namespace
}  // namespace lczero
