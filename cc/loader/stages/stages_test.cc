// Single stages between two queues: what they put out, and the end of their
// input, which no watched folder ever reaches.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "cc/loader/any_queue.h"
#include "cc/loader/stage.h"
#include "cc/loader/stages/chunk_unpacker.h"
#include "cc/loader/stages/chunk_validator.h"
#include "cc/loader/stages/frame_sampler.h"
#include "cc/loader/stages/tensor_generator.h"
#include "cc/testing/frames.h"

namespace lczero {
namespace {

using testing::ChunkBytes;
using testing::RandomGame;

class OneChunkSource : public ChunkSource {
 public:
  OneChunkSource() : ChunkSource("run/one.gz") {}
  size_t ChunkCount() const override { return 1; }
  Result<Buffer> Read(size_t) const override {
    return MakeError(ErrorCode::kIo, "not used here");
  }
};

// Runs a stage of kind `kind` from its start to the end of its input.
template <typename In, typename Out>
class StageRun {
 public:
  StageRun(const StageKind& kind, StageConfig config)
      : input_(MakeQueue(kind.input, 1000)),
        output_(MakeQueue(kind.output, 1000)) {
    config.queue_capacity = 1000;
    FillDefaults(config);
    const StageContext context = {
        .name = "stage",
        .config = config,
        .seed = 1,
        .input = &input_,
        .output = &output_,
        .log = [this](LogLevel,
                      std::string_view line) { log_.emplace_back(line); },
        .on_error = [](const Error& error) { ADD_FAILURE() << error.message; }};
    stage_ = *kind.create(context);
  }

  void Give(In item) {
    ASSERT_TRUE(QueueOf<In>(&input_)->Push(std::move(item)).has_value());
  }

  // Everything that comes out until the end.
  std::vector<Out> Finish() {
    QueueOf<In>(&input_)->Finish();
    stage_->Start();
    std::vector<Out> items;
    while (true) {
      auto item = QueueOf<Out>(&output_)->Pop();
      if (!item) {
        EXPECT_EQ(item.error().code, ErrorCode::kEndOfData);
        break;
      }
      items.push_back(*std::move(item));
    }
    stage_->Join();
    return items;
  }

  StageStats Stats() const { return stage_->Totals(WaitMeter::Clock::now()); }
  const std::vector<std::string>& log() const { return log_; }

 private:
  AnyQueue input_;
  AnyQueue output_;
  std::vector<std::string> log_;
  std::unique_ptr<Stage> stage_;
};

FrameItem NumberedFrame(uint32_t number) {
  auto frame = std::make_unique<Frame>(testing::RandomFrame(number));
  frame->plies_left = static_cast<float>(number);
  return frame;
}

RawChunk Raw(std::vector<Frame> frames) {
  const std::vector<std::byte> content = ChunkBytes(frames);
  RawChunk raw{.ref = {.source = std::make_shared<OneChunkSource>()},
               .bytes = Buffer(content.size())};
  std::copy(content.begin(), content.end(), raw.bytes.data());
  return raw;
}

TEST(FrameSamplerStageTest, HandsOnAllItHoldsAtTheEnd) {
  StageConfig config;
  config.frame_sampler.emplace().reservoir_size = 30;
  StageRun<FrameItem, FrameItem> run(kFrameSamplerStage, config);
  for (uint32_t i = 0; i < 100; ++i) run.Give(NumberedFrame(i));
  std::vector<float> order;
  for (const FrameItem& frame : run.Finish()) {
    order.push_back(frame->plies_left);
  }
  EXPECT_EQ(order.size(), 100u);
  EXPECT_EQ(std::set<float>(order.begin(), order.end()).size(), 100u);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(run.Stats().reservoir->frames, 0u);
  EXPECT_EQ(run.Stats().items.total, 100u);
}

TEST(TensorGeneratorStageTest, GivesWholeBatchesOnly) {
  StageConfig config;
  config.tensor_generator.emplace().batch_size = 8;
  StageRun<FrameItem, BatchItem> run(kTensorGeneratorStage, config);
  for (uint32_t i = 0; i < 29; ++i) run.Give(NumberedFrame(i));
  const auto batches = run.Finish();
  ASSERT_EQ(batches.size(), 3u);
  for (size_t i = 0; i < 24; ++i) {
    EXPECT_EQ(batches[i / 8]->row(Tensor::kValues, i % 8)[2],
              static_cast<float>(i));
  }
  EXPECT_EQ(run.Stats().positions.total, 24u);
}

TEST(ChunkUnpackerStageTest, VisitsOfAChunkAreDisjoint) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_sampling_rate = 0.25;
  StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
  for (uint64_t visit = 0; visit < 4; ++visit) {
    run.Give(Chunk{.id = 9, .visit = visit, .frames = RandomGame(1, 50)});
  }
  std::vector<int> seen(50);
  for (const FrameItem& frame : run.Finish()) seen.at(frame->visits)++;
  EXPECT_EQ(seen, std::vector<int>(50, 1));
}

TEST(ChunkValidatorStageTest, TheFirstGoodGameDecidesTheFormat) {
  StageConfig config;
  config.chunk_validator.emplace();
  StageRun<RawChunk, Chunk> run(kChunkValidatorStage, config);
  auto bad = RandomGame(1, 3, InputFormat::kClassical);
  bad[0].best_q = 9.0f;
  run.Give(Raw(bad));
  run.Give(Raw(RandomGame(2, 3, InputFormat::kV2)));
  run.Give(Raw(RandomGame(3, 3, InputFormat::kClassical)));
  run.Give(Raw(RandomGame(4, 5, InputFormat::kV2)));
  const auto chunks = run.Finish();
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(chunks[0].frames.size(), 3u);
  EXPECT_EQ(chunks[1].frames.size(), 5u);
  const StageStats stats = run.Stats();
  EXPECT_EQ(stats.positions.total, 8u);
  EXPECT_EQ(stats.counters.at("bad.q").total, 1u);
  EXPECT_EQ(stats.counters.at("bad.input_format").total, 1u);
  ASSERT_EQ(run.log().size(), 2u);
  EXPECT_EQ(run.log()[1],
            "chunk run/one.gz#0: frame 0: input_format is 1, not the 5 of "
            "this loader; skipped (2 of 3). Keep games of one format in the "
            "folder, or choose the format by chunk_validator.input_format.");
}

}  // namespace
}  // namespace lczero
