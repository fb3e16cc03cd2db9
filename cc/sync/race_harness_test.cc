#include "cc/sync/race_harness.h"

#include <gtest/gtest.h>

#include <atomic>

namespace lczero {
namespace {

TEST(RaceHarnessTest, RunsEveryRacerOnceBetweenSetupAndCheck) {
  std::atomic<int> runs = 0;
  int rounds = 0;
  RunRace(
      50, [&] { runs = 0; }, {[&] { ++runs; }, [&] { ++runs; }},
      [&] {
        EXPECT_EQ(runs, 2);
        ++rounds;
      });
  EXPECT_EQ(rounds, 50);
}

TEST(RaceHarnessTest, RacersRunAtTheSameTime) {
  // Each waits for the other within the round: one after the other would hang.
  std::atomic<int> arrived = 0;
  const auto meet = [&arrived] {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  };
  RunRace(
      20, [&] { arrived = 0; }, {meet, meet}, [&] { EXPECT_EQ(arrived, 2); });
}

}  // namespace
}  // namespace lczero
