#include "cc/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace lczero {
namespace {

// The plain way: what one code point looks like.
std::string Encode(uint32_t point) {
  const auto byte = [](uint32_t value) { return static_cast<char>(value); };
  const auto tail = [&](int shift) {
    return byte(0x80 | ((point >> shift) & 0x3F));
  };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xC0 | (point >> 6)), tail(0)};
  if (point < 0x10000) return {byte(0xE0 | (point >> 12)), tail(6), tail(0)};
  return {byte(0xF0 | (point >> 18)), tail(12), tail(6), tail(0)};
}

TEST(IsUtf8Test, TakesEveryCodePointButSurrogates) {
  for (uint32_t point = 0; point < 0x10FFFF + 10; ++point) {
    const bool valid = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
    ASSERT_EQ(IsUtf8(Encode(point)), valid) << point;
  }
}

TEST(IsUtf8Test, TakesTextAndNothing) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("game-\u265e.tar"));
}

TEST(IsUtf8Test, RefusesEveryTruncation) {
  for (const uint32_t point : {0xE9u, 0x265Eu, 0x1F600u}) {
    const std::string whole = Encode(point);
    for (size_t size = 1; size < whole.size(); ++size) {
      EXPECT_FALSE(IsUtf8(whole.substr(0, size))) << point;
      EXPECT_FALSE(IsUtf8(whole.substr(0, size) + "a")) << point;
    }
  }
}

TEST(IsUtf8Test, RefusesOverlongFormsAndStrayBytes) {
  for (const char* bytes : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF",
                            "\xF0\x8F\xBF\xBF", "\x80", "\xFF", "a\xFEz"}) {
    EXPECT_FALSE(IsUtf8(bytes));
  }
}

}  // namespace
}  // namespace lczero
