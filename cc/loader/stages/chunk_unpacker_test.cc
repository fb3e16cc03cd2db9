#include "cc/loader/stages/chunk_unpacker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "cc/chunks/fake_source_for_test.h"
#include "cc/chunks/gzip.h"
#include "cc/loader/stages/stage_run_for_test.h"
#include "cc/records/parse.h"
#include "cc/testing/chunk_files.h"
#include "cc/testing/frames.h"

namespace lczero {
namespace {

using testing::RandomGame;

Frame Unpacked(const FrameItem& item) {
  Frame frame;
  item.Unpack(frame);
  return frame;
}

ChunkRef RefOf(uint64_t id, uint32_t visit) {
  return {.source = MakeFakeSource("one.gz", 1), .visit = visit, .id = id};
}

Chunk ChunkOf(uint64_t id, uint32_t visit, const std::vector<Frame>& frames) {
  Buffer bytes = BufferOf(frames);
  const size_t record_bytes = ViewChunk(bytes.bytes())->stride();
  return {.ref = RefOf(id, visit),
          .content = ChunkContent(std::move(bytes)),
          .record_bytes = record_bytes};
}

TEST(ChunkUnpackerStageTest, VisitsOfAChunkAreDisjoint) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_sampling_rate = 0.25;
  StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
  for (uint32_t visit = 0; visit < 4; ++visit) {
    run.Give(ChunkOf(9, visit, RandomGame(1, 50)));
  }
  std::vector<int> seen(50);
  for (const FrameItem& frame : run.Finish()) seen.at(Unpacked(frame).visits)++;
  EXPECT_EQ(seen, std::vector<int>(50, 1));
}

// Whether the stage before it calls it, or threads of its own do.
TEST(ChunkUnpackerStageTest, ThreadsChangeNothing) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_sampling_rate = 0.5;
  std::vector<std::vector<uint32_t>> taken;
  for (const uint32_t threads : {0u, 1u, 3u}) {
    config.chunk_unpacker->threads = threads;
    StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
    for (uint64_t i = 0; i < 10; ++i) {
      run.Give(ChunkOf(i, 0, RandomGame(i, 40)));
    }
    auto& numbers = taken.emplace_back();
    for (const FrameItem& frame : run.Finish()) {
      const Frame unpacked = Unpacked(frame);
      numbers.push_back(std::bit_cast<uint32_t>(unpacked.best_m));
    }
    EXPECT_EQ(run.Stats().positions.total, 200u);
    // With several, games come in any order.
    if (threads > 1) std::ranges::sort(numbers);
  }
  EXPECT_EQ(taken[0], taken[1]);
  std::ranges::sort(taken[0]);
  EXPECT_EQ(taken[0], taken[2]);
}

TEST(ChunkUnpackerStageTest, TakesACountOfEachGame) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_count = 4;
  StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
  run.Give(ChunkOf(1, 0, RandomGame(1, 50)));
  run.Give(ChunkOf(2, 0, RandomGame(2, 3)));
  EXPECT_EQ(run.Finish().size(), 7u);
}

TEST(ChunkUnpackerStageTest, FocusKeepsWhatTheSearchDisagreedWith) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_sampling_rate = 1.0;
  config.chunk_unpacker->diff_focus.emplace().floor = 0.25;
  StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
  auto game = RandomGame(1, 600);
  for (size_t i = 0; i < game.size(); ++i) {
    game[i].policy_kld = 0;
    game[i].best_q = 0;
    game[i].orig_q = i % 2 == 0 ? 0.75f : 0.0f;
    game[i].visits = static_cast<uint32_t>(i);
  }
  run.Give(ChunkOf(9, 0, game));
  int odd = 0, even = 0;
  for (const FrameItem& frame : run.Finish()) {
    ++(Unpacked(frame).visits % 2 == 0 ? even : odd);
  }
  EXPECT_EQ(even, 300);
  // Five standard deviations.
  EXPECT_NEAR(odd, 75, 38);
  EXPECT_EQ(run.Stats().counters.at("positions_passed_over").total,
            static_cast<uint64_t>(300 - odd));
}

