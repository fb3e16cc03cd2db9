#include "cc/chunks/tar_header.h"

#include <gtest/gtest.h>

#include "cc/chunks/tar_archive_for_test.h"

namespace lczero {
namespace {

std::optional<TarHeader> Parse(const TarBlockForTest& block) {
  return ParseTarHeader(TarBlock(
      reinterpret_cast<const std::byte*>(block.bytes.data()), kTarBlockBytes));
}

// Of a block whose size field holds these bytes; -1: refused.
int64_t SizeOf(std::string_view field) {
  TarBlockForTest block = UstarBlock("a", 0);
  block.Put(124, std::string(12, '\0')).Put(124, field).Seal();
  const std::optional<TarHeader> header = Parse(block);
  return header ? static_cast<int64_t>(header->size) : -1;
}

TEST(TarHeaderTest, ReadsNameSizeAndType) {
  const auto header = Parse(UstarBlock("games/a.gz", 1234, '5'));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->name, "games/a.gz");
  EXPECT_EQ(header->size, 1234u);
  EXPECT_EQ(header->type, '5');
}

TEST(TarHeaderTest, JoinsThePrefixOfUstarOnly) {
  EXPECT_EQ(Parse(UstarBlock("a.gz", 0, '0', "some/folder"))->name,
            "some/folder/a.gz");
  TarBlockForTest gnu = UstarBlock("a.gz", 0, '0', "13737245731");
  gnu.Put(257, std::string_view("ustar  \0", 8)).Seal();
  EXPECT_EQ(Parse(gnu)->name, "a.gz");
}

TEST(TarHeaderTest, AFullNameFieldHasNoTerminator) {
  const std::string name(100, 'n');
  EXPECT_EQ(Parse(UstarBlock(name, 0))->name, name);
}

TEST(TarHeaderTest, ReadsEveryFormOfSize) {
  EXPECT_EQ(SizeOf("00000002322\0"), 1234);
  EXPECT_EQ(SizeOf("       2322 "), 1234);
  EXPECT_EQ(SizeOf("000000002322"), 1234);
  EXPECT_EQ(SizeOf(""), 0);
  EXPECT_EQ(SizeOf(std::string_view("\x80\0\0\0\0\0\0\0\0\0\x04\xd2", 12)),
            1234);
  EXPECT_EQ(SizeOf(std::string_view("\x80\0\0\0\0\0\0\x03\0\0\0\0", 12)),
            int64_t{3} << 32);
}

TEST(TarHeaderTest, RefusesImpossibleSizes) {
  EXPECT_EQ(SizeOf("00000009322"), -1);
  EXPECT_EQ(SizeOf("-0000000001"), -1);
  EXPECT_EQ(SizeOf("0x4d2"), -1);
  EXPECT_EQ(SizeOf(std::string(12, '\xff')), -1);
  EXPECT_EQ(SizeOf("\x80\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"), -1);
}

TEST(TarHeaderTest, EveryBitFlipIsSeen) {
  const TarBlockForTest block = UstarBlock("games/a.gz", 1234);
  for (size_t bit = 0; bit < 512 * 8; ++bit) {
    TarBlockForTest flipped = block;
    flipped.bytes[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    const std::optional<TarHeader> header = Parse(flipped);
    // The checksum itself may be padded in several ways.
    const bool in_checksum = bit / 8 >= 148 && bit / 8 < 156;
    EXPECT_TRUE(!header || in_checksum) << bit;
    EXPECT_TRUE(!header || header->size == 1234u) << bit;
  }
}

TEST(TarHeaderTest, TakesTheSignedSumOfOldWriters) {
  TarBlockForTest block = UstarBlock("\xe9\xe9.gz", 7);
  int64_t sum = 0;
  block.Put(148, "        ");
  for (const char c : block.bytes) sum += static_cast<signed char>(c);
  block.PutOctal(148, 6, static_cast<uint64_t>(sum)).Put(154, {"\0 ", 2});
  ASSERT_TRUE(Parse(block));
  EXPECT_EQ(Parse(block)->size, 7u);
}

TEST(TarHeaderTest, AZeroBlockIsNoHeader) {
  const TarBlockForTest zeros;
  EXPECT_FALSE(Parse(zeros));
  EXPECT_TRUE(IsZeroBlock(
      TarBlock(reinterpret_cast<const std::byte*>(zeros.bytes.data()), 512)));
}

TEST(PaxRecordsTest, TakesPathAndSize) {
  PaxOverrides overrides;
  EXPECT_TRUE(
      ParsePaxRecords("30 mtime=1763767134.123456789\n"
                      "15 path=a=b.gz\n"
                      "13 size=1234\n",
                      overrides));
  EXPECT_EQ(overrides.path, "a=b.gz");
  EXPECT_EQ(overrides.size, 1234u);
}

TEST(PaxRecordsTest, NoRecordsNoOverrides) {
  PaxOverrides overrides;
  EXPECT_TRUE(ParsePaxRecords("", overrides));
  EXPECT_TRUE(ParsePaxRecords(std::string_view("\0\0", 2), overrides));
  EXPECT_FALSE(overrides.path);
  EXPECT_FALSE(overrides.size);
}

TEST(PaxRecordsTest, ReportsMalformedRecords) {
  for (const char* content :
       {"13", "13size=1234\n", "14 size=1234\n", "12 size=1234\n",
        "13 size=12x4\n", "13 size 1234\n", "99999999999999999999999 a=b\n",
        "0 a=b\n", "3 \n", "-3 a=b\n", "13 size=-123\n"}) {
    PaxOverrides overrides;
    EXPECT_FALSE(ParsePaxRecords(content, overrides)) << content;
    EXPECT_FALSE(overrides.size) << content;
  }
}

TEST(PaxRecordsTest, EveryTruncationIsSurvived) {
  const std::string whole = "15 path=a=b.gz\n13 size=1234\n";
  for (size_t size = 0; size < whole.size(); ++size) {
    PaxOverrides overrides;
    EXPECT_EQ(ParsePaxRecords(whole.substr(0, size), overrides),
              size == 0 || size == 15)
        << size;
  }
}

}  // namespace
}  // namespace lczero
