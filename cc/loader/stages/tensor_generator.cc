#include "cc/loader/stages/tensor_generator.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cc/batches/batch.h"
#include "cc/batches/tensors.h"
#include "cc/loader/pipe_stage.h"

namespace lczero {
namespace {

class TensorGeneratorStage : public PipeStage<FrameItem, BatchItem> {
 public:
  explicit TensorGeneratorStage(const StageContext& context)
      : PipeStage(context, *context.config.tensor_generator->threads),
        name_(context.name),
        allocator_(*context.config.tensor_generator->batch_size,
                   FreeBlocks(context.config),
                   *context.config.tensor_generator->packed
                       ? BatchForm::kPacked
                       : BatchForm::kPlain) {
    GatherForPopSome(std::min(kMost, allocator_.batch_size()));
  }

 private:
  // Frames that are taken at once: one lock and one wakeup for all.
  static constexpr size_t kMost = 256;
  // Rows in the time of which a frame comes from memory.
  static constexpr size_t kAhead = 3;

  // Enough for the batches of a full queue to come back all at once.
  static size_t FreeBlocks(const StageConfig& config) {
    return size_t{*config.queue_capacity} + *config.tensor_generator->threads;
  }

  Result<void> Work() override {
    while (true) {
      auto batch = allocator_.Allocate();
      if (auto filled = Fill(*batch); !filled) return filled;
      if (auto done = Push(std::move(batch), allocator_.batch_size()); !done) {
        return done;
      }
    }
  }

  Result<void> Fill(Batch& batch) {
    std::vector<FrameItem> frames;
    Frame rest;
    for (size_t filled = 0; filled < batch.size(); filled += frames.size()) {
      frames.clear();
      auto some = PopSome(std::min(kMost, batch.size() - filled), frames);
      if (!some) return some;
      for (size_t i = 0; i < frames.size(); ++i) {
        if (i + kAhead < frames.size()) frames[i + kAhead].Prefetch();
        WriteRow(frames[i], filled + i, batch, rest);
        if (auto fits = CheckFormat(rest, batch); !fits) return fits;
      }
    }
    return {};
  }

  // A packed batch has one format; plain ones may be mixed.
  Result<void> CheckFormat(const Frame& frame, Batch& batch) const {
    if (batch.input_format() == 0) batch.set_input_format(frame.input_format);
    if (batch.form() == BatchForm::kPlain ||
        batch.input_format() == frame.input_format) {
      return {};
    }
    return MakeError(
        ErrorCode::kBadConfig,
        "stages." + name_ + ": positions of the input formats " +
            std::to_string(batch.input_format()) + " and " +
            std::to_string(frame.input_format) +
            " would meet in one packed batch; set "
            "tensor_generator.packed to false, or the same "
            "chunk_validator.input_format in every graph that is joined");
  }

  const std::string name_;
  BatchAllocator allocator_;
};

Result<std::unique_ptr<Stage>> Create(const StageContext& context) {
  return std::make_unique<TensorGeneratorStage>(context);
}

std::vector<std::string> FindProblems(const StageConfig& config) {
  if (config.tensor_generator->batch_size) return {};
  return {
      "tensor_generator.batch_size: missing; set it, or training.batch_size, "
      "to the number of positions in a batch"};
}

}  // namespace

constexpr StageKind kTensorGeneratorStage = {
    .name = "tensor_generator",
    .input = ItemType::kFrames,
    .output = ItemType::kBatches,
    .is_configured =
        [](const StageConfig& config) {
          return config.tensor_generator.has_value();
        },
    .find_problems = FindProblems,
    .create = Create,
};

}  // namespace lczero
