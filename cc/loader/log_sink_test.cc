#include "cc/loader/log_sink.h"

#include <gtest/gtest.h>

namespace lczero {
namespace {

TEST(LogSinkTest, WritesOneWholeLine) {
  ::testing::internal::CaptureStderr();
  LogToStderr(LogLevel::kWarning, "a file is bad");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "loader: a file is bad\n");
}

}  // namespace
}  // namespace lczero
