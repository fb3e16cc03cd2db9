// The benchmark itself, on a few games: that it measures what it says, not how
// fast that is.
#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "cc/bench/floors.h"
#include "cc/bench/in_child.h"
#include "cc/bench/loader_case.h"
#include "cc/bench/report.h"
#include "cc/bench/system_zlib.h"
#include "cc/testing/chunk_files.h"
#include "cc/testing/frames.h"

namespace lczero::bench {
namespace {

class LoaderBenchTest : public ::testing::Test {
 protected:
  LoaderBenchTest() {
    std::vector<testing::Bytes> games;
    for (uint64_t seed = 0; seed < 8; ++seed) {
      games.push_back(testing::ChunkBytes(testing::RandomGame(seed, 10)));
    }
    testing::WriteFile(folder_.path() / "games.tar",
                       testing::TarOfGames(games));
    options_ = {.directory = folder_.path(),
                .batch_size = 16,
                .pool_chunks = 8,
                .reservoir_frames = 20,
                .seconds = 0.01};
  }

  testing::TempFolder folder_;
  CaseOptions options_;
};

TEST_F(LoaderBenchTest, MeasuresColdAndWarm) {
  for (const bool warm : {false, true}) {
    options_.warm = warm;
    const auto result =
        InChild<CaseResult>([&] { return MeasureCase(options_); });
    ASSERT_TRUE(result.has_value());
    EXPECT_GT(result->positions, 0);
    EXPECT_GT(result->cpu_us, 0);
    EXPECT_GT(result->peak_bytes, 1e6);
    EXPECT_EQ(result->stages, 7u);
    EXPECT_STREQ(result->stage_costs[6].name, "tensor_generator");
    if (warm) {
      EXPECT_GT(result->cache_bytes_per_frame, 100);
      EXPECT_LT(result->cache_bytes_per_frame, sizeof(Frame));
    } else {
      EXPECT_EQ(result->cache_bytes_per_frame, 0);
    }
  }
}

TEST_F(LoaderBenchTest, MeasuresACacheInAFile) {
  const testing::TempFolder spill;
  options_.warm = true;
  options_.spill_folder = spill.path();
  const auto result =
      InChild<CaseResult>([&] { return MeasureCase(options_); });
  ASSERT_TRUE(result.has_value());
  EXPECT_GT(result->cache_bytes_per_frame, 100);
}

TEST_F(LoaderBenchTest, AChildsErrorIsOurs) {
  options_.batch_size = 0;
  EXPECT_FALSE(InChild<CaseResult>([&] { return MeasureCase(options_); }));
}

TEST(SystemZlibTest, InflatesWhatIsWhole) {
  const SystemZlib* const zlib = SystemZlib::Find();
  if (zlib == nullptr) GTEST_SKIP() << "this machine has no zlib";
  const testing::Bytes game = testing::ChunkBytes(testing::RandomGame(1, 10));
  testing::Bytes compressed = testing::Gzip(game);
  testing::Bytes out(game.size());
  EXPECT_TRUE(zlib->InflateGzip(compressed, out));
  EXPECT_EQ(out, game);
  EXPECT_FALSE(zlib->InflateGzip(compressed, std::span(out).first(100)));
  compressed.back() ^= std::byte{1};
  EXPECT_FALSE(zlib->InflateGzip(compressed, out));
}

TEST(ReportTest, TargetsAreTheFloorsTimesTheirFactors) {
  const Floors floors = {.libdeflate_us = 6,
                         .zlib_us = 0,
                         .memcpy_us = 1,
                         .planes_us = 1,
                         .frames_per_game = 125,
                         .compression = 25};
  CaseOptions options{.directory = "", .sampling_rate = 0.2};
  EXPECT_DOUBLE_EQ(TargetOf(options, floors).cpu_us, 1.2 * 6 / 0.2);
  CaseResult result{};
  result.wall_us = 1;
  result.cpu_us = 35.9;
  EXPECT_NE(CaseRow(options, result, floors).find(": met"), std::string::npos);
  result.cpu_us = 36.1;
  EXPECT_NE(CaseRow(options, result, floors).find("MISSED"), std::string::npos);
  options.warm = true;
  EXPECT_EQ(TargetOf(options, floors).cpu_us, 9);
  options.packed_batches = false;
  EXPECT_EQ(TargetOf(options, floors).text, "");
  options.warm = false;
  options.sampling_rate = 1;
  EXPECT_DOUBLE_EQ(TargetOf(options, floors).cpu_us, 2.5 * (6 + 1 + 1));
  options.sampling_rate = 0.5;
  EXPECT_EQ(TargetOf(options, floors).text, "");
}

TEST(ReportTest, ScalingIsHeldAgainstTheFirst) {
  EXPECT_EQ(ScalingRow(0.2, {{.cores = 1, .positions_per_second = 2000},
                             {.cores = 2, .positions_per_second = 3700}}),
            "  0.2  1: 2000 (1.00 x)  2: 3700 (1.85 x)\n");
}

}  // namespace
}  // namespace lczero::bench
