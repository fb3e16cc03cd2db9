#include "cc/loader/stages/tensor_generator.h"

#include <cstddef>
#include <memory>
#include <utility>

#include "cc/batches/batch.h"
#include "cc/batches/tensors.h"
#include "cc/loader/pipe_stage.h"

namespace lczero {
namespace {

class TensorGeneratorStage : public PipeStage<FrameItem, BatchItem> {
 public:
  explicit TensorGeneratorStage(const StageContext& context)
      : PipeStage(context, *context.config.tensor_generator->threads),
        allocator_(*context.config.tensor_generator->batch_size,
                   FreeBlocks(context.config)) {}

 private:
  // Enough for the batches of a full queue to come back all at once.
  static size_t FreeBlocks(const StageConfig& config) {
    return size_t{*config.queue_capacity} + *config.tensor_generator->threads;
  }

  Result<void> Work() override {
    Frame unpacked;
    while (true) {
      auto batch = allocator_.Allocate();
      for (size_t i = 0; i < batch->size(); ++i) {
        auto frame = Pop();
        if (!frame) return std::unexpected(frame.error());
        frame->Unpack(unpacked);
        WriteRow(unpacked, i, *batch);
      }
      if (auto done = Push(std::move(batch), allocator_.batch_size()); !done) {
        return done;
      }
    }
  }

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
