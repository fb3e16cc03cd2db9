#include "cc/loader/stages/chunk_unpacker.h"

#include <algorithm>
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
#include "cc/chunks/read_chunk.h"
#include "cc/frames/acceptance.h"
#include "cc/frames/position_sampler.h"
#include "cc/loader/bad_data_log.h"
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
        correction_(CorrectionOf(*context.config.chunk_unpacker)),
        bad_data_(context.log, &metrics()) {}

 private:
  Result<void> Process(Chunk&& chunk) override {
    const auto count = static_cast<uint32_t>(chunk.size());
    if (!TakesGame(chunk.ref, count)) {
      metrics().Count("games_passed_over", 1);
      return {};
    }
    auto frames = TakeFrames(chunk, count);
    if (!frames) {
      // Only other bytes than those that were good, of the same checksum.
      bad_data_.Bad(NameError(frames.error(), chunk.ref.Name()).error());
      return {};
    }
    bad_data_.Good();
    std::vector<FrameItem> group = AddToGroup(*std::move(frames));
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

  Result<std::vector<FrameItem>> TakeFrames(Chunk& chunk, uint32_t count) {
    const std::vector<uint32_t> taken =
        sampler_.Sample(chunk.ref.id, chunk.ref.visit, count);
    if (taken.empty()) return {};
    if (chunk.is_packed()) return TakeFrom(*chunk.ref.packed, taken, chunk.ref);
    const size_t inflated = chunk.content.inflated().size();
    const auto frames = chunk.FramesThrough(std::ranges::max(taken));
    if (!frames) return std::unexpected(frames.error());
    if (chunk.content.inflated().size() > inflated) {
      metrics().Count("inflated_bytes", chunk.content.inflated().size());
    }
    return TakeFrom(*frames, taken, chunk.ref);
  }

  // `frames`: a ChunkView or a PackedChunk.
  template <typename Frames>
  std::vector<FrameItem> TakeFrom(const Frames& frames,
                                  const std::vector<uint32_t>& taken,
                                  const ChunkRef& ref) {
    std::vector<FrameItem> items;
    items.reserve(taken.size());
    for (size_t k = 0; k < taken.size(); ++k) {
      // It comes while the one before it is packed.
      if (k + 1 < taken.size()) frames[taken[k + 1]].Prefetch();
      const auto frame = frames[taken[k]];
      if (focus_ && !Keeps(Whole(frame), ref, taken[k])) {
        metrics().Count("positions_passed_over", 1);
        continue;
      }
      items.push_back(Packed(frame));
    }
    return items;
  }

  static PackedFrame Packed(const FrameView& frame) {
    return PackedFrame(frame);
  }
  static PackedFrame Packed(const PackedFrameView& frame) {
    return frame.Copy();
  }
  static Frame Whole(const FrameView& frame) { return frame.Copy(); }
  static Frame Whole(const PackedFrameView& packed) {
    Frame frame;
    packed.Unpack(frame);
    return frame;
  }

  // What is to be handed on now, in order; none while the group is small.
  std::vector<FrameItem> AddToGroup(std::vector<FrameItem> frames) {
    std::lock_guard<std::mutex> lock(mutex_);
    group_.insert(group_.end(), std::move_iterator(frames.begin()),
                  std::move_iterator(frames.end()));
    return group_.size() < kGroup ? std::vector<FrameItem>()
                                  : std::exchange(group_, {});
  }

  bool TakesGame(const ChunkRef& ref, uint32_t positions) const {
    return !correction_ ||
           Accepts(correction_->Chance(positions), HashCombine(seed_, kGames),
                   ref.id, ref.visit, 0);
  }

  bool Keeps(const Frame& frame, const ChunkRef& ref, uint32_t position) const {
    return Accepts(focus_->Chance(frame), HashCombine(seed_, kFocus), ref.id,
                   ref.visit, position);
  }

  const uint64_t seed_;
  const PositionSampler sampler_;
  const std::optional<DiffFocus> focus_;
  const std::optional<LengthCorrection> correction_;
  BadDataLog bad_data_;
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
