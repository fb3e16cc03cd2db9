// Thousands of damaged files between good ones, through the whole loader:
// whatever is in them, good games come, bad ones are counted, memory is
// bounded.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cc/base/random.h"
#include "cc/chunks/tar_archive_for_test.h"
#include "cc/chunks/tar_dialects_for_test.h"
#include "cc/loader/loader.h"
#include "cc/loader/loader_fixture_for_test.h"
#include "cc/loader/sampler_state.h"
#include "cc/testing/damage.h"
#include "cc/testing/heap_meter.h"

namespace lczero {
namespace {

using testing::Bytes;
using testing::Damage;
using testing::Damaged;

constexpr size_t kPositions = 2;

std::string Text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes ToBytes(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// A game that is known by the number of its first position; V6 and V7 in turn.
Bytes Content(int number) {
  std::vector<Frame> game = NumberedGame(number, kPositions);
  for (Frame& frame : game) {
    if (number / static_cast<int>(kPositions) % 2 == 1)
      frame.version = kVersion7;
  }
  return testing::ChunkBytes(game);
}

Bytes Game(int number, bool is_gzipped = true) {
  const Bytes chunk = Content(number);
  return is_gzipped ? testing::Gzip(chunk) : chunk;
}

// An archive of `games` games, numbered from `number` on.
Bytes Archive(TarDialect dialect, int number, int games) {
  std::vector<std::string> contents;
  for (int i = 0; i < games; ++i) {
    contents.push_back(Text(Game(number + i * static_cast<int>(kPositions),
                                 dialect != TarDialect::kUnnamed)));
  }
  return ToBytes(TarOf(dialect, contents));
}

uint64_t SumOfBad(const StageStats& stage) {
  uint64_t sum = 0;
  for (const auto& [name, counter] : stage.counters) {
    if (name.starts_with("bad.")) sum += counter.total;
  }
  return sum;
}

uint64_t Counted(const StageStats& stage, const std::string& name) {
  const auto place = stage.counters.find(name);
  return place == stage.counters.end() ? 0 : place->second.total;
}

class MutationTest : public LoaderTest {
 protected:
  void Write(const std::string& ending, const Bytes& content) {
    ++files_;
    testing::WriteFile(
        folder_.path() / ("f" + std::to_string(100'000 + files_) + ending),
        content);
  }

  int NextNumber(int games = 1) {
    number_ += games * static_cast<int>(kPositions);
    return number_ - games * static_cast<int>(kPositions);
  }

  void ExpectGood(int number, int games = 1) {
    for (int i = 0; i < games * static_cast<int>(kPositions); ++i) {
      expected_.insert(number + i);
    }
  }

  void WriteGoodGame() {
    const int number = NextNumber();
    Write(".gz", Game(number));
    ExpectGood(number);
  }

  void WriteGoodArchive(TarDialect dialect) {
    const int number = NextNumber(3);
    Write(".tar", Archive(dialect, number, 3));
    ExpectGood(number, 3);
  }

  // Runs until every game was drawn; leaves its statistics in stats_, what was
  // delivered in seen_.
  void Run() {
    testing::ResetHeapRecords();
    before_ = testing::GetHeapUse();
    UsualGraph graph = Graph();
    graph.chunk_pool_size = 1'000'000;
    graph.pool_threads = 2;
    DataLoaderConfig config = testing::MakeConfig(graph);
    config.stages.at("validator").chunk_validator->input_format = 1;
    config.stages.erase("shuffle");
    config.stages.at("batches").inputs = {"unpacker"};
    const auto loader = Start(config);
    do {
      const auto batch = loader->GetNextBatch();
      ASSERT_TRUE(batch.has_value()) << batch.error().message;
      for (int number : NumbersIn(**batch)) seen_.insert(number);
      stats_ = loader->GetStats();
    } while (stats_.stages[2].pool->exhaustions < 2 ||
             (Missing() > 0 && stats_.stages[2].pool->exhaustions < 5));
    loader->Stop();
    stats_ = loader->GetStats();
    emissions_ = Emissions(config, loader->GetSamplerState());
    use_ = testing::GetHeapUse();
  }

  size_t Missing() const {
    size_t missing = 0;
    for (int number : expected_) missing += seen_.contains(number) ? 0 : 1;
    return missing;
  }

  // Nothing vanishes: what enters a stage leaves it or is counted as bad.
  void ExpectAllCounted() {
    const auto& stages = stats_.stages;
    EXPECT_EQ(stages[0].items.total, files_);
    // A bad member leaves its archive a source.
    EXPECT_EQ(stages[1].items.total + Counted(stages[1], "bad.corrupt") +
                  Counted(stages[1], "bad.io"),
              files_);
    // Stop leaves one in the hands of each thread.
    const uint64_t drawn = emissions_;
    const uint64_t left = stages[2].items.total + SumOfBad(stages[2]);
    EXPECT_LE(left, drawn);
    EXPECT_GE(left + 2, drawn);
    // Nobody touches a file: whatever is wrong is wrong with its bytes.
    EXPECT_EQ(Counted(stages[1], "bad.io"), 0u);
    EXPECT_EQ(Counted(stages[2], "bad.corrupt"), SumOfBad(stages[2]));
    const uint64_t parsed = stats_.queues[2].get.total;
    const uint64_t judged = stages[3].items.total + SumOfBad(stages[3]);
    EXPECT_LE(judged, parsed);
    EXPECT_GE(judged + 2, parsed);
  }

  // In the largest block, and in all at one moment.
  void ExpectMemoryWithin(int64_t largest, int64_t peak) {
    EXPECT_LE(use_.largest_block, largest);
    EXPECT_LE(use_.peak_bytes - before_.bytes, peak);
  }

  uint64_t files_ = 0;
  int number_ = 0;
  std::set<int> expected_, seen_;
  LoaderStats stats_;
  uint64_t emissions_ = 0;
  testing::HeapUse before_ = {}, use_ = {};

 private:
  using UsualGraph = testing::UsualGraph;

  static uint64_t Emissions(DataLoaderConfig config, const std::string& text) {
    FillDefaults(config);
    const auto state = OpenSamplerState(text, PlanGraph(config).value());
    const auto pool = PoolStateOf(state.value(), "pool").value().value();
    uint64_t emissions = 0;
    for (const SourceState& source : pool.sources) {
      std::string_view bytes = source.visits;
      const auto chunks = TakeVisits(bytes).value();
      for (const ChunkVisits chunk : chunks) emissions += chunk.count;
    }
    return emissions;
  }
};

TEST_F(MutationTest, DamagedGames) {
  Random random(1);
  uint64_t certainly_bad = 0;
  for (int i = 0; i < 1500; ++i) {
    const auto damage = static_cast<Damage>(random.Below(testing::kDamages));
    const Bytes good = Game(NextNumber());
    Bytes bad = Damaged(damage, good, random);
    certainly_bad += bad.size() < good.size() ? 1 : 0;
    Write(".gz", bad);
    if (i % 5 == 0) WriteGoodGame();
  }
  Run();
  EXPECT_EQ(Missing(), 0u);
  ExpectAllCounted();
  EXPECT_GT(certainly_bad, 300u);
  EXPECT_GE(Counted(stats_.stages[2], "bad.corrupt"), certainly_bad);
  // A gzip of 3 KB may claim a thousand times that much.
  ExpectMemoryWithin(8 << 20, 64 << 20);
}

TEST_F(MutationTest, DamagedFramesUnderARightChecksum) {
  Random random(2);
  for (int i = 0; i < 1000; ++i) {
    // The game's numbers stay.
    Bytes bad = Damaged(Content(NextNumber()), random);
    Write(".gz", testing::Gzip(bad));
    if (i % 5 == 0) WriteGoodGame();
  }
  Run();
  EXPECT_EQ(Missing(), 0u);
  ExpectAllCounted();
  EXPECT_GT(Counted(stats_.stages[3], "bad.size"), 0u);
  EXPECT_GT(Counted(stats_.stages[3], "bad.empty"), 0u);
  EXPECT_EQ(SumOfBad(stats_.stages[2]), 0u);
  ExpectMemoryWithin(1 << 20, 64 << 20);
}

TEST_F(MutationTest, DamagedArchivesOfEveryDialect) {
  Random random(3);
  for (size_t i = 0; i < 1200; ++i) {
    const auto dialect = static_cast<TarDialect>(i % kTarDialects);
    const Bytes good = Archive(dialect, NextNumber(3), 3);
    Bytes bad = Damaged(good, random);
    if (random.Below(4) == 0) bad = Damaged(bad, random);
    if (random.Below(4) == 0) bad = testing::WithWrongTarSize(good, random);
    Write(".tar", bad);
    if (i % 40 < kTarDialects) WriteGoodArchive(dialect);
  }
  Run();
  EXPECT_EQ(Missing(), 0u);
  ExpectAllCounted();
  EXPECT_GT(Counted(stats_.stages[1], "bad.member"), 100u);
  EXPECT_GT(Counted(stats_.stages[1], "bad.corrupt"), 10u);
  ExpectMemoryWithin(8 << 20, 64 << 20);
}

// One wrong bit costs the game that it stands in, or at most the next one too.
TEST_F(MutationTest, OneFlippedBitCostsOneGame) {
  Random random(4);
  constexpr std::array kChecked = {TarDialect::kUstar, TarDialect::kOldStyle,
                                   TarDialect::kBase256,
                                   TarDialect::kGnuLongNames};
  std::vector<int> archives;
  for (size_t i = 0; i < 300; ++i) {
    archives.push_back(NextNumber(4));
    Bytes tar = Archive(kChecked[i % kChecked.size()], archives.back(), 4);
    tar[random.Below(tar.size())] ^= std::byte{1} << random.Below(8);
    Write(".tar", tar);
  }
  WriteGoodGame();
  Run();
  EXPECT_EQ(Missing(), 0u);
  size_t all = 0;
  for (int number : archives) {
    int lost = 0;
    for (int i = 0; i < 4 * static_cast<int>(kPositions); ++i) {
      lost += seen_.contains(number + i) ? 0 : 1;
    }
    all += lost == 0 ? 1 : 0;
    EXPECT_LE(lost, 2 * static_cast<int>(kPositions)) << number;
  }
  EXPECT_GT(all, 0u);
  EXPECT_LT(all, archives.size());
}

// Sizes that nothing stands behind, in every notation, and games that inflate
// to more than a game can be.
TEST_F(MutationTest, ClaimsCostNoMemory) {
  Random random(5);
  for (size_t i = 0; i < 400; ++i) {
    const auto dialect = static_cast<TarDialect>(i % kTarDialects);
    Write(".tar", testing::WithWrongTarSize(Archive(dialect, NextNumber(2), 2),
                                            random));
    Bytes game = Game(NextNumber());
    for (size_t j = 1; j <= 4; ++j) game[game.size() - j] = std::byte{0xff};
    if (i % 2 == 0) game[game.size() - 1] = std::byte{0x03};  // 67,108,863.
    Write(".gz", game);
    TarArchiveForTest tar;
    tar.Pax('x', PaxRecord("size", std::to_string(random.Next() >> 1)));
    tar.File("a.gz", Text(Game(NextNumber())));
    tar.Block(UstarBlock("long", random.Below(1u << 30), 'L'));
    Write(".tar", ToBytes(tar.bytes()));
  }
  Write(".gz", testing::Gzip(Bytes(40 << 20)));
  Write(".gz", testing::Gzip(Bytes(70 << 20)));
  WriteGoodGame();
  Run();
  EXPECT_EQ(Missing(), 0u);
  ExpectAllCounted();
  // The one that is within the limit is inflated, by both threads at most.
  ExpectMemoryWithin(41 << 20, 128 << 20);
}

}  // namespace
}  // namespace lczero
