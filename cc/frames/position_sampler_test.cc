#include "cc/frames/position_sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

namespace lczero {
namespace {

// How often each position came out over visits [first, first + visits).
std::vector<int> Counts(const PositionSampler& sampler, uint64_t chunk,
                        uint64_t first, uint64_t visits, uint32_t positions) {
  std::vector<int> counts(positions);
  for (uint64_t visit = first; visit < first + visits; ++visit) {
    for (uint32_t i : sampler.Sample(chunk, visit, positions)) counts.at(i)++;
  }
  return counts;
}

TEST(PositionSamplerTest, OverOneOverPVisitsEachPositionOnce) {
  for (uint64_t inverse : {1, 2, 3, 4, 7, 20, 33, 100, 1000, 10000}) {
    const auto sampler =
        PositionSampler::ByRate(1.0 / static_cast<double>(inverse), 5);
    for (uint32_t positions : {1u, 2u, 19u, 20u, 137u, 500u}) {
      for (uint64_t first : {uint64_t{0}, uint64_t{3}, 7 * inverse + 1}) {
        EXPECT_EQ(Counts(sampler, positions, first, inverse, positions),
                  std::vector<int>(positions, 1))
            << inverse << " " << positions << " " << first;
      }
    }
  }
}

TEST(PositionSamplerTest, AVisitTakesItsShareRoundedEitherWay) {
  for (double rate : {0.05, 0.25, 0.3, 0.7, 0.123456, 1.0}) {
    const auto sampler = PositionSampler::ByRate(rate, 9);
    for (uint64_t visit = 0; visit < 50; ++visit) {
      const double taken =
          static_cast<double>(sampler.Sample(1, visit, 137).size());
      EXPECT_GE(taken, std::floor(rate * 137));
      EXPECT_LE(taken, std::ceil(rate * 137));
    }
  }
}

TEST(PositionSamplerTest, AnOddRateStaysBalancedAtEveryMoment) {
  const auto sampler = PositionSampler::ByRate(0.3, 11);
  EXPECT_EQ(Counts(sampler, 4, 2, 10, 101), std::vector<int>(101, 3));
  for (uint64_t visits = 1; visits < 40; ++visits) {
    const auto counts = Counts(sampler, 4, 0, visits, 101);
    const auto [low, high] = std::minmax_element(counts.begin(), counts.end());
    EXPECT_LE(*high - *low, 1) << visits;
  }
}

TEST(PositionSamplerTest, RoundedThirdsAreThirds) {
  const auto sampler = PositionSampler::ByRate(0.333333, 1);
  EXPECT_EQ(Counts(sampler, 8, 1, 3, 100), std::vector<int>(100, 1));
}

TEST(PositionSamplerTest, DependsOnSeedChunkAndVisitOnly) {
  const auto sampler = PositionSampler::ByRate(0.1, 21);
  const auto same = PositionSampler::ByRate(0.1, 21);
  const auto other = PositionSampler::ByRate(0.1, 22);
  EXPECT_EQ(sampler.Sample(3, 4, 200), same.Sample(3, 4, 200));
  EXPECT_NE(sampler.Sample(3, 4, 200), other.Sample(3, 4, 200));
  EXPECT_NE(sampler.Sample(3, 4, 200), sampler.Sample(5, 4, 200));
  EXPECT_NE(sampler.Sample(3, 4, 200), sampler.Sample(3, 5, 200));
}

TEST(PositionSamplerTest, ByCountAVisitTakesThatMany) {
  const auto sampler = PositionSampler::ByCount(8, 5);
  for (uint64_t visit = 0; visit < 30; ++visit) {
    EXPECT_EQ(sampler.Sample(3, visit, 137).size(), 8u);
    EXPECT_EQ(sampler.Sample(3, visit, 8).size(), 8u);
    EXPECT_EQ(sampler.Sample(3, visit, 5).size(), 5u);
    EXPECT_EQ(sampler.Sample(3, visit, 1).size(), 1u);
  }
}

TEST(PositionSamplerTest, ByCountNoPositionIsTakenTwiceBeforeAllWereOnce) {
  for (uint32_t count : {1u, 3u, 8u, 100u}) {
    const auto sampler = PositionSampler::ByCount(count, 5);
    for (uint32_t positions : {1u, 2u, 7u, 8u, 100u, 137u}) {
      for (uint64_t visits = 1; visits < 40; ++visits) {
        const auto counts = Counts(sampler, 4, 0, visits, positions);
        const auto [low, high] =
            std::minmax_element(counts.begin(), counts.end());
        EXPECT_LE(*high - *low, 1)
            << count << " " << positions << " " << visits;
      }
    }
  }
}

TEST(PositionSamplerTest, ByCountLateVisitsGoOnWhereTheCircleStands) {
  const auto sampler = PositionSampler::ByCount(8, 5);
  EXPECT_EQ(sampler.Sample(3, 2, 137), sampler.Sample(3, 2 + 137, 137));
  const uint64_t late = uint64_t{1} << 60;
  EXPECT_EQ(sampler.Sample(3, late, 137).size(), 8u);
}

TEST(PositionSamplerTest, AnEmptyChunkGivesNothing) {
  EXPECT_TRUE(PositionSampler::ByCount(5, 1).Sample(1, 1, 0).empty());
  EXPECT_TRUE(PositionSampler::ByRate(0.5, 1).Sample(1, 1, 0).empty());
}

// Over many chunks, the chance of each position at one visit is p. 20,000
// draws of probability 0.1 have a standard deviation of 0.0021; the tolerance
// is five of them.
TEST(PositionSamplerTest, EveryPositionHasTheSameChance) {
  const auto sampler = PositionSampler::ByRate(0.1, 33);
  constexpr uint32_t kPositions = 7;
  constexpr int kChunks = 20000;
  std::vector<int> counts(kPositions);
  for (uint64_t chunk = 0; chunk < kChunks; ++chunk) {
    for (uint32_t i : sampler.Sample(chunk, 0, kPositions)) counts[i]++;
  }
  for (int count : counts) {
    EXPECT_NEAR(static_cast<double>(count) / kChunks, 0.1, 0.0106);
  }
}

}  // namespace
}  // namespace lczero
