#include "cc/chunks/pool/one_or_many.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "cc/testing/heap_meter.h"

namespace lczero {
namespace {

struct Item {
  uint32_t a = 7;
  uint32_t b = 0;
};

TEST(OneOrManyTest, ElementsAreThereFromTheStart) {
  for (uint32_t size = 0; size < 5; ++size) {
    OneOrMany<Item> items(size);
    ASSERT_EQ(items.size(), size);
    uint32_t count = 0;
    for (const Item& item : std::as_const(items)) {
      EXPECT_EQ(item.a, 7u);
      EXPECT_EQ(item.b, 0u);
      ++count;
    }
    EXPECT_EQ(count, size);
  }
}

TEST(OneOrManyTest, ElementsMoveWithIt) {
  for (uint32_t size = 0; size < 5; ++size) {
    OneOrMany<Item> from(size);
    for (uint32_t i = 0; i < size; ++i) from[i].b = i;
    OneOrMany<Item> to(std::move(from));
    OneOrMany<Item> other(3);
    other = std::move(to);
    ASSERT_EQ(other.size(), size);
    for (uint32_t i = 0; i < size; ++i) {
      EXPECT_EQ(std::as_const(other)[i].b, i);
    }
  }
}

TEST(OneOrManyTest, OneTakesNothingElse) {
  static_assert(sizeof(OneOrMany<Item>) == 16);
#ifndef LC_HEAP_IS_NOT_METERED
  const int64_t before = testing::GetHeapUse().blocks;
  const OneOrMany<Item> none, one(1);
  EXPECT_EQ(testing::GetHeapUse().blocks, before);
  {
    const OneOrMany<Item> two(2);
    // So that the compiler sees a use of the block.
    const void* volatile place = two.begin();
    EXPECT_NE(place, nullptr);
    EXPECT_EQ(testing::GetHeapUse().blocks, before + 1);
  }
  EXPECT_EQ(testing::GetHeapUse().blocks, before);
#endif
}

}  // namespace
}  // namespace lczero
