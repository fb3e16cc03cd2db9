#include "cc/base/error.h"

#include <gtest/gtest.h>

namespace lczero {
namespace {

Result<int> Half(int x) {
  if (x % 2 != 0) return MakeError(ErrorCode::kCorruptData, "odd");
  return x / 2;
}

TEST(ErrorTest, CarriesValueOrError) {
  EXPECT_EQ(Half(4), 2);
  ASSERT_FALSE(Half(3).has_value());
  EXPECT_EQ(Half(3).error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(Half(3).error().message, "odd");
}

}  // namespace
}  // namespace lczero
