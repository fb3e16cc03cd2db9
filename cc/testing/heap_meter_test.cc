#include "cc/testing/heap_meter.h"

#include <gtest/gtest.h>

namespace lczero::testing {
namespace {

struct alignas(256) Aligned {
  char bytes[256];
};

// A compiler may leave out a block that nobody looks at.
template <typename T>
T* Looked(T* block) {
  *reinterpret_cast<volatile char*>(block) = 1;
  return block;
}

TEST(HeapMeterTest, CountsWhatIsThere) {
#ifdef LC_HEAP_IS_NOT_METERED
  GTEST_SKIP() << "sanitizers have operators of their own";
#endif
  const HeapUse before = GetHeapUse();
  char* const buffer = Looked(new char[100'000]);
  Aligned* const aligned = Looked(new Aligned);
  const HeapUse with = GetHeapUse();
  delete[] buffer;
  delete aligned;
  const HeapUse after = GetHeapUse();
  EXPECT_EQ(with.blocks, before.blocks + 2);
  EXPECT_GE(with.bytes, before.bytes + 100'256);
  EXPECT_EQ(after.blocks, before.blocks);
  EXPECT_EQ(after.bytes, before.bytes);
}

TEST(HeapMeterTest, RemembersTheMostAndTheLargest) {
#ifdef LC_HEAP_IS_NOT_METERED
  GTEST_SKIP() << "sanitizers have operators of their own";
#endif
  ResetHeapRecords();
  const HeapUse before = GetHeapUse();
  EXPECT_EQ(before.peak_bytes, before.bytes);
  EXPECT_EQ(before.largest_block, 0);
  for (int i = 0; i < 2; ++i) {
    delete[] Looked(new char[1'000'000]);
  }
  const HeapUse after = GetHeapUse();
  EXPECT_GE(after.peak_bytes, before.bytes + 1'000'000);
  EXPECT_LT(after.peak_bytes, before.bytes + 2'000'000);
  EXPECT_GE(after.largest_block, 1'000'000);
  EXPECT_LT(after.largest_block, 1'100'000);
}

}  // namespace
}  // namespace lczero::testing
