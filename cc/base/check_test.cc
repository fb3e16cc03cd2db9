#include "cc/base/check.h"

#include <gtest/gtest.h>

namespace lczero {
namespace {

TEST(CheckTest, PassesWhenTrue) {
  if (true) LC_CHECK(1 + 1 == 2, "arithmetic");
}

TEST(CheckDeathTest, AbortsWithPlaceAndReason) {
  EXPECT_DEATH(LC_CHECK(1 + 1 == 3, "arithmetic"),
               "check_test.cc:.*bug: arithmetic .1 . 1 == 3.");
}

}  // namespace
}  // namespace lczero
