#include "cc/loader/stages/file_discovery.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <utility>
#include <variant>

#include "cc/files/file_discovery.h"
#include "cc/loader/pipe_stage.h"

namespace lczero {
namespace {

class FileDiscoveryStage : public PipeStage<std::monostate, FileItem> {
 public:
  FileDiscoveryStage(const StageContext& context,
                     std::unique_ptr<FileDiscovery> discovery)
      : PipeStage(context, 1),
        log_(context.log),
        discovery_(std::move(discovery)) {}

  void Stop() override { discovery_->Stop(); }

 private:
  Result<void> Work() override {
    while (true) {
      Result<DiscoveryEvent> event = NextEvent();
      if (!event) return std::unexpected(event.error());
      if (Result<void> done = Handle(*std::move(event)); !done) return done;
    }
  }

  Result<DiscoveryEvent> NextEvent() {
    WaitScope wait(&metrics().input_wait());
    wait.Start();
    return discovery_->Next();
  }

  Result<void> Handle(DiscoveryEvent event) {
    if (const auto* notice = std::get_if<Notice>(&event)) {
      metrics().Count("notices", 1);
      log_(LogLevel::kWarning, notice->message);
      return {};
    }
    if (auto* file = std::get_if<FoundFile>(&event)) {
      newest_file_.store(Clock::now(), std::memory_order_relaxed);
      return Push(std::move(*file), 0);
    }
    return Push(FirstScanDone{}, 0, 0);
  }

  void AddTotals(StageStats& stats, Clock::time_point now) const override {
    stats.discovery.emplace();
    const auto newest = newest_file_.load(std::memory_order_relaxed);
    if (newest == Clock::time_point()) return;
    // A file that came after `now` was read counts a little below zero.
    stats.discovery->quiet_seconds =
        std::max(0.0, std::chrono::duration<double>(now - newest).count());
  }

  const LogSink log_;
  const std::unique_ptr<FileDiscovery> discovery_;
  // Its initial value: none was found yet.
  std::atomic<Clock::time_point> newest_file_ = Clock::time_point();
};

Result<std::unique_ptr<Stage>> Create(const StageContext& context) {
  auto discovery =
      FileDiscovery::Create(context.config.file_discovery->directory);
  if (!discovery) return std::unexpected(discovery.error());
  return std::make_unique<FileDiscoveryStage>(context, *std::move(discovery));
}

}  // namespace

constexpr StageKind kFileDiscoveryStage = {
    .name = "file_discovery",
    .input = ItemType::kNone,
    .output = ItemType::kFiles,
    .is_configured =
        [](const StageConfig& config) {
          return config.file_discovery.has_value();
        },
    .find_problems = nullptr,
    .create = Create,
};

}  // namespace lczero
