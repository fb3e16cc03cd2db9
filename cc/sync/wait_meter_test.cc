#include "cc/sync/wait_meter.h"

#include <gtest/gtest.h>

#include <chrono>

namespace lczero {
namespace {

using std::chrono::seconds;

WaitMeter::Clock::time_point At(int second) {
  return WaitMeter::Clock::time_point(seconds(second));
}

TEST(WaitMeterTest, SumsFinishedWaits) {
  WaitMeter meter;
  meter.Begin(At(10));
  meter.End(At(12));
  meter.Begin(At(20));
  meter.End(At(23));
  EXPECT_EQ(meter.Total(At(100)), seconds(5));
}

TEST(WaitMeterTest, AWaitThatGoesOnCounts) {
  WaitMeter meter;
  meter.Begin(At(10));
  EXPECT_EQ(meter.Total(At(13)), seconds(3));
  EXPECT_EQ(meter.Waiting(), 1);
}

TEST(WaitMeterTest, OverlappingWaitsAddUp) {
  WaitMeter meter;
  meter.Begin(At(10));
  meter.Begin(At(11));
  EXPECT_EQ(meter.Total(At(12)), seconds(3));
  meter.End(At(13));
  EXPECT_EQ(meter.Total(At(20)), seconds(12));
  meter.End(At(20));
  EXPECT_EQ(meter.Total(At(99)), seconds(12));
  EXPECT_EQ(meter.Waiting(), 0);
}

TEST(WaitScopeTest, CountsOnlyAfterStart) {
  WaitMeter meter;
  {
    WaitScope scope(&meter);
  }
  EXPECT_EQ(meter.Total(), seconds(0));
  {
    WaitScope scope(&meter);
    scope.Start();
    scope.Start();
    EXPECT_EQ(meter.Waiting(), 1);
  }
  EXPECT_EQ(meter.Waiting(), 0);
}

TEST(WaitScopeTest, ANullMeterIsAllowed) {
  WaitScope scope(nullptr);
  scope.Start();
}

}  // namespace
}  // namespace lczero
