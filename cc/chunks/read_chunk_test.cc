#include "cc/chunks/read_chunk.h"

#include <gtest/gtest.h>

#include <span>

#include "cc/base/crc32.h"
#include "cc/chunks/chunk_source.h"
#include "cc/testing/chunk_files.h"

namespace lczero {
namespace {

using testing::Bytes;

Bytes ToBytes(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string Read(const Bytes& file, const ChunkPlace& place) {
  const auto content = ReadChunk(RandomAccessMemory(file), place, "x.tar#3");
  return content ? std::string(content->inflated().text())
                 : "error: " + content.error().message;
}

TEST(ReadChunkTest, ReadsRawAndGzippedBytes) {
  EXPECT_EQ(
      Read(ToBytes("..game."), {.offset = 2, .size = 4, .is_gzip = false}),
      "game");
  const Bytes member = testing::Gzip(ToBytes("game"));
  for (const bool is_gzip : {true, false}) {
    EXPECT_EQ(
        Read(member, {.offset = 0, .size = member.size(), .is_gzip = is_gzip}),
        "game");
  }
}

Result<ChunkContent> ReadWhole(const Bytes& file, uint32_t good_crc32 = 0) {
  const ChunkPlace whole = {.offset = 0, .size = file.size(), .is_gzip = false};
  return ReadChunk(RandomAccessMemory(file), whole, "x", good_crc32);
}

TEST(ReadChunkTest, TheChecksumIsThatOfTheStoredBytes) {
  for (const Bytes& file :
       {ToBytes("a game"), testing::Gzip(ToBytes("a game"))}) {
    EXPECT_EQ(ReadWhole(file)->stored_crc32(), Crc32(file));
  }
}

TEST(ReadChunkTest, OnlyWhatIsStoredAsItWasGoodIsTrusted) {
  // Its own checksum is wrong, which shows whether that was looked at.
  Bytes member = testing::Gzip(ToBytes("a game"));
  member[member.size() - 8] ^= std::byte{1};
  const uint32_t crc32 = Crc32(member);
  EXPECT_FALSE(ReadWhole(member));
  EXPECT_FALSE(ReadWhole(member, crc32 + 1));
  auto trusted = ReadWhole(member, crc32);
  ASSERT_TRUE(trusted) << trusted.error().message;
  EXPECT_EQ(trusted->size(), 6u);
  ASSERT_TRUE(trusted->All());
  EXPECT_EQ(trusted->inflated().text(), "a game");
}

TEST(ReadChunkTest, WhatIsTrustedIsInflatedWhenSomebodyLooks) {
  const Bytes member = testing::Gzip(ToBytes("a game"));
  EXPECT_EQ(ReadWhole(member)->inflated().size(), 6u);
  EXPECT_EQ(ReadWhole(member, Crc32(member))->inflated().size(), 0u);
}

TEST(ReadChunkTest, NothingIsTrustedWithAnImpossibleSize) {
  Bytes member = testing::Gzip(ToBytes("a game"));
  member.back() = std::byte{0x7f};
  const auto content = ReadWhole(member, Crc32(member));
  ASSERT_FALSE(content);
  EXPECT_TRUE(content.error().message.starts_with(
      "chunk x: gzip member of " + std::to_string(member.size()) +
      " bytes declares 2130706438 bytes"))
      << content.error().message;
}

TEST(ReadChunkTest, ErrorsNameTheChunk) {
  const Bytes file = ToBytes("no gzip");
  EXPECT_TRUE(Read(file, {.offset = 0, .size = 7, .is_gzip = true})
                  .starts_with("error: chunk x.tar#3: gzip member of 7 bytes"));
  EXPECT_TRUE(Read(file, {.offset = 4, .size = 7, .is_gzip = false})
                  .starts_with("error: chunk x.tar#3: memory ends at byte 7"));
  EXPECT_TRUE(
      Read(file, {.offset = 0, .size = kMaxChunkBytes + 1, .is_gzip = false})
          .starts_with("error: chunk x.tar#3: size 67108865 bytes is more"));
}

}  // namespace
}  // namespace lczero
