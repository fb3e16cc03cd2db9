// Single stages between two queues: what they put out, and the end of their
// input, which no watched folder ever reaches.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "cc/chunks/fake_source_for_test.h"
#include "cc/loader/stages/chunk_source_splitter.h"
#include "cc/loader/stages/frame_sampler.h"
#include "cc/loader/stages/join.h"
#include "cc/loader/stages/stage_run_for_test.h"
#include "cc/loader/stages/tensor_generator.h"
#include "cc/testing/frames.h"

namespace lczero {
namespace {

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

TEST(ChunkSourceSplitterStageTest, DealsEveryFileOutToEverySplit) {
  StageConfig config;
  config.chunk_source_splitter.emplace().weights = {{"test", 1}, {"train", 9}};
  StageRun<SourceItem, SourceItem> run(kChunkSourceSplitterStage, config);
  run.Give(MakeFakeSource("a.tar", 100));
  run.Give(FirstScanDone{});
  run.Give(MakeFakeSource("b.tar", 100));
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
