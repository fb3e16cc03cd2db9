#include "cc/chunks/pool/chunk_spill.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cc/chunks/fake_source_for_test.h"
#include "cc/chunks/pool/chunk_pool.h"
#include "cc/testing/chunk_files.h"
#include "cc/testing/frames.h"

namespace lczero {
namespace {

constexpr uint64_t kPlenty = 100'000'000;

std::shared_ptr<const PackedChunk> Game(uint64_t seed) {
  return std::make_shared<const PackedChunk>(testing::RandomGame(seed, 3));
}

bool IsSame(const PackedChunk& a, const PackedChunk& b) {
  return std::ranges::equal(a.block(), b.block());
}

// A spill in memory, a second descriptor of it, and what it complains about.
class ChunkSpillTest : public ::testing::Test {
 protected:
  ~ChunkSpillTest() override { ::close(descriptor_); }

  ChunkSpill::OnFailure Listen() {
    return [this](const Error& error) { failures_.push_back(error.message); };
  }

  std::shared_ptr<ChunkSpill> MakeSpill(uint64_t capacity = kPlenty) {
    return std::make_shared<ChunkSpill>(
        SpillFile::Over(::dup(descriptor_), "spill", capacity), Listen());
  }

  const int descriptor_ =
      ::memfd_create("spill", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  std::vector<std::string> failures_;
};

TEST_F(ChunkSpillTest, GivesBackTheGame) {
  const auto spill = MakeSpill();
  const auto game = Game(1);
  const auto piece = spill->Write(*game);
  ASSERT_NE(piece, nullptr);
  EXPECT_EQ(spill->chunks(), 1u);
  EXPECT_GE(spill->used_bytes(), game->block().size());
  EXPECT_TRUE(IsSame(*spill->Read(*piece), *game));
  EXPECT_EQ(spill->failures(), 0u);
}

TEST_F(ChunkSpillTest, MakesItsFileInTheFolder) {
  const testing::TempFolder folder;
  ChunkSpill spill(folder.path(), kPlenty, Listen());
  EXPECT_TRUE(spill.HasRoom());
  const auto game = Game(1);
  const auto piece = spill.Write(*game);
  ASSERT_NE(piece, nullptr);
  EXPECT_TRUE(IsSame(*spill.Read(*piece), *game));
  EXPECT_TRUE(failures_.empty());
}

TEST_F(ChunkSpillTest, AFolderThatIsNotThereMeansNoFile) {
  ChunkSpill spill("/nowhere/at/all", kPlenty, Listen());
  EXPECT_FALSE(spill.HasRoom());
  EXPECT_EQ(spill.Write(*Game(1)), nullptr);
  EXPECT_EQ(spill.chunks() + spill.used_bytes(), 0u);
  EXPECT_EQ(spill.failures(), 1u);
  EXPECT_EQ(failures_.size(), 1u);
}

TEST_F(ChunkSpillTest, AWriteThatFailsEndsWritingNotReading) {
  const auto spill = MakeSpill();
  const auto piece = spill->Write(*Game(1));
  // As a full disk does.
  ASSERT_EQ(::fcntl(descriptor_, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW), 0);
  EXPECT_EQ(spill->Write(*Game(2)), nullptr);
  EXPECT_EQ(spill->Write(*Game(3)), nullptr);
  EXPECT_FALSE(spill->HasRoom());
  EXPECT_EQ(spill->failures(), 1u);
  EXPECT_EQ(failures_.size(), 1u);
  EXPECT_TRUE(IsSame(*spill->Read(*piece), *Game(1)));
}

TEST_F(ChunkSpillTest, AReadThatFailsEndsAllUse) {
  const auto spill = MakeSpill();
  const auto first = spill->Write(*Game(1));
  const auto second = spill->Write(*Game(2));
  ASSERT_EQ(::ftruncate(descriptor_, Extents::kBlockBytes), 0);
  EXPECT_EQ(spill->Read(*second), nullptr);
  EXPECT_EQ(spill->Read(*first), nullptr);
  EXPECT_EQ(spill->Write(*Game(3)), nullptr);
  EXPECT_EQ(failures_, std::vector<std::string>{
                           "spill ends at byte 4096, before what was written "
                           "to it"});
}

// The pool above it.
std::unique_ptr<ChunkPool> MakePool(uint64_t window, uint64_t cache_bytes,
                                    std::shared_ptr<ChunkSpill> spill) {
  return ChunkPool::Create({.window_chunks = window,
                            .cache_bytes = cache_bytes,
                            .spill = std::move(spill)})
      .value();
}

TEST_F(ChunkSpillTest, ThePoolSpillsWhatHasNoRoomInMemory) {
  const auto spill = MakeSpill();
  const auto pool = MakePool(3, Game(0)->bytes() + 100, spill);
  pool->Add(MakeFakeSource("a", 3));
  pool->FinishInput();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(pool->HasCacheRoom());
    const ChunkRef chunk = pool->Next().value();
    pool->Keep(chunk, Game(chunk.index));
  }
  EXPECT_EQ(pool->GetStats().cached_chunks, 1u);
  EXPECT_EQ(spill->chunks(), 2u);
  for (int i = 0; i < 3; ++i) {
    const ChunkRef chunk = pool->Next().value();
    ASSERT_NE(chunk.packed == nullptr, chunk.spilled == nullptr);
    const auto game = chunk.packed ? chunk.packed : spill->Read(*chunk.spilled);
    EXPECT_TRUE(IsSame(*game, *Game(chunk.index)));
  }
}

TEST_F(ChunkSpillTest, SpilledGamesLeaveWithTheirSource) {
  const auto spill = MakeSpill();
  const auto pool = MakePool(2, 0, spill);
  pool->Add(MakeFakeSource("a", 2));
  pool->FirstScanDone();
  ChunkRef chunk = pool->Next().value();
  pool->Keep(chunk, Game(1));
  // Two threads had it: it is kept once.
  pool->Keep(chunk, Game(1));
  EXPECT_EQ(spill->chunks(), 1u);
  pool->Add(MakeFakeSource("b", 2));
  EXPECT_EQ(spill->chunks(), 0u);
  EXPECT_EQ(spill->used_bytes(), 0u);
  pool->Keep(chunk, Game(1));
  EXPECT_EQ(spill->chunks(), 0u) << "its source has left";
}

TEST_F(ChunkSpillTest, ThePoolKeepsToTheBudget) {
  const auto spill = MakeSpill(5 * Extents::kBlockBytes);
  const auto pool = MakePool(100, 0, spill);
  pool->Add(MakeFakeSource("a", 100));
  pool->FirstScanDone();
  size_t kept = 0;
  for (; pool->HasCacheRoom(); ++kept) {
    const ChunkRef chunk = pool->Next().value();
    pool->Keep(chunk, Game(chunk.index));
    ASSERT_LE(spill->used_bytes(), 5 * Extents::kBlockBytes);
    ASSERT_LT(kept, 100u);
  }
  EXPECT_GT(kept, 0u);
  EXPECT_GT(spill->chunks(), 0u);
  EXPECT_EQ(spill->failures(), 0u) << "a full file is no failure";
}

}  // namespace
}  // namespace lczero
