#include "cc/loader/ticker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace lczero {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(TickerTest, TicksUntilStopped) {
  std::atomic<int> ticks = 0;
  std::latch three(3);
  Ticker ticker(milliseconds(1), [&] {
    if (++ticks <= 3) three.count_down();
  });
  three.wait();
  ticker.Stop();
  const int after_stop = ticks;
  ticker.Stop();
  EXPECT_EQ(ticks, after_stop);
}

TEST(TickerTest, StopDoesNotWaitForTheNextTick) {
  Ticker ticker(hours(1), [] { FAIL() << "an hour has not passed"; });
  ticker.Stop();
}

}  // namespace
}  // namespace lczero
