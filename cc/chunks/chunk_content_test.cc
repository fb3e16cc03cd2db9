#include "cc/chunks/chunk_content.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <utility>

#include "cc/base/random.h"
#include "cc/testing/chunk_files.h"

namespace lczero {
namespace {

using testing::Bytes;

Bytes SomeContent() {
  Random random(1);
  Bytes content(100'000);
  for (std::byte& byte : content)
    byte = static_cast<std::byte>(random.Below(4));
  return content;
}

Buffer BufferWith(const Bytes& bytes) {
  Buffer buffer(bytes.size());
  std::ranges::copy(bytes, buffer.data());
  return buffer;
}

bool Begins(const Bytes& content, std::span<const std::byte> first) {
  return std::ranges::equal(std::span(content).first(first.size()), first);
}

TEST(ChunkContentTest, WhatIsThereIsGivenAsItIs) {
  const Bytes bytes = SomeContent();
  ChunkContent content(BufferWith(bytes), 17);
  EXPECT_EQ(content.stored_crc32(), 17u);
  EXPECT_EQ(content.size(), bytes.size());
  const std::byte* const at = content.inflated().data();
  EXPECT_EQ(content.First(10)->data(), at);
  EXPECT_TRUE(std::ranges::equal(*content.All(), bytes));
  EXPECT_EQ(ChunkContent().size(), 0u);
  EXPECT_TRUE(ChunkContent().All()->empty());
}

TEST(ChunkContentTest, AMemberIsInflatedAsFarAsSomebodyLooks) {
  const Bytes bytes = SomeContent();
  ChunkContent content(BufferWith(testing::Gzip(bytes)), bytes.size(), 17);
  EXPECT_EQ(content.stored_crc32(), 17u);
  EXPECT_EQ(content.size(), bytes.size());
  EXPECT_EQ(content.inflated().size(), 0u);
  for (const size_t count : {1000, 50'000}) {
    const auto first = *content.First(count);
    EXPECT_GE(first.size(), count);
    EXPECT_LE(first.size(), count + 258);
    EXPECT_TRUE(Begins(bytes, first));
  }
  // Nothing is inflated twice that is there.
  const auto first = *content.First(10);
  EXPECT_GE(first.size(), 50'000u);
  ChunkContent moved = std::move(content);
  EXPECT_EQ(moved.First(10)->data(), first.data());
  EXPECT_TRUE(std::ranges::equal(*moved.All(), bytes));
}

TEST(ChunkContentTest, ADamagedMemberIsAnErrorEachTime) {
  const Bytes bytes = SomeContent();
  Bytes member = testing::Gzip(bytes);
  member[20] ^= std::byte{0xff};
  ChunkContent content(BufferWith(member), bytes.size(), 17);
  for (int i = 0; i < 2; ++i) {
    const auto all = content.All();
    ASSERT_FALSE(all);
    EXPECT_EQ(all.error().code, ErrorCode::kCorruptData);
    EXPECT_EQ(content.inflated().size(), 0u);
  }
}

}  // namespace
}  // namespace lczero
