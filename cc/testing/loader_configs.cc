#include "cc/testing/loader_configs.h"

namespace lczero::testing {

DataLoaderConfig MakeConfig(const UsualGraph& graph) {
  DataLoaderConfig config;
  config.seed = 1;
  config.outputs["train"] = "batches";
  const auto add = [&](const std::string& name,
                       const std::string& input) -> StageConfig& {
    StageConfig& stage = config.stages[name];
    if (!input.empty()) stage.inputs = {input};
    return stage;
  };
  add("files", "").file_discovery.emplace().directory = graph.directory;
  add("sources", "files").chunk_source_loader.emplace();
  auto& pool = add("pool", "sources").shuffling_chunk_pool.emplace();
  pool.chunk_pool_size = graph.chunk_pool_size;
  pool.threads = graph.pool_threads;
  add("validator", "pool").chunk_validator.emplace().threads =
      graph.parse_threads;
  auto& unpacker = add("unpacker", "validator").chunk_unpacker.emplace();
  unpacker.position_sampling_rate = graph.position_sampling_rate;
  unpacker.threads = graph.parse_threads;
  add("shuffle", "unpacker").frame_sampler.emplace().reservoir_size =
      graph.reservoir_size;
  add("batches", "shuffle").tensor_generator.emplace().batch_size =
      graph.batch_size;
  return config;
}

DataLoaderConfig MakeSplitConfig(
    const UsualGraph& graph, const std::map<std::string, uint32_t>& weights) {
  const DataLoaderConfig usual = MakeConfig(graph);
  DataLoaderConfig config;
  config.seed = usual.seed;
  config.stages["splitter"].inputs = {"sources"};
  config.stages["splitter"].chunk_source_splitter.emplace().weights = weights;
  for (const auto& [name, stage] : usual.stages) {
    if (name == "files" || name == "sources") {
      config.stages[name] = stage;
      continue;
    }
    for (const auto& [split, weight] : weights) {
      StageConfig& copy = config.stages[split + "." + name] = stage;
      copy.inputs = {name == "pool" ? "splitter." + split
                                    : split + "." + stage.inputs.front()};
    }
  }
  for (const auto& [split, weight] : weights) {
    config.outputs[split] = split + ".batches";
  }
  return config;
}

}  // namespace lczero::testing
