#include "cc/loader/stages/chunk_unpacker.h"

#include <memory>
#include <utility>

#include "cc/frames/position_sampler.h"
#include "cc/loader/pipe_stage.h"

namespace lczero {
namespace {

class ChunkUnpackerStage : public PipeStage<Chunk, FrameItem> {
 public:
  explicit ChunkUnpackerStage(const StageContext& context)
      : PipeStage(context, *context.config.chunk_unpacker->threads),
        sampler_(*context.config.chunk_unpacker->position_sampling_rate,
                 context.seed) {}

 private:
  Result<void> Process(Chunk&& chunk) override {
    const auto count = static_cast<uint32_t>(chunk.frames.size());
    for (uint32_t i : sampler_.Sample(chunk.id, chunk.visit, count)) {
      auto frame = std::make_unique<Frame>(chunk.frames[i]);
      if (auto done = Push(std::move(frame), 1); !done) return done;
    }
    return {};
  }

  const PositionSampler sampler_;
};

Result<std::unique_ptr<Stage>> Create(const StageContext& context) {
  return std::make_unique<ChunkUnpackerStage>(context);
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
    .find_problems = nullptr,
    .create = Create,
};

}  // namespace lczero
