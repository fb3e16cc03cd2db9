#include "cc/records/packed_chunk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "cc/testing/frames.h"
#include "cc/testing/real_games.h"

namespace lczero {
namespace {

void ExpectSameFrames(const PackedChunk& packed,
                      const std::vector<Frame>& frames) {
  ASSERT_EQ(packed.size(), frames.size());
  for (size_t i = 0; i < frames.size(); ++i) {
    Frame unpacked;
    packed[i].Unpack(unpacked);
    EXPECT_EQ(std::memcmp(&unpacked, &frames[i], sizeof(Frame)), 0) << i;
    packed[i].Copy().Unpack(unpacked);
    EXPECT_EQ(std::memcmp(&unpacked, &frames[i], sizeof(Frame)), 0) << i;
  }
}

PackedChunk CopyOf(const PackedChunk& chunk) {
  const auto bytes = chunk.block();
  auto block = std::make_unique_for_overwrite<std::byte[]>(bytes.size());
  std::ranges::copy(bytes, block.get());
  return PackedChunk(std::move(block), bytes.size());
}

TEST(PackedChunkTest, HasTheFramesOfTheGame) {
  for (size_t frames : {1u, 2u, 300u}) {
    const auto game = testing::RandomGame(frames, frames);
    const PackedChunk packed{ChunkView(game)};
    ExpectSameFrames(packed, game);
    ExpectSameFrames(CopyOf(packed), game);
  }
}

TEST(PackedChunkTest, RealGamesAreSmall) {
  size_t frames = 0, bytes = 0;
  for (const std::vector<Frame>& game : testing::RealGames()) {
    const PackedChunk packed{ChunkView(game)};
    ExpectSameFrames(packed, game);
    bytes += packed.bytes();
    frames += game.size();
  }
  ASSERT_GT(frames, 1000u);
  EXPECT_LT(bytes / frames, 320u);
}

TEST(PackedChunkDeathTest, APartOfABlockIsNoChunk) {
  const PackedChunk packed{ChunkView(testing::RandomGame(1, 2))};
  auto block = std::make_unique<std::byte[]>(packed.block().size());
  std::ranges::copy(packed.block(), block.get());
  EXPECT_DEATH(PackedChunk(std::move(block), packed.block().size() - 1),
               "whole");
}

}  // namespace
}  // namespace lczero
