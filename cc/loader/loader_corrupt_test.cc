// Bad files and games between good ones: counted, told, survived.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "cc/loader/loader.h"
#include "cc/loader/loader_fixture_for_test.h"

namespace lczero {
namespace {

using testing::Bytes;
using testing::ChunkBytes;
using testing::Gzip;
using testing::MakeConfig;
using testing::WriteFile;

// Good games between bad ones of many kinds.
class CorruptFilesTest : public LoaderTest {
 protected:
  static Bytes Broken(std::vector<Frame> game, void (*damage)(Frame&)) {
    damage(game[3]);
    return ChunkBytes(game);
  }

  void WriteArchives() {
    const Bytes good = ChunkBytes(NumberedGame(0, 16));
    Bytes odd = good;
    odd.push_back(std::byte{1});
    Bytes flipped = Gzip(good);
    flipped[flipped.size() / 2] ^= std::byte{0x10};
    const std::vector<std::pair<std::string, Bytes>> members = {
        {"0.gz", Gzip(good)},
        {"1.gz", Gzip(odd)},
        {"2.gz", flipped},
        {"3.gz",
         Gzip(Broken(NumberedGame(0, 16), [](Frame& f) { f.best_q = 7.0f; }))},
        {"4.gz",
         Gzip(Broken(NumberedGame(0, 16), [](Frame& f) { f.planes[5] = 0; }))},
        {"5.gz",
         Gzip(ChunkBytes(NumberedGame(0, 16, InputFormat::kCanonical)))},
        {"6.gz", Gzip(ChunkBytes(NumberedGame(16, 16)))},
    };
    const Bytes tar = testing::Tar(members);
    WriteFile(folder_.path() / "mixed.tar", tar);
    WriteFile(folder_.path() / "cut.tar", std::span(tar).first(600));
    WriteFile(folder_.path() / "noise.tar", Bytes(700, std::byte{0xee}));
    WriteFile(folder_.path() / "empty.gz", {});
    WriteFile(folder_.path() / "good.gz",
              Gzip(ChunkBytes(NumberedGame(32, 16))));
  }

  static uint64_t Bad(const LoaderStats& stats, size_t stage,
                      const std::string& reason) {
    const auto& counters = stats.stages.at(stage).counters;
    const auto place = counters.find("bad." + reason);
    return place == counters.end() ? 0 : place->second.total;
  }
};

TEST_F(CorruptFilesTest, GoodGamesAreDeliveredAndBadOnesCounted) {
  WriteArchives();
  DataLoaderConfig config = MakeConfig(Graph());
  config.stages.at("validator").chunk_validator->input_format = 1;
  const auto loader = Start(config);
  std::set<int> seen;
  LoaderStats stats;
  do {
    const auto batch = loader->GetNextBatch();
    ASSERT_TRUE(batch.has_value()) << batch.error().message;
    for (int number : NumbersIn(**batch)) seen.insert(number);
    stats = loader->GetStats();
  } while (seen.size() < 48 || stats.stages[2].pool->exhaustions < 2);
  EXPECT_EQ(*seen.rbegin(), 47);
  EXPECT_GT(Bad(stats, 2, "corrupt"), 0u) << "the flipped bit";
  EXPECT_GT(Bad(stats, 3, "size"), 0u);
  EXPECT_GT(Bad(stats, 3, "q"), 0u);
  EXPECT_GT(Bad(stats, 3, "kings"), 0u);
  EXPECT_GT(Bad(stats, 3, "input_format"), 0u);
  EXPECT_EQ(Bad(stats, 1, "corrupt"), 1u) << "noise.tar";
}

TEST_F(CorruptFilesTest, ALineSaysWhatWhereAndWhatToDo) {
  WriteArchives();
  const auto loader = Start(MakeConfig(Graph()));
  while (Bad(loader->GetStats(), 3, "size") == 0) {
    ASSERT_TRUE(loader->GetNextBatch().has_value());
  }
  loader->Stop();
  const std::string start = "chunk " + (folder_.path() / "mixed.tar").string() +
                            "#1: " +
                            "size 133697 bytes is not a multiple of the V6 "
                            "frame (8356); skipped (";
  const auto all = lines();
  EXPECT_EQ(std::count_if(all.begin(), all.end(),
                          [&](const std::string& line) {
                            return line.starts_with(start) &&
                                   line.ends_with(". Check the download.");
                          }),
            1)
      << ::testing::PrintToString(all);
}

TEST_F(CorruptFilesTest, WithoutASinkLinesWaitUntilTheyAreTaken) {
  WriteFile(folder_.path() / "noise.tar", Bytes(700, std::byte{0xee}));
  const auto loader = *Loader::Create(MakeConfig(Graph()), {.log = nullptr});
  const auto line = loader->NextLogLine();
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->level, LogLevel::kWarning);
  EXPECT_NE(line->text.find("noise.tar"), std::string::npos) << line->text;
}

TEST_F(CorruptFilesTest, LinesOutliveStop) {
  WriteFile(folder_.path() / "noise.tar", Bytes(700, std::byte{0xee}));
  const auto loader = *Loader::Create(MakeConfig(Graph()), {.log = nullptr});
  while (Bad(loader->GetStats(), 1, "corrupt") == 0) {
    std::this_thread::yield();
  }
  loader->Stop();
  EXPECT_TRUE(loader->NextLogLine().has_value());
  EXPECT_EQ(loader->NextLogLine().error().code, ErrorCode::kEndOfData);
}

}  // namespace
}  // namespace lczero
