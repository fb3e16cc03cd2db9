#include "cc/loader/stages/chunk_validator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "cc/chunks/fake_source_for_test.h"
#include "cc/chunks/pool/chunk_pool.h"
#include "cc/loader/stages/stage_run_for_test.h"
#include "cc/testing/chunk_files.h"
#include "cc/testing/frames.h"

namespace lczero {
namespace {

using testing::RandomGame;

RawChunk Raw(const std::vector<Frame>& frames, uint32_t crc32 = 0) {
  return {.ref = {.source = MakeFakeSource("one.gz", 1)},
          .content = ChunkContent(BufferOf(frames), crc32)};
}

TEST(ChunkValidatorStageTest, TheFirstGoodGameDecidesTheFormat) {
  StageConfig config;
  config.chunk_validator.emplace();
  StageRun<RawChunk, Chunk> run(kChunkValidatorStage, config);
  auto bad = RandomGame(1, 3, InputFormat::kClassical);
  bad[0].best_q = 9.0f;
  run.Give(Raw(bad));
  run.Give(Raw(RandomGame(2, 3, InputFormat::kV2)));
  run.Give(Raw(RandomGame(3, 3, InputFormat::kClassical)));
  run.Give(Raw(RandomGame(4, 5, InputFormat::kV2)));
  const auto chunks = run.Finish();
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(chunks[0].size(), 3u);
  EXPECT_EQ(chunks[1].size(), 5u);
  const StageStats stats = run.Stats();
  EXPECT_EQ(stats.positions.total, 8u);
  EXPECT_EQ(stats.counters.at("bad.q").total, 1u);
  EXPECT_EQ(stats.counters.at("bad.input_format").total, 1u);
  ASSERT_EQ(run.log().size(), 2u);
  EXPECT_EQ(run.log()[1],
            "chunk folder/one.gz#0: frame 0: input_format is 1, not the 5 of "
            "this loader; skipped (2 of 3). Keep games of one format in the "
            "folder, or choose the format by chunk_validator.input_format.");
}

// A game that the rules forbid tells whether they were looked at.
TEST(ChunkValidatorStageTest, ContentThatWasGoodIsNotCheckedAgain) {
  StageConfig config;
  config.chunk_validator.emplace();
  StageRun<RawChunk, Chunk> run(kChunkValidatorStage, config);
  auto bad = RandomGame(1, 3);
  bad[0].best_q = 9.0f;
  const auto give = [&](uint32_t known, uint32_t crc32) {
    RawChunk raw = Raw(bad, crc32);
    raw.ref.good_crc32 = known;
    run.Give(std::move(raw));
  };
  give(17, 17);
  give(17, 18);
  give(0, 0);  // Not known, and of a checksum that happens to be 0.
  EXPECT_EQ(run.Finish().size(), 1u);
  EXPECT_EQ(run.Stats().counters.at("bad.q").total, 2u);
}

// A gzipped game that was good, as the pool reads it.
RawChunk KnownRaw(const std::vector<Frame>& frames) {
  const auto content = testing::ChunkBytes(frames);
  const auto member = testing::Gzip(content);
  Buffer stored(member.size());
  std::ranges::copy(member, stored.data());
  return {.ref = {.source = MakeFakeSource("one.gz", 1), .good_crc32 = 17},
          .content = ChunkContent(std::move(stored), content.size(), 17)};
}

TEST(ChunkValidatorStageTest, ContentThatWasGoodIsHandedOnAsItIsStored) {
  StageConfig config;
  config.chunk_validator.emplace();
  StageRun<RawChunk, Chunk> run(kChunkValidatorStage, config);
  run.Give(KnownRaw(RandomGame(1, 3)));
  // Its size may be that of 2,099 V6 frames, too.
  run.Give(KnownRaw(RandomGame(1, 2089, InputFormat::kV2, kVersion7)));
  auto chunks = run.Finish();
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(chunks[0].size(), 3u);
  EXPECT_EQ(chunks[0].content.inflated().size(), 0u);
  EXPECT_EQ((*chunks[0].FramesThrough(2))[2].Get(&Frame::visits), 2u);
  EXPECT_EQ(chunks[1].size(), 2089u);
  EXPECT_EQ(run.Stats().positions.total, 2092u);
}

TEST(ChunkValidatorStageTest, OfAnEmptyGameNothingWasInflated) {
  StageConfig config;
  config.chunk_validator.emplace();
  StageRun<RawChunk, Chunk> run(kChunkValidatorStage, config);
  run.Give(Raw({}));
  EXPECT_TRUE(run.Finish().empty());
  EXPECT_EQ(run.Stats().counters.at("bad.empty").total, 1u);
  EXPECT_EQ(run.Stats().counters.count("inflated_bytes"), 0u);
}

TEST(ChunkValidatorStageTest, ContentThatDoesNotInflateAfterAllIsSkipped) {
  const auto pool = *ChunkPool::Create({.window_chunks = 2});
  StageConfig config;
  config.chunk_validator.emplace();
  StageRun<RawChunk, Chunk> run(kChunkValidatorStage, config);
  RawChunk raw = KnownRaw(RandomGame(1, 3));
  Buffer noise(raw.content.size());
  std::ranges::fill(noise.bytes(), std::byte{0xff});
  raw.content = ChunkContent(std::move(noise), raw.content.size(), 17);
  raw.pool = pool.get();
  raw.has_cache_room = true;
  run.Give(std::move(raw));
  EXPECT_TRUE(run.Finish().empty());
  EXPECT_EQ(run.Stats().counters.at("bad.corrupt").total, 1u);
  ASSERT_EQ(run.log().size(), 1u);
  EXPECT_TRUE(
      run.log()[0].starts_with("chunk folder/one.gz#0: gzip member of "))
      << run.log()[0];
}

TEST(ChunkValidatorStageTest, TellsThePoolWhatIsGood) {
  const auto pool = *ChunkPool::Create({.window_chunks = 2});
  pool->Add(MakeFakeSource("one.gz", 1));
  pool->FinishInput();
  StageConfig config;
  config.chunk_validator.emplace();
  StageRun<RawChunk, Chunk> run(kChunkValidatorStage, config);
  auto bad = RandomGame(1, 3);
  bad[0].best_q = 9.0f;
  const auto give = [&](const std::vector<Frame>& game, uint32_t crc32) {
    RawChunk raw = Raw(game, crc32);
    raw.ref = *pool->Next();
    raw.pool = pool.get();
    run.Give(std::move(raw));
  };
  give(RandomGame(1, 3), 17);
  give(bad, 18);
  EXPECT_EQ(run.Finish().size(), 1u);
  EXPECT_EQ(pool->Next()->good_crc32, 17u);
}

}  // namespace
}  // namespace lczero
