#include "cc/chunks/gzip.h"

#include <gtest/gtest.h>

#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "cc/base/random.h"
#include "cc/testing/chunk_files.h"

namespace lczero {
namespace {

using testing::Bytes;
using testing::Gzip;

constexpr size_t kLimit = 1 << 20;

Bytes ToBytes(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Bytes SetDeclaredSize(Bytes member, uint32_t size) {
  for (size_t i = 0; i < 4; ++i) {
    member[member.size() - 4 + i] = static_cast<std::byte>(size >> (8 * i));
  }
  return member;
}

std::string Inflate(const Bytes& compressed, size_t limit = kLimit) {
  const Result<Buffer> out = InflateGzip(compressed, limit);
  if (out) return std::string(out->text());
  EXPECT_EQ(out.error().code, ErrorCode::kCorruptData);
  return "error: " + out.error().message;
}

TEST(GzipTest, Inflates) {
  const std::string text = "a game of chess, a game of chess, a game of chess";
  EXPECT_EQ(Inflate(Gzip(ToBytes(text))), text);
  EXPECT_EQ(Inflate(Gzip({})), "");
}

TEST(GzipTest, InflatesTheGreatestRatio) {
  const Bytes zeros(kLimit);
  EXPECT_EQ(Inflate(Gzip(zeros)), std::string(kLimit, '\0'));
}

TEST(GzipTest, EveryTruncationIsReported) {
  const Bytes member = Gzip(ToBytes("a game of chess"));
  for (size_t size = 0; size < member.size(); ++size) {
    const Bytes cut(member.begin(),
                    member.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(Inflate(cut).starts_with("error: gzip member of " +
                                         std::to_string(size) + " bytes"))
        << size;
  }
}

TEST(GzipTest, NoBitFlipGivesOtherContent) {
  const std::string text = "a game of chess";
  const Bytes member = Gzip(ToBytes(text));
  int survived = 0;
  for (size_t bit = 0; bit < member.size() * 8; ++bit) {
    Bytes flipped = member;
    flipped[bit / 8] ^= std::byte{1} << (bit % 8);
    const std::string result = Inflate(flipped);
    survived += result == text ? 1 : 0;
    EXPECT_TRUE(result == text || result.starts_with("error: ")) << bit;
  }
  // What carries nothing: the header's time, hint and system bytes (6), the bit
  // that says that the content is text, and up to 7 bits of padding.
  EXPECT_GE(survived, 6 * 8 + 1);
  EXPECT_LE(survived, 6 * 8 + 1 + 7);
}

// A member whose header has a file name, as gzip writes it.
Bytes WithFileName(Bytes member) {
  member[3] |= std::byte{8};
  const Bytes name = ToBytes("game.bin");
  auto at = member.insert(member.begin() + 10, name.begin(), name.end());
  member.insert(at + static_cast<std::ptrdiff_t>(name.size()), std::byte{0});
  return member;
}

std::string InflateFirst(const Bytes& compressed, size_t count) {
  const Result<Buffer> out = InflateGzipFirst(compressed, count);
  return out ? std::string(out->text()) : "error: " + out.error().message;
}

// Text as games are: what was there comes again, sometimes.
std::string LongText(size_t size) {
  Random random(1);
  std::string text;
  while (text.size() < size) {
    const size_t length = 1 + random.Below(400);
    if (random.Below(2) == 0 || text.size() < length) {
      for (size_t i = 0; i < length; ++i) {
        text += static_cast<char>('a' + random.Below(26));
      }
    } else {
      text += text.substr(random.Below(text.size() - length), length);
    }
  }
  text.resize(size);
  return text;
}

TEST(GzipTest, TheFirstBytesAreInflatedAndFewMore) {
  const std::string text = LongText(300'000);
  const Bytes member = Gzip(ToBytes(text));
  EXPECT_EQ(*InflatedSize(member, kLimit), text.size());
  for (const size_t count : {0, 1, 257, 258, 8356, 131'071, 299'999, 300'000}) {
    const std::string first = InflateFirst(member, count);
    EXPECT_GE(first.size(), count);
    EXPECT_LE(first.size(), count + 258);
    EXPECT_TRUE(text.starts_with(first)) << count;
  }
}

TEST(GzipTest, TheFirstBytesComeAlsoFromBlocksThatAreStoredAsTheyAre) {
  Random random(2);
  std::string noise(200'000, '\0');
  for (char& byte : noise) byte = static_cast<char>(random.Next());
  const Bytes member = Gzip(ToBytes(noise));
  ASSERT_GT(member.size(), noise.size());
  for (const size_t count : {1, 1000, 65'535, 70'000, 199'999, 200'000}) {
    const std::string first = InflateFirst(member, count);
    EXPECT_GE(first.size(), count);
    EXPECT_TRUE(noise.starts_with(first)) << count;
  }
}

TEST(GzipTest, NothingBehindTheFirstBytesIsLookedAt) {
  const std::string text = LongText(300'000);
  Bytes member = Gzip(ToBytes(text));
  member[member.size() - 8] ^= std::byte{1};
  EXPECT_TRUE(Inflate(member).starts_with("error: "));
  EXPECT_EQ(InflateFirst(member, text.size()), text);
  // Its second half is missing.
  member.erase(member.begin() + static_cast<std::ptrdiff_t>(member.size() / 2),
               member.end() - 8);
  EXPECT_TRUE(text.starts_with(InflateFirst(member, 10'000)));
  EXPECT_NE(InflateFirst(member, text.size()).find("the 300000 bytes"),
            std::string::npos);
}

TEST(GzipTest, TheFirstBytesComeFromBehindALongerHeader) {
  const Bytes member = WithFileName(Gzip(ToBytes("a game of chess")));
  EXPECT_EQ(Inflate(member), "a game of chess");
  EXPECT_EQ(InflateFirst(member, 6), "a game of chess");
}

TEST(GzipTest, SizesAreReportedWithoutALookInside) {
  const Bytes member = Gzip(ToBytes("a game of chess"));
  EXPECT_EQ(*InflatedSize(member, 15), 15u);
  EXPECT_NE(InflatedSize(member, 14).error().message.find("limit of 14"),
            std::string::npos);
  EXPECT_NE(InflatedSize({}, 14).error().message.find("begin with 1f 8b"),
            std::string::npos);
  for (size_t size = 2; size < 20; ++size) {
    EXPECT_TRUE(InflatedSize(std::span(member).first(size), kLimit)
                    .error()
                    .message.ends_with("is cut off"))
        << size;
  }
}

TEST(GzipTest, BytesAfterTheMemberAreReported) {
  const Bytes member = Gzip(ToBytes("a game of chess"));
  Bytes longer = SetDeclaredSize(member, 15);
  longer.insert(longer.end(), {std::byte{0}, std::byte{0}});
  EXPECT_TRUE(Inflate(longer).starts_with("error: ")) << Inflate(longer);
  Bytes repeated = member;
  repeated.insert(repeated.end(), member.begin(), member.end());
  EXPECT_NE(Inflate(repeated).find("ends after"), std::string::npos)
      << Inflate(repeated);
}

TEST(GzipTest, ALyingSizeIsReportedAndAllocatesNothing) {
  const Bytes member = Gzip(ToBytes("a game of chess"));
  EXPECT_NE(Inflate(SetDeclaredSize(member, 0xffffffff)).find("more than"),
            std::string::npos);
  EXPECT_NE(Inflate(SetDeclaredSize(member, kLimit)).find("more than"),
            std::string::npos);
  EXPECT_NE(Inflate(SetDeclaredSize(member, 14)).find("the 14 bytes"),
            std::string::npos);
  EXPECT_NE(Inflate(SetDeclaredSize(member, 16)).find("error"),
            std::string::npos);
}

TEST(GzipTest, TheLimitHolds) {
  const Bytes member = Gzip(Bytes(1001));
  EXPECT_EQ(Inflate(member, 1001).size(), 1001u);
  EXPECT_NE(Inflate(member, 1000).find("limit of 1000"), std::string::npos);
}

TEST(GzipTest, RandomBytesBehindTheMagicDoNoHarm) {
  Random random(1);
  for (int round = 0; round < 2000; ++round) {
    Bytes bytes(random.Below(200));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.Next());
    const Bytes magic = ToBytes("\x1f\x8b\x08");
    for (size_t i = 0; i < std::min(bytes.size(), magic.size()); ++i) {
      bytes[i] = magic[i];
    }
    EXPECT_TRUE(Inflate(bytes).starts_with("error: "));
  }
}

}  // namespace
}  // namespace lczero
