#include "cc/loader/graph.h"

#include <gtest/gtest.h>

#include <functional>

#include "cc/loader/registry.h"
#include "cc/testing/loader_configs.h"

namespace lczero {
namespace {

using testing::MakeConfig;

DataLoaderConfig GoodConfig() {
  DataLoaderConfig config = MakeConfig({});
  FillDefaults(config);
  return config;
}

std::string ProblemsOf(const DataLoaderConfig& config) {
  const auto plans = PlanGraph(config);
  if (plans) return "";
  EXPECT_EQ(plans.error().code, ErrorCode::kBadConfig);
  return plans.error().message;
}

TEST(PlanGraphTest, OrdersStagesAsTheDataFlows) {
  const auto plans = PlanGraph(GoodConfig());
  ASSERT_TRUE(plans.has_value()) << plans.error().message;
  std::vector<std::string> names;
  for (const StagePlan& plan : *plans) names.push_back(plan.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"files", "sources", "pool", "validator",
                                      "unpacker", "shuffle", "batches"}));
  EXPECT_EQ(plans->front().input, "");
  EXPECT_EQ(plans->front().reader, "sources");
  EXPECT_EQ(plans->back().input, "shuffle");
  EXPECT_EQ(plans->back().reader, "train");
  EXPECT_TRUE(plans->back().is_output);
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
     "chunk_unpacker, frame_sampler, tensor_generator\n"
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

TEST(PlanGraphTest, ASecondPoolIsRefused) {
  DataLoaderConfig config = GoodConfig();
  for (const auto& [name, stage] : GoodConfig().stages) {
    StageConfig copy = stage;
    for (std::string& input : copy.inputs) input += "2";
    config.stages[name + "2"] = copy;
  }
  config.outputs["test"] = "batches2";
  EXPECT_EQ(ProblemsOf(config),
            "stages: there are several shuffling_chunk_pool stages (pool, "
            "pool2), but the anchor counts the arrivals of one; keep one");
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
    for (const auto& [name, stage] : GoodConfig().stages) {
      stages += kind->is_configured(stage);
    }
    EXPECT_EQ(stages, 1u) << kind->name;
  }
}

}  // namespace
}  // namespace lczero
