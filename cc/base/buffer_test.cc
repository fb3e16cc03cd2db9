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

TEST(BufferTest, LargeBlocksAreUsedAgain) {
  const std::byte* block = nullptr;
  {
    const Buffer large(2 * Buffer::kSpareFrom);
    block = large.data();
  }
  const Buffer smaller(Buffer::kSpareFrom);
  EXPECT_EQ(smaller.data(), block);
  EXPECT_EQ(smaller.size(), Buffer::kSpareFrom);
  const Buffer another(Buffer::kSpareFrom);
  EXPECT_NE(another.data(), block);
}

TEST(BufferTest, TheLargestBlockIsKept) {
  const std::byte* block = nullptr;
  {
    const Buffer small(Buffer::kSpareFrom);
    const Buffer large(3 * Buffer::kSpareFrom);
    block = large.data();
  }
  EXPECT_EQ(Buffer(3 * Buffer::kSpareFrom).data(), block);
}

// Writes whole blocks, for sanitizers to see.
TEST(BufferTest, AssignmentLetsGoOfWhatWasThere) {
  Buffer a(2 * Buffer::kSpareFrom);
  for (size_t i = 0; i < 5; ++i) {
    a = Buffer((i + 1) * Buffer::kSpareFrom);
    std::memset(a.data(), 1, a.size());
  }
  a = Buffer();
  EXPECT_EQ(a.size(), 0u);
}

TEST(BufferDeathTest, TruncateCannotGrow) {
  EXPECT_DEATH(Buffer(3).Truncate(4), "may only shrink");
}

}  // namespace
}  // namespace lczero
