#include "cc/base/crc32.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <thread>
#include <vector>

namespace lczero {
namespace {

uint32_t Crc32Of(const std::string& text) {
  return Crc32(std::as_bytes(std::span(text)));
}

// Of "123456789": the check value that definitions of this CRC are given with.
TEST(Crc32Test, IsTheOneOfGzip) {
  EXPECT_EQ(Crc32Of("123456789"), 0xcbf43926u);
  EXPECT_EQ(Crc32Of(""), 0u);
  EXPECT_EQ(Crc32({}), 0u);
}

TEST(Crc32Test, ThreadsAgreeFromTheirFirstCall) {
  std::vector<uint32_t> sums(4);
  std::vector<std::thread> threads;
  for (uint32_t& sum : sums) {
    threads.emplace_back([&sum] { sum = Crc32Of("a game of chess"); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const uint32_t sum : sums) EXPECT_EQ(sum, Crc32Of("a game of chess"));
}

}  // namespace
}  // namespace lczero
