#include "cc/loader/graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "cc/loader/registry.h"
#include "cc/testing/loader_configs.h"

namespace lczero {
namespace {

using testing::MakeConfig;
using testing::MakeSplitConfig;

DataLoaderConfig GoodConfig() {
  DataLoaderConfig config = MakeConfig({});
  FillDefaults(config);
  return config;
}

DataLoaderConfig SplitConfig() {
  DataLoaderConfig config = MakeSplitConfig({}, {{"test", 1}, {"train", 9}});
  FillDefaults(config);
  return config;
}

// Folders a and b; what comes of b is the first input.
DataLoaderConfig JoinConfigOfTwoFolders() {
  DataLoaderConfig config;
  for (const std::string folder : {"a", "b"}) {
    for (const auto& [name, stage] : GoodConfig().stages) {
      StageConfig& copy = config.stages[folder + "." + name] = stage;
      for (std::string& input : copy.inputs) input = folder + "." + input;
    }
    config.stages.erase(folder + ".batches");
  }
  config.stages["both"].inputs = {"b.shuffle", "a.shuffle"};
  config.stages["both"].join.emplace();
  config.stages["batches"] = GoodConfig().stages.at("batches");
  config.stages["batches"].inputs = {"both"};
  config.outputs["train"] = "batches";
  FillDefaults(config);
  return config;
}

std::string ProblemsOf(const DataLoaderConfig& config) {
  const auto graph = PlanGraph(config);
  if (graph) return "";
  EXPECT_EQ(graph.error().code, ErrorCode::kBadConfig);
  return graph.error().message;
}

TEST(PlanGraphTest, OrdersStagesAsTheDataFlows) {
  const auto graph = PlanGraph(GoodConfig());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  const std::vector<StagePlan>& plans = graph->stages;
  std::vector<std::string> names;
  for (const StagePlan& plan : plans) names.push_back(plan.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"files", "sources", "pool", "validator",
                                      "unpacker", "shuffle", "batches"}));
  EXPECT_TRUE(plans.front().inputs.empty());
  EXPECT_EQ(plans.front().outputs.at(0).reader, "sources");
  EXPECT_EQ(plans.back().inputs.at(0).stage, "shuffle");
  EXPECT_EQ(plans.back().outputs.at(0).reader, "train");
  EXPECT_EQ(graph->splits.at("train").stage, "batches");
  EXPECT_EQ(graph->anchor_pool, "pool");
}

TEST(PlanGraphTest, ASplitterHasAnOutputForEachSplit) {
  const auto graph = PlanGraph(SplitConfig());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  const auto splitter =
      std::ranges::find(graph->stages, "splitter", &StagePlan::name);
  ASSERT_NE(splitter, graph->stages.end());
  ASSERT_EQ(splitter->outputs.size(), 2u);
  EXPECT_EQ(splitter->outputs[0].name, "splitter.test");
  EXPECT_EQ(splitter->outputs[0].reader, "test.pool");
  EXPECT_EQ(splitter->outputs[1].reader, "train.pool");
  const auto pool =
      std::ranges::find(graph->stages, "train.pool", &StagePlan::name);
  ASSERT_EQ(pool->inputs.size(), 1u);
  EXPECT_EQ(pool->inputs[0].stage, "splitter");
  EXPECT_EQ(pool->inputs[0].index, 1u);
}

TEST(PlanGraphTest, TheAnchorCountsThePoolThatFeedsTrain) {
  DataLoaderConfig config = SplitConfig();
  EXPECT_EQ(PlanGraph(config)->anchor_pool, "train.pool");
  auto train = config.outputs.extract("train");
  train.key() = "zzz";
  config.outputs.insert(std::move(train));
  EXPECT_EQ(PlanGraph(config)->anchor_pool, "test.pool");
}

TEST(PlanGraphTest, AJoinReadsSeveralStages) {
  const auto graph = PlanGraph(JoinConfigOfTwoFolders());
  ASSERT_TRUE(graph.has_value()) << graph.error().message;
  EXPECT_EQ(graph->anchor_pool, "b.pool");
}

struct Case {
  const char* what;
  std::function<void(DataLoaderConfig&)> damage;
  // The whole message: nothing else may be complained about.
  const char* message;
};

