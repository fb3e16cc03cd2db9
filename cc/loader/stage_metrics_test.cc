#include "cc/loader/stage_metrics.h"

#include <gtest/gtest.h>

#include "cc/sync/race_harness.h"

namespace lczero {
namespace {

using std::chrono::seconds;

TEST(StageMetricsTest, BusyIsAliveWithoutWaits) {
  const WaitMeter::Clock::time_point start{};
  StageMetrics metrics;
  metrics.alive().Begin(start);
  metrics.alive().Begin(start);
  metrics.input_wait().Begin(start + seconds(1));
  metrics.input_wait().End(start + seconds(4));
  metrics.output_wait().Begin(start + seconds(8));
  const StageStats stats = metrics.Totals(start + seconds(10));
  EXPECT_DOUBLE_EQ(stats.input_wait_seconds, 3.0);
  EXPECT_DOUBLE_EQ(stats.output_wait_seconds, 2.0);
  EXPECT_DOUBLE_EQ(stats.busy_seconds, 15.0);
}

TEST(StageMetricsTest, NothingIsBelowZero) {
  const WaitMeter::Clock::time_point start{};
  StageMetrics metrics;
  metrics.alive().Begin(start + seconds(1));
  metrics.input_wait().Begin(start + seconds(2));
  const StageStats stats = metrics.Totals(start);
  EXPECT_EQ(stats.input_wait_seconds, 0.0);
  EXPECT_EQ(stats.busy_seconds, 0.0);
}

TEST(StageMetricsTest, CountersOfOneKindAppearOnceCounted) {
  StageMetrics metrics;
  EXPECT_TRUE(metrics.Totals({}).counters.empty());
  metrics.Count("bad.kings", 2);
  metrics.Count("bad.kings", 3);
  const StageStats stats = metrics.Totals({});
  ASSERT_EQ(stats.counters.size(), 1u);
  EXPECT_EQ(stats.counters.at("bad.kings").total, 5u);
}

TEST(StageMetricsTest, NoCountIsLostInARace) {
  constexpr int kRounds = 1000;
  StageMetrics metrics;
  const auto count = [&] {
    metrics.CountOutput(1, 10);
    metrics.Count("files", 1);
  };
  RunRace(
      kRounds, [] {}, {count, count, [&] { (void)metrics.Totals({}); }}, [] {});
  const StageStats stats = metrics.Totals({});
  EXPECT_EQ(stats.items.total, 2u * kRounds);
  EXPECT_EQ(stats.positions.total, 20u * kRounds);
  EXPECT_EQ(stats.counters.at("files").total, 2u * kRounds);
}

}  // namespace
}  // namespace lczero
