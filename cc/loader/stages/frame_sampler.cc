#include "cc/loader/stages/frame_sampler.h"

#include <atomic>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cc/frames/reservoir.h"
#include "cc/loader/pipe_stage.h"

namespace lczero {
namespace {

class FrameSamplerStage : public PipeStage<FrameItem, FrameItem> {
 public:
  explicit FrameSamplerStage(const StageContext& context)
      : PipeStage(context, 1),
        capacity_(*context.config.frame_sampler->reservoir_size),
        reservoir_(capacity_, context.seed) {
    GatherForPopSome(kMost);
  }

 private:
  // Frames that are moved at once: one lock and one wakeup for all.
  static constexpr size_t kMost = 256;

  Result<void> Work() override {
    std::vector<FrameItem> frames, others;
    while (true) {
      frames.clear();
      if (auto some = PopSome(kMost, frames); !some) {
        return Drain(some.error());
      }
      for (FrameItem& frame : frames) {
        auto other = reservoir_.Exchange(std::move(frame));
        if (other) others.push_back(*std::move(other));
      }
      size_.store(reservoir_.size(), std::memory_order_relaxed);
      if (auto done = PushAll(others); !done) return done;
    }
  }

  // Hands on what is left if `end` is the end of the input; returns `end`.
  Result<void> Drain(Error end) {
    while (end.code == ErrorCode::kEndOfData) {
      auto frame = reservoir_.Drain();
      if (!frame) break;
      size_.store(reservoir_.size(), std::memory_order_relaxed);
      if (auto done = Push(*std::move(frame), 1); !done) return done;
    }
    return std::unexpected(std::move(end));
  }

  void AddTotals(StageStats& stats, Clock::time_point /*now*/) const override {
    stats.reservoir = ReservoirStats{
        .frames = size_.load(std::memory_order_relaxed), .capacity = capacity_};
  }

  const uint64_t capacity_;
  // Used by the one thread only; `size_` is for the statistics.
  Reservoir<FrameItem> reservoir_;
  std::atomic<uint64_t> size_ = 0;
};

Result<std::unique_ptr<Stage>> Create(const StageContext& context) {
  return std::make_unique<FrameSamplerStage>(context);
}

}  // namespace

constexpr StageKind kFrameSamplerStage = {
    .name = "frame_sampler",
    .input = ItemType::kFrames,
    .output = ItemType::kFrames,
    .is_configured =
        [](const StageConfig& config) {
          return config.frame_sampler.has_value();
        },
    .find_problems = nullptr,
    .create = Create,
};

}  // namespace lczero
