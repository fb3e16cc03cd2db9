#include "cc/base/buffer.h"

#include <gtest/gtest.h>

#include <cstring>

namespace lczero {
namespace {

TEST(BufferTest, HoldsBytes) {
  Buffer buffer(3);
  std::memcpy(buffer.data(), "abc", 3);
  EXPECT_EQ(buffer.text(), "abc");
  EXPECT_EQ(buffer.bytes()[1], std::byte{'b'});
}

TEST(BufferTest, MoveLeavesAnEmptyBuffer) {
  Buffer a(3);
  std::memcpy(a.data(), "abc", 3);
  Buffer b = std::move(a);
  EXPECT_EQ(a.size(), 0u);  // NOLINT: the moved-from state is the contract.
  a = std::move(b);
  EXPECT_EQ(b.size(), 0u);
  EXPECT_EQ(a.text(), "abc");
}

TEST(BufferTest, TruncateKeepsTheFirstBytes) {
  Buffer buffer(3);
  std::memcpy(buffer.data(), "abc", 3);
  buffer.Truncate(2);
  EXPECT_EQ(buffer.text(), "ab");
}

TEST(BufferTest, EmptyIsUsable) {
  EXPECT_EQ(Buffer().text(), "");
  EXPECT_TRUE(Buffer(0).bytes().empty());
}

TEST(BufferDeathTest, TruncateCannotGrow) {
  EXPECT_DEATH(Buffer(3).Truncate(4), "may only shrink");
}

}  // namespace
}  // namespace lczero
