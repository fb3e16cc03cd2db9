// Single stages between two queues: what they put out, and the end of their
// input, which no watched folder ever reaches.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "cc/chunks/chunk_pool.h"
#include "cc/loader/any_queue.h"
#include "cc/loader/stage.h"
#include "cc/loader/stages/chunk_source_splitter.h"
#include "cc/loader/stages/chunk_unpacker.h"
#include "cc/loader/stages/chunk_validator.h"
#include "cc/loader/stages/frame_sampler.h"
#include "cc/loader/stages/join.h"
#include "cc/loader/stages/tensor_generator.h"
#include "cc/records/parse.h"
#include "cc/testing/frames.h"

namespace lczero {
namespace {

using testing::ChunkBytes;
using testing::RandomGame;

class OneChunkSource : public ChunkSource {
 public:
  OneChunkSource() : ChunkSource("run/one.gz") {}
  size_t ChunkCount() const override { return 1; }
  Result<ChunkContent> Read(size_t) const override {
    return MakeError(ErrorCode::kIo, "not used here");
  }
};

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

FrameItem NumberedFrame(uint32_t number) {
  Frame frame = testing::RandomFrame(number);
  frame.plies_left = static_cast<float>(number);
  return PackedFrame(frame);
}

Frame Unpacked(const FrameItem& item) {
  Frame frame;
  item.Unpack(frame);
  return frame;
}

Buffer BufferOf(const std::vector<Frame>& frames) {
  const std::vector<std::byte> content = ChunkBytes(frames);
  Buffer bytes(content.size());
  std::copy(content.begin(), content.end(), bytes.data());
  return bytes;
}

RawChunk Raw(const std::vector<Frame>& frames) {
  return {.ref = {.source = std::make_shared<OneChunkSource>()},
          .content = {.bytes = BufferOf(frames)}};
}

Chunk ChunkOf(uint64_t id, uint64_t visit, const std::vector<Frame>& frames) {
  Chunk chunk{
      .id = id, .visit = visit, .bytes = BufferOf(frames), .frames = {}};
  chunk.frames = *ViewChunk(chunk.bytes.bytes());
  return chunk;
}

TEST(FrameSamplerStageTest, HandsOnAllItHoldsAtTheEnd) {
  StageConfig config;
  config.frame_sampler.emplace().reservoir_size = 30;
  StageRun<FrameItem, FrameItem> run(kFrameSamplerStage, config);
  for (uint32_t i = 0; i < 100; ++i) run.Give(NumberedFrame(i));
  std::vector<float> order;
  for (const FrameItem& frame : run.Finish()) {
    order.push_back(Unpacked(frame).plies_left);
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

TEST(TensorGeneratorStageTest, PackedBatchesKnowTheirFormat) {
  StageConfig config;
  config.tensor_generator.emplace().batch_size = 4;
  config.tensor_generator->packed = true;
  StageRun<FrameItem, BatchItem> run(kTensorGeneratorStage, config);
  for (uint64_t i = 0; i < 4; ++i) {
    run.Give(PackedFrame(testing::RandomFrame(i, InputFormat::kV2Armageddon)));
  }
  for (uint64_t i = 0; i < 4; ++i) {
    run.Give(PackedFrame(testing::RandomFrame(i, InputFormat::kHectoplies)));
  }
  const auto batches = run.Finish();
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0]->form(), BatchForm::kPacked);
  EXPECT_EQ(batches[0]->input_format(), 133u);
  EXPECT_EQ(batches[1]->input_format(), 4u);
}

TEST(TensorGeneratorStageTest, FormatsMeetInPlainBatchesOnly) {
  for (const bool packed : {false, true}) {
    StageConfig config;
    config.tensor_generator.emplace().batch_size = 2;
    config.tensor_generator->packed = packed;
    StageRun<FrameItem, BatchItem> run(kTensorGeneratorStage, config);
    run.Give(PackedFrame(testing::RandomFrame(1, InputFormat::kV2)));
    run.Give(PackedFrame(testing::RandomFrame(2, InputFormat::kClassical)));
    const Error error = run.FinishFailing();
    if (!packed) {
      EXPECT_EQ(error.message, "");
      continue;
    }
    EXPECT_EQ(error.code, ErrorCode::kBadConfig);
    EXPECT_NE(error.message.find("formats 5 and 1 would meet"),
              std::string::npos)
        << error.message;
  }
}

TEST(ChunkUnpackerStageTest, VisitsOfAChunkAreDisjoint) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_sampling_rate = 0.25;
  StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
  for (uint64_t visit = 0; visit < 4; ++visit) {
    run.Give(ChunkOf(9, visit, RandomGame(1, 50)));
  }
  std::vector<int> seen(50);
  for (const FrameItem& frame : run.Finish()) seen.at(Unpacked(frame).visits)++;
  EXPECT_EQ(seen, std::vector<int>(50, 1));
}

// Whether the stage before it calls it, or threads of its own do.
TEST(ChunkUnpackerStageTest, ThreadsChangeNothing) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_sampling_rate = 0.5;
  std::vector<std::vector<uint32_t>> taken;
  for (const uint32_t threads : {0u, 1u, 3u}) {
    config.chunk_unpacker->threads = threads;
    StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
    for (uint64_t i = 0; i < 10; ++i) {
      run.Give(ChunkOf(i, 0, RandomGame(i, 40)));
    }
    auto& numbers = taken.emplace_back();
    for (const FrameItem& frame : run.Finish()) {
      const Frame unpacked = Unpacked(frame);
      numbers.push_back(std::bit_cast<uint32_t>(unpacked.best_m));
    }
    EXPECT_EQ(run.Stats().positions.total, 200u);
    // With several, games come in any order.
    if (threads > 1) std::ranges::sort(numbers);
  }
  EXPECT_EQ(taken[0], taken[1]);
  std::ranges::sort(taken[0]);
  EXPECT_EQ(taken[0], taken[2]);
}

