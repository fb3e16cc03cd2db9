#include "cc/base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace lczero {
namespace {

TEST(RandomTest, FollowsTheReferenceAlgorithm) {
  // splitmix64 of seed 0 is published; xoshiro256** is worked by hand from it:
  // the first output is rotl(words[1] * 5, 7) * 9.
  const Random random(0);
  EXPECT_EQ(random.state().words[0], 0xE220A8397B1DCDAFu);
  EXPECT_EQ(random.state().words[1], 0x6E789E6AA1B965F4u);
  EXPECT_EQ(random.state().words[2], 0x06C45D188009454Fu);
  EXPECT_EQ(random.state().words[3], 0xF88BB8A8724C81ECu);
  EXPECT_EQ(Random(random).Next(), 0x99EC5F36CB75F2B4u);
}

TEST(RandomTest, SameSeedSameNumbers) {
  Random a(7), b(7), c(8);
  bool all_equal = true;
  for (int i = 0; i < 100; ++i) {
    const uint64_t value = a.Next();
    EXPECT_EQ(value, b.Next());
    all_equal &= value == c.Next();
  }
  EXPECT_FALSE(all_equal);
}

TEST(RandomTest, StateContinuesWhereItWasTaken) {
  Random a(7);
  for (int i = 0; i < 10; ++i) a.Next();
  Random b(a.state());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a.Next(), b.Next());
  EXPECT_EQ(a.Fork(3).Next(), b.Fork(3).Next());
}

TEST(RandomTest, ForksDependOnSeedAndStreamOnly) {
  Random random(7);
  const uint64_t before = random.Fork(1).Next();
  random.Next();
  EXPECT_EQ(random.Fork(1).Next(), before);
  std::set<uint64_t> firsts = {Random(random.state()).Next()};
  for (uint64_t stream = 0; stream < 100; ++stream) {
    firsts.insert(random.Fork(stream).Next());
    firsts.insert(random.Fork(stream).Fork(stream).Next());
  }
  EXPECT_EQ(firsts.size(), 201u);
}

// Chi-squared over the buckets: its mean is buckets - 1, its standard deviation
// sqrt(2 * (buckets - 1)); five of them is the tolerance.
void ExpectUniform(const std::vector<int>& counts) {
  double total = 0, chi_squared = 0;
  for (int count : counts) total += count;
  const double expected = total / static_cast<double>(counts.size());
  for (int count : counts) {
    chi_squared += (count - expected) * (count - expected) / expected;
  }
  const double freedom = static_cast<double>(counts.size()) - 1;
  EXPECT_LT(std::abs(chi_squared - freedom), 5 * std::sqrt(2 * freedom));
}

TEST(RandomTest, BelowIsUniform) {
  Random random(7);
  std::vector<int> counts(11);
  for (int i = 0; i < 110000; ++i) ++counts[random.Below(11)];
  ExpectUniform(counts);
}

TEST(RandomTest, BelowHasNoModuloBias) {
  // With bound 3 * 2^62 a plain modulo hits the lowest third twice as often.
  Random random(7);
  const uint64_t third = uint64_t{1} << 62;
  std::vector<int> counts(3);
  for (int i = 0; i < 30000; ++i) ++counts[random.Below(3 * third) / third];
  ExpectUniform(counts);
}

TEST(RandomTest, BelowOneIsZero) { EXPECT_EQ(Random(7).Below(1), 0u); }

TEST(RandomTest, UniformFillsTheUnitInterval) {
  Random random(7);
  std::vector<int> counts(20);
  for (int i = 0; i < 100000; ++i) {
    const double value = random.Uniform();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    ++counts[static_cast<size_t>(value * 20)];
  }
  ExpectUniform(counts);
}

}  // namespace
}  // namespace lczero
