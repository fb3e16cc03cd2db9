#include "cc/loader/stages/file_discovery.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <variant>

#include "cc/loader/any_queue.h"
#include "cc/testing/chunk_files.h"

namespace lczero {
namespace {

using Clock = WaitMeter::Clock;
using std::chrono::seconds;

// The stage on a folder of its own, which a test fills.
class FileDiscoveryStageTest : public ::testing::Test {
 protected:
  FileDiscoveryStageTest() {
    StageConfig config;
    config.file_discovery.emplace().directory = folder_.path();
    stage_ = *kFileDiscoveryStage.create({.name = "files",
                                          .config = config,
                                          .seed = 1,
                                          .inputs = {},
                                          .outputs = {&files_},
                                          .log = nullptr,
                                          .on_error = nullptr});
    stage_->Start();
  }

  ~FileDiscoveryStageTest() override {
    StopQueue(files_);
    stage_->Stop();
    stage_->Join();
  }

  FileItem Next() { return QueueOf<FileItem>(&files_)->Pop().value(); }

  std::optional<double> QuietSeconds(Clock::time_point now) const {
    return stage_->Totals(now).discovery.value().quiet_seconds;
  }

  testing::TempFolder folder_;
  AnyQueue files_ = MakeQueue(ItemType::kFiles, 8);
  std::unique_ptr<Stage> stage_;
};

TEST_F(FileDiscoveryStageTest, TellsForHowLongNoFileCame) {
  EXPECT_TRUE(std::holds_alternative<FirstScanDone>(Next()));
  EXPECT_EQ(QuietSeconds(Clock::now() + seconds(90)), std::nullopt);

  const Clock::time_point before = Clock::now();
  testing::WriteFile(folder_.path() / "a.tar", {});
  EXPECT_TRUE(std::holds_alternative<FoundFile>(Next()));
  const Clock::time_point after = Clock::now();
  EXPECT_LE(QuietSeconds(before + seconds(90)), 90.0);
  EXPECT_GE(QuietSeconds(after + seconds(90)), 90.0);
  EXPECT_EQ(QuietSeconds(before), 0.0);
}

}  // namespace
}  // namespace lczero
