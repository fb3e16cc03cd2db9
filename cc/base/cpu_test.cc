#include "cc/base/cpu.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace lczero {
namespace {

TEST(CpuTest, SaysWhatTheKernelSays) {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && !line.starts_with("flags")) {
  }
  if (line.empty()) GTEST_SKIP() << "no flags in /proc/cpuinfo";
  EXPECT_EQ(HasAvx2(), (line + " ").find(" avx2 ") != std::string::npos);
}

}  // namespace
}  // namespace lczero
