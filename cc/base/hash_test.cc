#include "cc/base/hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>

namespace lczero {
namespace {

TEST(HashTest, MixBitsIsSplitmix64) {
  EXPECT_EQ(MixBits(0), 0xE220A8397B1DCDAFu);
}

TEST(HashTest, ValuesNeverChange) {
  EXPECT_EQ(HashBytes(""), 0xE220A8397B1DCDAFu);
  EXPECT_EQ(HashBytes("training-run1-test80-20251122-0017.tar"),
            0xF3F633A20FC8DC6Du);
  EXPECT_EQ(HashCombine(1, 2), 0xBCD9DBB49673066Bu);
}

TEST(HashTest, LengthAndEveryByteMatter) {
  std::set<uint64_t> hashes;
  std::string zeros;
  for (int i = 0; i < 20; ++i) {
    hashes.insert(HashBytes(zeros));
    zeros += '\0';
  }
  for (size_t i = 0; i < zeros.size(); ++i) {
    std::string changed = zeros;
    changed[i] = '\x01';
    hashes.insert(HashBytes(changed));
  }
  EXPECT_EQ(hashes.size(), 40u);
}

TEST(HashTest, CombineIsOrdered) {
  EXPECT_NE(HashCombine(1, 2), HashCombine(2, 1));
  EXPECT_NE(HashCombine(0, 0), HashCombine(0, HashCombine(0, 0)));
}

TEST(HashTest, OneBitChangesAboutHalfOfTheBits) {
  // 640 pairs; the mean of their distances has a standard deviation of 0.16
  // bits, so 1 is six of them.
  double flipped = 0;
  for (int seed = 0; seed < 10; ++seed) {
    for (int bit = 0; bit < 64; ++bit) {
      const uint64_t x = MixBits(static_cast<uint64_t>(seed));
      flipped += std::popcount(HashCombine(1, x) ^
                               HashCombine(1, x ^ (uint64_t{1} << bit)));
    }
  }
  EXPECT_NEAR(flipped / 640, 32, 1);
}

}  // namespace
}  // namespace lczero