TEST(ChunkUnpackerStageTest, TakesACountOfEachGame) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_count = 4;
  StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
  run.Give(ChunkOf(1, 0, RandomGame(1, 50)));
  run.Give(ChunkOf(2, 0, RandomGame(2, 3)));
  EXPECT_EQ(run.Finish().size(), 7u);
}

TEST(ChunkUnpackerStageTest, FocusKeepsWhatTheSearchDisagreedWith) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_sampling_rate = 1.0;
  config.chunk_unpacker->diff_focus.emplace().floor = 0.25;
  StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
  auto game = RandomGame(1, 600);
  for (size_t i = 0; i < game.size(); ++i) {
    game[i].policy_kld = 0;
    game[i].best_q = 0;
    game[i].orig_q = i % 2 == 0 ? 0.75f : 0.0f;
    game[i].visits = static_cast<uint32_t>(i);
  }
  run.Give(ChunkOf(9, 0, game));
  int odd = 0, even = 0;
  for (const FrameItem& frame : run.Finish()) {
    ++(Unpacked(frame).visits % 2 == 0 ? even : odd);
  }
  EXPECT_EQ(even, 300);
  // Five standard deviations.
  EXPECT_NEAR(odd, 75, 38);
  EXPECT_EQ(run.Stats().counters.at("positions_passed_over").total,
            static_cast<uint64_t>(300 - odd));
}

