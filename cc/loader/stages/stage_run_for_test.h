// For tests: a single stage between two queues, and what tests give to stages.
#ifndef CC_LOADER_STAGES_STAGE_RUN_FOR_TEST_H_
#define CC_LOADER_STAGES_STAGE_RUN_FOR_TEST_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cc/base/buffer.h"
#include "cc/loader/any_queue.h"
#include "cc/loader/stage.h"
#include "cc/testing/frames.h"

namespace lczero {

// Runs a stage of kind `kind` from its start to the end of its input.
template <typename In, typename Out>
class StageRun {
 public:
  // With as many inputs as `config` names, or one.
  StageRun(const StageKind& kind, StageConfig config) {
    config.queue_capacity = kCapacity;
    FillDefaults(config);
    AddQueues(kind.input, std::max<size_t>(config.inputs.size(), 1), inputs_);
    AddQueues(kind.output,
              kind.output_names ? kind.output_names(config).size() : 1,
              outputs_);
    const StageContext context = {
        .name = "stage",
        .config = config,
        .seed = 1,
        .inputs = Pointers(inputs_),
        .outputs = Pointers(outputs_),
        .log = [this](LogLevel,
                      std::string_view line) { log_.emplace_back(line); },
        .on_error =
            [this](const Error& error) {
              error_ = error;
              for (AnyQueue& output : outputs_) StopQueue(output);
            }};
    stage_ = *kind.create(context);
  }

  void Give(In item, size_t input = 0) {
    ASSERT_TRUE(
        QueueOf<In>(&inputs_[input])->Push(std::move(item)).has_value());
  }

  // Everything that comes out of the only output until the end.
  std::vector<Out> Finish() { return std::move(FinishAll().front()); }

  // And of each output; no more than kCapacity items.
  std::vector<std::vector<Out>> FinishAll() {
    for (AnyQueue& input : inputs_) QueueOf<In>(&input)->Finish();
    stage_->Start();
    std::vector<std::vector<Out>> items;
    for (AnyQueue& output : outputs_) items.push_back(Drain(output));
    stage_->Join();
    if (error_) ADD_FAILURE() << error_->message;
    return items;
  }

  // What the stage failed with; an empty message if it did not.
  Error FinishFailing() {
    for (AnyQueue& input : inputs_) QueueOf<In>(&input)->Finish();
    stage_->Start();
    stage_->Join();
    return error_.value_or(Error{});
  }

  // For a stage without an end: between Start and Stop, one item after the
  // other.
  void Start() { stage_->Start(); }
  Out Take() { return *QueueOf<Out>(&outputs_.front())->Pop(); }
  void Stop() {
    for (AnyQueue& input : inputs_) StopQueue(input);
    for (AnyQueue& output : outputs_) StopQueue(output);
    stage_->Stop();
    stage_->Join();
  }

  StageStats Stats() const { return stage_->Totals(WaitMeter::Clock::now()); }
  const std::vector<std::string>& log() const { return log_; }

 private:
  static constexpr uint32_t kCapacity = 1000;

  static void AddQueues(ItemType type, size_t count,
                        std::vector<AnyQueue>& queues) {
    while (queues.size() < count) queues.push_back(MakeQueue(type, kCapacity));
  }

  static std::vector<AnyQueue*> Pointers(std::vector<AnyQueue>& queues) {
    std::vector<AnyQueue*> pointers;
    for (AnyQueue& queue : queues) pointers.push_back(&queue);
    return pointers;
  }

  static std::vector<Out> Drain(AnyQueue& output) {
    std::vector<Out> items;
    while (true) {
      auto item = QueueOf<Out>(&output)->Pop();
      if (!item) {
        EXPECT_EQ(item.error().code, ErrorCode::kEndOfData);
        return items;
      }
      items.push_back(*std::move(item));
    }
  }

  std::vector<AnyQueue> inputs_;
  std::vector<AnyQueue> outputs_;
  std::vector<std::string> log_;
  // Written by a thread of the stage, read when it was joined.
  std::optional<Error> error_;
  std::unique_ptr<Stage> stage_;
};

inline Buffer BufferOf(const std::vector<Frame>& frames) {
  const std::vector<std::byte> content = testing::ChunkBytes(frames);
  Buffer bytes(content.size());
  std::copy(content.begin(), content.end(), bytes.data());
  return bytes;
}

}  // namespace lczero

#endif  // CC_LOADER_STAGES_STAGE_RUN_FOR_TEST_H_
