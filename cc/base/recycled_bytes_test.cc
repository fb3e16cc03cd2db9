#include "cc/base/recycled_bytes.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace lczero {
namespace {

// Every block is written to its end, so that blocks that overlap, or are
// shorter than they say, are seen.
void Fill(RecycledBytes& block, int number) {
  std::memset(block.data(), number, block.size());
}

bool IsFilled(const RecycledBytes& block, int number) {
  for (const std::byte byte : block.bytes()) {
    if (byte != static_cast<std::byte>(number)) return false;
  }
  return true;
}

TEST(RecycledBytesTest, BlocksOfAnySizeAreTheirOwnersAlone) {
  std::vector<RecycledBytes> blocks;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 300; ++i) {
      RecycledBytes& block =
          blocks.emplace_back(static_cast<uint32_t>(1 + i * 37 % 2000));
      Fill(block, i % 251);
    }
    for (int i = 0; i < 300; ++i) {
      EXPECT_TRUE(IsFilled(blocks[static_cast<size_t>(i)], i % 251)) << i;
    }
    blocks.clear();
  }
}

TEST(RecycledBytesTest, MovesAndIsEmptyThen) {
  RecycledBytes a(10), b(20);
  const std::byte* const first = a.data();
  b = std::move(a);
  EXPECT_EQ(b.data(), first);
  EXPECT_EQ(b.size(), 10u);
  RecycledBytes c(std::move(b));
  EXPECT_EQ(c.data(), first);
  EXPECT_EQ(b.data(), nullptr);  // NOLINT: what a moved one is, is promised.
  EXPECT_EQ(b.size(), 0u);
  EXPECT_EQ(RecycledBytes(0).data(), nullptr);
}

TEST(RecycledBytesTest, AThreadsBlocksComeBackToItself) {
  std::set<const std::byte*> first;
  for (int round = 0; round < 2; ++round) {
    std::vector<RecycledBytes> blocks;
    for (int i = 0; i < 100; ++i) blocks.emplace_back(700u);
    [[maybe_unused]] size_t known = 0;
    for (RecycledBytes& block : blocks) {
      known += first.contains(block.data());
      if (round == 0) first.insert(block.data());
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_EQ(known, round == 0 ? 0u : 100u);
#endif
  }
}

// One thread fills, another lets go: what the loader does.
TEST(RecycledBytesTest, BlocksGoBackToThoseWhoNeedThem) {
  for (int round = 0; round < 50; ++round) {
    std::vector<RecycledBytes> blocks;
    for (int i = 0; i < 1000; ++i) {
      Fill(blocks.emplace_back(static_cast<uint32_t>(200 + i % 300)), i % 251);
    }
    std::thread other([&blocks] {
      for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(IsFilled(blocks[static_cast<size_t>(i)], i % 251)) << i;
      }
      blocks.clear();
    });
    other.join();
  }
}

}  // namespace
}  // namespace lczero