TEST(ChunkUnpackerStageTest, ShortGamesArePassedOver) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_count = 1;
  config.chunk_unpacker->length_correction.emplace().threshold = 40;
  StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
  for (uint64_t i = 0; i < 400; ++i) {
    run.Give(ChunkOf(i, 0, RandomGame(i, 10)));
    run.Give(ChunkOf(1000 + i, 0, RandomGame(i, 40)));
  }
  const size_t taken = run.Finish().size();
  // A quarter of the short ones; five standard deviations.
  EXPECT_NEAR(static_cast<double>(taken), 400 + 100, 44);
  EXPECT_EQ(run.Stats().counters.at("games_passed_over").total, 800 - taken);
}

// One that was found good before: nothing of it is inflated yet.
Chunk KnownChunkOf(uint64_t id, uint32_t visit, const testing::Bytes& member) {
  Buffer stored(member.size());
  std::ranges::copy(member, stored.data());
  const size_t size = *InflatedSize(member, kMaxChunkBytes);
  return {.ref = RefOf(id, visit),
          .content = ChunkContent(std::move(stored), size, 17),
          .record_bytes = *RecordBytesIn(size)};
}

TEST(ChunkUnpackerStageTest, AGoodGameIsInflatedToTheLastPositionTaken) {
  const auto game = RandomGame(1, 120);
  const testing::Bytes member = testing::Gzip(testing::ChunkBytes(game));
  const size_t record_bytes = ChunkOf(0, 0, game).record_bytes;
  StageConfig config;
  config.chunk_unpacker.emplace().position_sampling_rate = 0.05;
  uint64_t expected = 0;
  for (uint32_t visit = 0; visit < 20; ++visit) {
    StageRun<Chunk, FrameItem> whole(kChunkUnpackerStage, config);
    StageRun<Chunk, FrameItem> known(kChunkUnpackerStage, config);
    whole.Give(ChunkOf(9, visit, game));
    known.Give(KnownChunkOf(9, visit, member));
    const auto frames = whole.Finish();
    const auto again = known.Finish();
    ASSERT_EQ(frames.size(), 6u);
    ASSERT_EQ(again.size(), 6u);
    uint32_t last = 0;
    for (size_t i = 0; i < frames.size(); ++i) {
      const Frame frame = Unpacked(frames[i]);
      const Frame same = Unpacked(again[i]);
      EXPECT_EQ(std::memcmp(&frame, &same, sizeof(Frame)), 0);
      last = std::max(last, frame.visits);
    }
    EXPECT_EQ(whole.Stats().counters.count("inflated_bytes"), 0u);
    const uint64_t inflated = known.Stats().counters.at("inflated_bytes").total;
    EXPECT_GE(inflated, (last + 1) * record_bytes);
    EXPECT_LE(inflated, (last + 1) * record_bytes + 258);
    expected += inflated;
  }
  EXPECT_LT(expected, 20 * game.size() * record_bytes * 9 / 10);
}

TEST(ChunkUnpackerStageTest, OfAGameThatIsPassedOverNothingIsInflated) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_sampling_rate = 0.001;
  StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
  const auto member = testing::Gzip(testing::ChunkBytes(RandomGame(1, 3)));
  run.Give(KnownChunkOf(9, 0, member));
  EXPECT_TRUE(run.Finish().empty());
  EXPECT_EQ(run.Stats().counters.count("inflated_bytes"), 0u);
}

// Other bytes than those that were good, of the same checksum.
TEST(ChunkUnpackerStageTest, AGameThatDoesNotInflateAfterAllIsSkipped) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_sampling_rate = 1.0;
  StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
  auto member = testing::Gzip(testing::ChunkBytes(RandomGame(1, 3)));
  member[12] ^= std::byte{0xff};
  run.Give(KnownChunkOf(9, 0, member));
  run.Give(ChunkOf(10, 0, RandomGame(1, 3)));
  EXPECT_EQ(run.Finish().size(), 3u);
  EXPECT_EQ(run.Stats().counters.at("bad.corrupt").total, 1u);
  ASSERT_EQ(run.log().size(), 1u);
  EXPECT_TRUE(
      run.log()[0].starts_with("chunk folder/one.gz#0: gzip member of "))
      << run.log()[0];
}

}  // namespace
}  // namespace lczero
