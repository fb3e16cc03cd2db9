#include "cc/loader/stages/chunk_unpacker.h"

#include <cstdint>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cc/base/hash.h"
#include "cc/base/thread_annotations.h"
#include "cc/frames/acceptance.h"
#include "cc/frames/position_sampler.h"
#include "cc/loader/pipe_stage.h"

namespace lczero {
namespace {

// Where neither a rate nor a count is given: 20 visits until a game is used up.
constexpr double kUsualRate = 0.05;

// Frames that are handed on together. Handing on wakes a thread, which costs as
// much as some ten frames do; holding a few back delays nobody.
constexpr size_t kGroup = 64;

// Seeds of their own, so that no choice hangs on another's.
enum Stream : uint64_t { kPositions, kGames, kFocus };

PositionSampler SamplerOf(const StageContext& context) {
  const ChunkUnpackerConfig& config = *context.config.chunk_unpacker;
  const uint64_t seed = HashCombine(context.seed, kPositions);
  if (config.position_count) {
    return PositionSampler::ByCount(*config.position_count, seed);
  }
  return PositionSampler::ByRate(
      config.position_sampling_rate.value_or(kUsualRate), seed);
}

std::optional<DiffFocus> FocusOf(const ChunkUnpackerConfig& config) {
  if (!config.diff_focus) return {};
  return DiffFocus{.floor = *config.diff_focus->floor,
                   .q_scale = *config.diff_focus->q_scale,
                   .q_exponent = *config.diff_focus->q_exponent,
                   .policy_scale = *config.diff_focus->policy_scale,
                   .policy_exponent = *config.diff_focus->policy_exponent};
}

std::optional<LengthCorrection> CorrectionOf(
    const ChunkUnpackerConfig& config) {
  if (!config.length_correction) return {};
  return LengthCorrection{.threshold = config.length_correction->threshold,
                          .gamma = *config.length_correction->gamma};
}

class ChunkUnpackerStage : public PipeStage<Chunk, FrameItem> {
 public:
  explicit ChunkUnpackerStage(const StageContext& context)
      : PipeStage(context, *context.config.chunk_unpacker->threads),
        seed_(context.seed),
        sampler_(SamplerOf(context)),
        focus_(FocusOf(*context.config.chunk_unpacker)),
        correction_(CorrectionOf(*context.config.chunk_unpacker)) {}

 private:
  Result<void> Process(Chunk&& chunk) override {
    const auto count = static_cast<uint32_t>(chunk.size());
    if (!TakesGame(chunk, count)) {
      metrics().Count("games_passed_over", 1);
      return {};
    }
    std::vector<FrameItem> frames = TakeFrames(chunk, count);
    std::vector<FrameItem> group = AddToGroup(frames);
    return group.empty() ? Result<void>() : PushAll(group);
  }

  void Flush() override {
    std::vector<FrameItem> rest;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      rest.swap(group_);
    }
    // Fails only if the loader was stopped.
    if (!rest.empty()) (void)PushAll(rest);
  }

  std::vector<FrameItem> TakeFrames(const Chunk& chunk, uint32_t count) {
    const std::vector<uint32_t> taken =
        sampler_.Sample(chunk.id, chunk.visit, count);
    std::vector<FrameItem> frames;
    frames.reserve(taken.size());
    for (size_t k = 0; k < taken.size(); ++k) {
      if (k + 1 < taken.size()) Prefetch(chunk, taken[k + 1]);
      if (!Keeps(chunk, taken[k])) {
        metrics().Count("positions_passed_over", 1);
        continue;
      }
      frames.push_back(chunk.packed != nullptr
                           ? (*chunk.packed)[taken[k]].Copy()
                           : PackedFrame(chunk.frames[taken[k]]));
    }
    return frames;
  }

  // It comes while the one before it is packed.
  static void Prefetch(const Chunk& chunk, uint32_t position) {
    if (chunk.packed != nullptr) {
      (*chunk.packed)[position].Prefetch();
    } else {
      chunk.frames[position].Prefetch();
    }
  }

  // What is to be handed on now, in order; none while the group is small.
  std::vector<FrameItem> AddToGroup(std::vector<FrameItem>& frames) {
    std::lock_guard<std::mutex> lock(mutex_);
    group_.insert(group_.end(), std::move_iterator(frames.begin()),
                  std::move_iterator(frames.end()));
    return group_.size() < kGroup ? std::vector<FrameItem>()
                                  : std::exchange(group_, {});
  }

  bool TakesGame(const Chunk& chunk, uint32_t positions) const {
    return !correction_ ||
           Accepts(correction_->Chance(positions), HashCombine(seed_, kGames),
                   chunk.id, chunk.visit, 0);
  }

  bool Keeps(const Chunk& chunk, uint32_t position) const {
    if (!focus_) return true;
    return Accepts(focus_->Chance(FrameAt(chunk, position)),
                   HashCombine(seed_, kFocus), chunk.id, chunk.visit, position);
  }

  static Frame FrameAt(const Chunk& chunk, uint32_t position) {
    if (chunk.packed == nullptr) return chunk.frames[position].Copy();
    Frame frame;
    (*chunk.packed)[position].Unpack(frame);
    return frame;
  }

  const uint64_t seed_;
  const PositionSampler sampler_;
  const std::optional<DiffFocus> focus_;
  const std::optional<LengthCorrection> correction_;
  std::mutex mutex_;
  std::vector<FrameItem> group_ LC_GUARDED_BY(mutex_);
};

Result<std::unique_ptr<Stage>> Create(const StageContext& context) {
  return std::make_unique<ChunkUnpackerStage>(context);
}

std::vector<std::string> FindProblems(const StageConfig& stage) {
  const ChunkUnpackerConfig& config = *stage.chunk_unpacker;
  if (!config.position_count || !config.position_sampling_rate) return {};
  return {
      "chunk_unpacker: has both position_sampling_rate and position_count; "
      "keep one"};
}

}  // namespace

constexpr StageKind kChunkUnpackerStage = {
    .name = "chunk_unpacker",
    .input = ItemType::kChunks,
    .output = ItemType::kFrames,
    .is_configured =
        [](const StageConfig& config) {
          return config.chunk_unpacker.has_value();
        },
    .find_problems = FindProblems,
    .create = Create,
};

}  // namespace lczero
