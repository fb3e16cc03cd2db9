#include "cc/loader/stages/shuffling_chunk_pool.h"

#include <gtest/gtest.h>

#include <memory>

#include "cc/chunks/chunk_source.h"
#include "cc/chunks/pool/chunk_pool.h"
#include "cc/loader/stages/stage_run_for_test.h"

namespace lczero {
namespace {

// Tells of each Read what it was given as the checksum of good content.
class AskedSource : public ChunkSource {
 public:
  AskedSource() : ChunkSource(FilePath("run/asked.gz")) {}
  size_t ChunkCount() const override { return 1; }

 private:
  Result<ChunkContent> DoRead(size_t, uint32_t good_crc32) const override {
    return ChunkContent(Buffer(1), good_crc32);
  }
};

TEST(ShufflingChunkPoolStageTest, ReadsAgainWhatIsKnownToBeGood) {
  StageConfig config;
  config.shuffling_chunk_pool.emplace().chunk_pool_size = 1;
  StageRun<SourceItem, RawChunk> run(kShufflingChunkPoolStage, config);
  run.Give(std::make_shared<AskedSource>());
  run.Give(FirstScanDone{});
  run.Start();
  const RawChunk first = run.Take();
  EXPECT_EQ(first.content.stored_crc32(), 0u);
  first.pool->MarkGood(first.ref, 17);
  // Before those that are read from now on come those that were read by then.
  uint32_t known = 0;
  for (int i = 0; i < 100'000 && known == 0; ++i) {
    known = run.Take().content.stored_crc32();
  }
  EXPECT_EQ(known, 17u);
  run.Stop();
}

}  // namespace
}  // namespace lczero
