#include "cc/records/frame_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "cc/base/buffer.h"
#include "cc/records/parse.h"
#include "cc/testing/frames.h"

namespace lczero {
namespace {

Buffer BufferOf(const std::vector<std::byte>& bytes) {
  Buffer buffer(bytes.size());
  std::copy(bytes.begin(), bytes.end(), buffer.data());
  return buffer;
}

TEST(ChunkViewTest, ShowsTheFramesOfBothVersionsInPlace) {
  for (uint32_t version : {kVersion6, kVersion7}) {
    const auto game = testing::RandomGame(1, 5, InputFormat::kV2, version);
    const Buffer bytes = BufferOf(testing::ChunkBytes(game));
    const auto view = ViewChunk(bytes.bytes());
    ASSERT_TRUE(view.has_value());
    ASSERT_EQ(view->size(), game.size());
    for (size_t i = 0; i < game.size(); ++i) {
      const FrameView frame = (*view)[i];
      EXPECT_EQ(frame.version(), version);
      EXPECT_EQ(frame.Get(&Frame::visits), i);
      EXPECT_EQ(frame.Get(&Frame::q_st), game[i].q_st);
      EXPECT_TRUE(std::ranges::equal(frame.probabilities(),
                                     std::span(game[i].probabilities)));
      EXPECT_GE(frame.bytes_at(0), bytes.data());
      const Frame copy = frame.Copy();
      EXPECT_EQ(std::memcmp(&copy, &game[i], sizeof(Frame)), 0);
    }
  }
}

TEST(ChunkViewTest, FramesInMemoryAreOneToo) {
  const auto game = testing::RandomGame(2, 3);
  const ChunkView view(game);
  ASSERT_EQ(view.size(), 3u);
  EXPECT_EQ(view[2].Get(&Frame::visits), 2u);
  EXPECT_TRUE(ChunkView().empty());
}

TEST(ChunkViewDeathTest, MemoryIsAligned) {
  const Buffer bytes = BufferOf(testing::ChunkBytes(testing::RandomGame(3, 2)));
  EXPECT_DEATH(ChunkView(bytes.data() + 1, kFrameV6Bytes, 1), "aligned");
}

}  // namespace
}  // namespace lczero