TEST(ChunkUnpackerStageTest, ShortGamesArePassedOver) {
  StageConfig config;
  config.chunk_unpacker.emplace().position_count = 1;
  config.chunk_unpacker->length_correction.emplace().threshold = 40;
  StageRun<Chunk, FrameItem> run(kChunkUnpackerStage, config);
  for (uint64_t i = 0; i < 400; ++i) {
    run.Give(ChunkOf(i, 0, RandomGame(i, 10)));
    run.Give(ChunkOf(1000 + i, 0, RandomGame(i, 40)));
  }
  const size_t taken = run.Finish().size();
  // A quarter of the short ones; five standard deviations.
  EXPECT_NEAR(static_cast<double>(taken), 400 + 100, 44);
  EXPECT_EQ(run.Stats().counters.at("games_passed_over").total, 800 - taken);
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

// A game that the rules forbid tells whether they were looked at.
TEST(ChunkValidatorStageTest, ContentThatWasGoodIsNotCheckedAgain) {
  StageConfig config;
  config.chunk_validator.emplace();
  StageRun<RawChunk, Chunk> run(kChunkValidatorStage, config);
  auto bad = RandomGame(1, 3);
  bad[0].best_q = 9.0f;
  const auto give = [&](uint32_t known, std::optional<uint32_t> crc32) {
    RawChunk raw = Raw(bad);
    raw.ref.good_crc32 = known;
    raw.content.crc32 = crc32;
    run.Give(std::move(raw));
  };
  give(17, 17);
  give(17, 18);
  give(17, std::nullopt);
  give(0, 0);  // Not known, and of a checksum that happens to be 0.
  EXPECT_EQ(run.Finish().size(), 1u);
  EXPECT_EQ(run.Stats().counters.at("bad.q").total, 3u);
}

TEST(ChunkValidatorStageTest, TellsThePoolWhatIsGood) {
  const auto pool = *ChunkPool::Create({.window_chunks = 2});
  pool->Add(std::make_shared<OneChunkSource>());
  pool->FinishInput();
  StageConfig config;
  config.chunk_validator.emplace();
  StageRun<RawChunk, Chunk> run(kChunkValidatorStage, config);
  auto bad = RandomGame(1, 3);
  bad[0].best_q = 9.0f;
  const auto give = [&](const std::vector<Frame>& game, uint32_t crc32) {
    RawChunk raw = Raw(game);
    raw.ref = *pool->Next();
    raw.content.crc32 = crc32;
    raw.pool = pool.get();
    run.Give(std::move(raw));
  };
  give(RandomGame(1, 3), 17);
  give(bad, 18);
  EXPECT_EQ(run.Finish().size(), 1u);
  EXPECT_EQ(pool->Next()->good_crc32, 17u);
}

class ManyChunksSource : public ChunkSource {
 public:
  explicit ManyChunksSource(std::string path) : ChunkSource(std::move(path)) {}
  size_t ChunkCount() const override { return 100; }
  Result<ChunkContent> Read(size_t) const override {
    return MakeError(ErrorCode::kIo, "not used here");
  }
};

TEST(ChunkSourceSplitterStageTest, DealsEveryFileOutToEverySplit) {
  StageConfig config;
  config.chunk_source_splitter.emplace().weights = {{"test", 1}, {"train", 9}};
  StageRun<SourceItem, SourceItem> run(kChunkSourceSplitterStage, config);
  run.Give(std::make_shared<ManyChunksSource>("run/a.tar"));
  run.Give(FirstScanDone{});
  run.Give(std::make_shared<ManyChunksSource>("run/b.tar"));
  const auto splits = run.FinishAll();
  ASSERT_EQ(splits.size(), 2u);
  std::vector<size_t> chunks;
  for (const std::vector<SourceItem>& items : splits) {
    ASSERT_EQ(items.size(), 3u);
    EXPECT_TRUE(std::holds_alternative<FirstScanDone>(items[1]));
    size_t& sum = chunks.emplace_back(0);
    for (size_t i : {0, 2}) {
      const auto& source =
          std::get<std::shared_ptr<const ChunkSource>>(items[i]);
      EXPECT_EQ(source->sort_key(), i == 0 ? "a.tar" : "b.tar");
      sum += source->ChunkCount();
    }
  }
  EXPECT_EQ(chunks[0] + chunks[1], 200u);
  EXPECT_GT(chunks[0], 5u);
  EXPECT_LT(chunks[0], 40u);
  const StageStats stats = run.Stats();
  EXPECT_EQ(stats.items.total, 2u);
  EXPECT_EQ(stats.counters.at("chunks.test").total, chunks[0]);
  EXPECT_EQ(stats.counters.at("chunks.train").total, chunks[1]);
}

// Of which input the frames came that NumberedFrame numbered by thousands.
std::vector<int> Origins(const std::vector<FrameItem>& frames) {
  std::vector<int> origins;
  for (const FrameItem& frame : frames) {
    origins.push_back(static_cast<int>(Unpacked(frame).plies_left) / 1000);
  }
  return origins;
}

TEST(JoinStageTest, DrawsByWeightAndGivesEverything) {
  StageConfig config;
  config.inputs = {"a", "b"};
  config.join.emplace().weights = {{"a", 1}, {"b", 3}};
  StageRun<FrameItem, FrameItem> run(kJoinStage, config);
  for (uint32_t i = 0; i < 400; ++i) {
    run.Give(NumberedFrame(i), 0);
    run.Give(NumberedFrame(1000 + i), 1);
  }
  const std::vector<int> origins = Origins(run.Finish());
  ASSERT_EQ(origins.size(), 800u);
  // While both last, three of four come from b: 225 of 300, within five
  // standard deviations.
  EXPECT_NEAR(std::count(origins.begin(), origins.begin() + 300, 1), 225, 38);
  EXPECT_EQ(std::count(origins.begin(), origins.end(), 1), 400);
}

TEST(JoinStageTest, WithoutWeightsAllInputsAreAlike) {
  StageConfig config;
  config.inputs = {"a", "b", "c"};
  config.join.emplace();
  StageRun<FrameItem, FrameItem> run(kJoinStage, config);
  for (uint32_t i = 0; i < 300; ++i) {
    for (uint32_t input : {0, 1, 2}) {
      run.Give(NumberedFrame(1000 * input + i), input);
    }
  }
  const std::vector<int> origins = Origins(run.Finish());
  ASSERT_EQ(origins.size(), 900u);
  for (int input : {0, 1, 2}) {
    EXPECT_NEAR(std::count(origins.begin(), origins.begin() + 600, input), 200,
                58);
  }
}

TEST(JoinStageTest, InputsThatEndLeaveTheOthersTheirOrder) {
  StageConfig config;
  config.inputs = {"a", "b"};
  config.join.emplace();
  StageRun<FrameItem, FrameItem> run(kJoinStage, config);
  for (uint32_t i = 0; i < 50; ++i) run.Give(NumberedFrame(i), 1);
  float next = 0;
  for (const FrameItem& frame : run.Finish()) {
    EXPECT_EQ(Unpacked(frame).plies_left, next++);
  }
  EXPECT_EQ(next, 50);
}

}  // namespace
}  // namespace lczero