const Case kCases[] = {
    {"unknown input", [](auto& c) { c.stages["sources"].inputs = {"flies"}; },
     "stages.sources.inputs: no stage is named 'flies'; there are batches, "
     "files, pool, shuffle, sources, unpacker, validator\n"
     "stages.files: nothing reads its files; name it in the inputs of a stage "
     "or in outputs, or remove it"},
    {"type mismatch",
     [](auto& c) {
       c.stages["unpacker"].inputs = {"pool"};
       c.stages.erase("validator");
     },
     "stages.unpacker.inputs: a chunk_unpacker reads chunks, but 'pool' "
     "(shuffling_chunk_pool) gives raw chunks; read from a stage of kind "
     "chunk_validator"},
    {"a share that is not there",
     [](auto& c) {
       c.stages["sources"].chunk_source_loader->share = {.index = 2,
                                                         .count = 2};
     },
     "stages.sources.chunk_source_loader.share.index: is 2, must be below "
     "count (2); the first share is 0"},
    {"cycle",
     [](auto& c) {
       c.stages["again"].inputs = {"shuffle"};
       c.stages["again"].frame_sampler.emplace().reservoir_size = 1;
       c.stages["again"].queue_capacity = 1;
       c.stages["shuffle"].inputs = {"again"};
       for (const char* name :
            {"files", "sources", "pool", "validator", "unpacker"}) {
         c.stages.erase(name);
       }
       c.stages["batches"].inputs = {"again"};
     },
     "stages.again: is read more than once, by stage batches and stage "
     "shuffle; give each reader its own stage\n"
     "stages.again.inputs: the stages form a cycle: again -> shuffle -> "
     "again; let one of them read another stage"},
    {"unread output",
     [](auto& c) {
       c.stages["more"].file_discovery.emplace().directory = "games";
       c.stages["more"].queue_capacity = 1;
     },
     "stages.more: nothing reads its files; name it in the inputs of a stage "
     "or in outputs, or remove it"},
    {"unknown output stage", [](auto& c) { c.outputs["test"] = "tests"; },
     "outputs.test: no stage is named 'tests'; there are batches, files, "
     "pool, shuffle, sources, unpacker, validator"},
    {"output of another type",
     [](auto& c) {
       c.outputs["train"] = "shuffle";
       c.stages.erase("batches");
     },
     "outputs.train: 'shuffle' (frame_sampler) gives frames, not batches; "
     "name a tensor_generator"},
    {"read twice", [](auto& c) { c.outputs["test"] = "batches"; },
     "stages.batches: is read more than once, by output test and output "
     "train; give each reader its own stage"},
    {"no kind", [](auto& c) { c.stages["shuffle"].frame_sampler.reset(); },
     "stages.shuffle: needs one kind: file_discovery, "
     "chunk_source_loader, shuffling_chunk_pool, chunk_validator, "
     "chunk_unpacker, frame_sampler, tensor_generator, "
     "chunk_source_splitter, join\n"
     "stages.unpacker: nothing reads its frames; name it in the inputs of a "
     "stage or in outputs, or remove it"},
    {"no input",
     [](auto& c) {
       c.stages["sources"].inputs.clear();
       c.stages.erase("files");
     },
     "stages.sources.inputs: a chunk_source_loader reads exactly one stage, "
     "not 0; name one that gives files"},
    {"an input too many",
     [](auto& c) { c.stages["files"].inputs = {"batches"}; },
     "stages.files.inputs: a file_discovery reads no stage, not 1; remove its "
     "inputs"},
    {"missing batch size",
     [](auto& c) { c.stages["batches"].tensor_generator->batch_size.reset(); },
     "stages.batches.tensor_generator.batch_size: missing; set it, or "
     "training.batch_size, to the number of positions in a batch"},
    {"unknown input format",
     [](auto& c) { c.stages["validator"].chunk_validator->input_format = 77; },
     "stages.validator.chunk_validator.input_format: 77 is no known format; "
     "use one of 1, 2, 3, 4, 5, 132, 133, or leave it out and let the first "
     "good game decide"},
    {"a rate and a count",
     [](auto& c) { c.stages["unpacker"].chunk_unpacker->position_count = 8; },
     "stages.unpacker.chunk_unpacker: has both position_sampling_rate and "
     "position_count; keep one"},
    {"a pool that never starts",
     [](auto& c) {
       c.stages["pool"].shuffling_chunk_pool->startup_chunks = 1001;
     },
     "stages.pool.shuffling_chunk_pool.startup_chunks: is 1001, more than "
     "chunk_pool_size (1000), so that the pool would never start; lower it"},
};

TEST(PlanGraphTest, NamesEveryProblemWithARemedy) {
  for (const Case& test : kCases) {
    DataLoaderConfig config = GoodConfig();
    test.damage(config);
    EXPECT_EQ(ProblemsOf(config), test.message) << test.what;
  }
}

