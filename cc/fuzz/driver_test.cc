// The driver finds what a target does wrong, and says on which input.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "cc/testing/heap_meter.h"

namespace {

// Runs the broken target; returns whether it survived.
bool Survives(const std::string& fault, const std::string& arguments) {
  setenv("FAULT", fault.c_str(), 1);
  setenv("TEST_UNDECLARED_OUTPUTS_DIR", ::testing::TempDir().c_str(), 1);
  return std::system(("cc/fuzz/broken_target " + arguments).c_str()) == 0;
}

std::string SavedInput() {
  const std::string path = ::testing::TempDir() + "/crash-input";
  std::ifstream file(path, std::ios::binary);
  std::string input(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove(path);
  return input;
}

// Those that can be found: some sanitizers keep the heap from being metered.
std::vector<std::string> Faults() {
#ifdef LC_HEAP_IS_NOT_METERED
  return {"abort", "stack"};
#else
  return {"abort", "stack", "memory"};
#endif
}

TEST(DriverTest, FindsEachFaultAndKeepsItsInput) {
  for (const std::string& fault : Faults()) {
    EXPECT_FALSE(Survives(fault, "--runs=100000")) << fault;
    EXPECT_NE(SavedInput().find(fault), std::string::npos) << fault;
  }
}

TEST(DriverTest, BoundsAreKept) {
  EXPECT_TRUE(Survives("none of its words", "--runs=1000"));
  EXPECT_TRUE(Survives("none of its words", "--seconds=0"));
  EXPECT_EQ(SavedInput(), "");
}

TEST(DriverTest, RunsTheFilesItIsGiven) {
  const std::string path = ::testing::TempDir() + "/input";
  std::ofstream(path) << "an abort";
  EXPECT_FALSE(Survives("abort", path));
  EXPECT_EQ(SavedInput(), "an abort");
  EXPECT_TRUE(Survives("stack", path));
}

}  // namespace
