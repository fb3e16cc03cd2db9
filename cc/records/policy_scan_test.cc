#include "cc/records/policy_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "cc/base/random.h"
#include "cc/testing/frames.h"
#include "cc/testing/real_games.h"

namespace lczero {
namespace {

using PolicyArray = std::array<float, kPolicySize>;

PolicyArray RandomPolicy(uint64_t seed) {
  const Frame frame = testing::RandomFrame(seed);
  PolicyArray policy;
  std::copy_n(frame.probabilities, kPolicySize, policy.begin());
  return policy;
}

bool IsGoodSlowly(const PolicyArray& policy) {
  const PolicySummary summary = SummarisePolicy(policy);
  return summary.all_finite && summary.any_legal &&
         std::abs(summary.legal_sum - 1) <= kPolicySumTolerance;
}

TEST(IsPlainlyGoodTest, SaysYesToEveryRealPolicy) {
  for (const auto& game : testing::RealGames()) {
    for (const Frame& frame : game) {
      ASSERT_TRUE(IsPlainlyGood(frame.probabilities));
    }
  }
}

// Each of these at every place, so that no lane and no rest is left out.
TEST(IsPlainlyGoodTest, SaysNoToAnyBadFloatAnywhere) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float nan = std::nanf("");
  const PolicyArray good = RandomPolicy(1);
  for (size_t i = 0; i < kPolicySize; ++i) {
    for (float bad : {nan, -nan, kInfinity, -kInfinity, 0.5f + good[i] + 1.0f,
                      std::numeric_limits<float>::max()}) {
      PolicyArray policy = good;
      policy[i] = bad;
      ASSERT_FALSE(IsPlainlyGood(policy)) << i << " " << bad;
      ASSERT_FALSE(IsPlainlyGoodSlowly(policy)) << i << " " << bad;
      ASSERT_FALSE(IsGoodSlowly(policy)) << i << " " << bad;
    }
  }
}

TEST(IsPlainlyGoodTest, IllegalIsWhateverIsNegative) {
  PolicyArray policy;
  policy.fill(-1.0f);
  EXPECT_FALSE(IsPlainlyGood(policy));
  policy[kPolicySize - 1] = 1.0f;
  EXPECT_TRUE(IsPlainlyGood(policy));
  policy[3] = -std::numeric_limits<float>::max();
  policy[4] = -0.0f;
  policy[5] = -std::numeric_limits<float>::denorm_min();
  EXPECT_TRUE(IsPlainlyGood(policy));
}

// It never says yes where the slow one says no, and says no where that one says
// yes only within a tenth of the tolerance.
TEST(IsPlainlyGoodTest, AgreesWithTheSlowSum) {
  Random random(7);
  int good = 0;
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    PolicyArray policy = RandomPolicy(seed);
    const auto scale = static_cast<float>(0.985 + 0.03 * random.Uniform());
    for (float& p : policy) p = p > 0 ? p * scale : p;
    const double off = std::abs(SummarisePolicy(policy).legal_sum - 1);
    for (const bool says_yes :
         {IsPlainlyGood(policy), IsPlainlyGoodSlowly(policy)}) {
      if (says_yes) {
        ++good;
        ASSERT_TRUE(IsGoodSlowly(policy)) << off;
      } else {
        ASSERT_GT(off, 0.899 * kPolicySumTolerance);
      }
    }
  }
  EXPECT_GT(good, 2 * 1500);
  EXPECT_LT(good, 2 * 2100);
}

TEST(LegalMovesTest, EqualTheSlowOnesWhateverTheBits) {
  Random random(9);
  PolicyArray policy;
  for (uint64_t round = 0; round < 300; ++round) {
    for (float& p : policy) {
      const uint64_t bits = random.Next();
      p = bits % 4 == 0
              ? std::bit_cast<float>(static_cast<uint32_t>(bits >> 32))
              : -1.0f;
    }
    ASSERT_EQ(LegalMoves(policy), LegalMovesSlowly(policy));
  }
}

TEST(LegalMovesTest, OneBitForEach) {
  PolicyArray policy;
  for (size_t i = 0; i < kPolicySize; ++i) {
    policy.fill(-1.0f);
    // One bit more than -1.
    policy[i] = std::nextafter(-1.0f, -2.0f);
    PolicyBits expected{};
    expected[i / 64] = uint64_t{1} << (i % 64);
    ASSERT_EQ(LegalMoves(policy), expected) << i;
  }
}

}  // namespace
}  // namespace lczero