const Case kSplitCases[] = {
    {"no split named",
     [](auto& c) {
       c.stages["train.pool"].inputs = {"splitter"};
       c.stages["splitter"].chunk_source_splitter->weights = {{"test", 1},
                                                              {"train", 9}};
     },
     "stages.train.pool.inputs: 'splitter' has several outputs; there are "
     "sources, splitter.test, splitter.train\n"
     "stages.splitter.train: nothing reads its chunk sources; name it in the "
     "inputs of a stage or in outputs, or remove it"},
    {"a split that nobody reads",
     [](auto& c) {
       c.stages["splitter"].chunk_source_splitter->weights["more"] = 1;
     },
     "stages.splitter.more: nothing reads its chunk sources; name it in the "
     "inputs of a stage or in outputs, or remove it"},
    {"weight 0",
     [](auto& c) {
       c.stages["splitter"].chunk_source_splitter->weights["test"] = 0;
     },
     "stages.splitter.chunk_source_splitter.weights.test: is 0, so that "
     "nothing would ever come; give it at least 1, or leave the split out"},
};

// Only what is said about sources: the other stages' names would fill pages.
std::string WithoutOtherNames(std::string message) {
  const size_t start = message.find("there are ");
  if (start == std::string::npos) return message;
  const size_t end = std::min(message.find('\n', start), message.size());
  message.replace(start, end - start,
                  "there are sources, splitter.test, splitter.train");
  return message;
}

TEST(PlanGraphTest, NamesEveryProblemOfSplits) {
  for (const Case& test : kSplitCases) {
    DataLoaderConfig config = SplitConfig();
    test.damage(config);
    EXPECT_EQ(WithoutOtherNames(ProblemsOf(config)), test.message) << test.what;
  }
}

const Case kJoinCases[] = {
    {"a weight of no input",
     [](auto& c) {
       c.stages["both"].join->weights = {
           {"a.shuffle", 1}, {"b.shuffle", 1}, {"x", 1}};
     },
     "stages.both.join.weights.x: the stage has no such input; name it in "
     "inputs too, or remove it"},
    {"weight 0",
     [](auto& c) {
       c.stages["both"].join->weights = {{"a.shuffle", 0}, {"b.shuffle", 1}};
     },
     "stages.both.join.weights.a.shuffle: is 0, so that it would never be "
     "read; give it at least 1, or remove the input"},
    {"an input without a weight",
     [](auto& c) { c.stages["both"].join->weights = {{"a.shuffle", 1}}; },
     "stages.both.join.weights: has no weight for the input 'b.shuffle'; add "
     "it, or leave weights out to draw all alike"},
};

TEST(PlanGraphTest, NamesEveryProblemOfJoins) {
  for (const Case& test : kJoinCases) {
    DataLoaderConfig config = JoinConfigOfTwoFolders();
    test.damage(config);
    EXPECT_EQ(ProblemsOf(config), test.message) << test.what;
  }
}

TEST(PlanGraphTest, ACycleThroughAJoinIsFound) {
  DataLoaderConfig config = JoinConfigOfTwoFolders();
  config.stages["again"].inputs = {"both"};
  config.stages["again"].frame_sampler.emplace();
  config.stages["batches"].inputs = {"a.shuffle"};
  config.stages["both"].inputs = {"b.shuffle", "again"};
  FillDefaults(config);
  EXPECT_EQ(ProblemsOf(config),
            "stages.again.inputs: the stages form a cycle: again -> both -> "
            "again; let one of them read another stage");
}

TEST(PlanGraphTest, AppliesTheRulesOfTheSchema) {
  DataLoaderConfig config = GoodConfig();
  config.stages["files"].file_discovery->directory = "";
  config.outputs.clear();
  const std::string problems = ProblemsOf(config);
  EXPECT_NE(problems.find("directory"), std::string::npos) << problems;
  EXPECT_NE(problems.find("outputs"), std::string::npos) << problems;
}

TEST(PlanGraphTest, AnEmptyConfigIsRefused) {
  EXPECT_NE(ProblemsOf(DataLoaderConfig{}), "");
}

TEST(StageKindsTest, EveryKindBelongsToOneFieldOfTheConfig) {
  for (const StageKind* kind : StageKinds()) {
    EXPECT_FALSE(kind->is_configured(StageConfig{})) << kind->name;
    size_t stages = 0;
    DataLoaderConfig config = SplitConfig();
    config.stages.merge(JoinConfigOfTwoFolders().stages);
    for (const auto& [name, stage] : config.stages) {
      stages += kind->is_configured(stage);
    }
    EXPECT_GE(stages, 1u) << kind->name;
  }
}

}  // namespace
}  // namespace lczero
