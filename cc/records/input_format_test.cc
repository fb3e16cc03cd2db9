#include "cc/records/input_format.h"

#include <gtest/gtest.h>

#include <set>

namespace lczero {
namespace {

TEST(InputFormatTest, KnowsItsNumbersAndNoOthers) {
  const std::set<uint32_t> known = {1, 2, 3, 4, 5, 132, 133};
  for (uint32_t number = 0; number < 300; ++number) {
    EXPECT_EQ(IsKnownInputFormat(number), known.contains(number)) << number;
  }
}

// The table of the format's document, a line a format.
TEST(InputFormatTest, HasTheTableOfTheDocument) {
  struct Line {
    uint32_t number;
    bool masks, canonical, armageddon;
    float divisor;
  };
  const Line lines[] = {
      {1, false, false, false, 99.0f}, {2, true, false, false, 99.0f},
      {3, true, true, false, 99.0f},   {4, true, true, false, 100.0f},
      {5, true, true, false, 100.0f},  {132, true, true, true, 100.0f},
      {133, true, true, true, 100.0f},
  };
  for (const Line& line : lines) {
    const auto format = static_cast<InputFormat>(line.number);
    EXPECT_EQ(HasCastlingMasks(format), line.masks) << line.number;
    EXPECT_EQ(IsCanonical(format), line.canonical) << line.number;
    EXPECT_EQ(IsArmageddon(format), line.armageddon) << line.number;
    EXPECT_EQ(Rule50Divisor(format), line.divisor) << line.number;
  }
}

}  // namespace
}  // namespace lczero
