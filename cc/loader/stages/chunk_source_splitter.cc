#include "cc/loader/stages/chunk_source_splitter.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cc/chunks/splitter.h"
#include "cc/loader/pipe_stage.h"

namespace lczero {
namespace {

// By split name, as OutputNames.
std::vector<uint32_t> WeightsOf(const StageConfig& config) {
  std::vector<uint32_t> weights;
  for (const auto& [split, weight] : config.chunk_source_splitter->weights) {
    weights.push_back(weight);
  }
  return weights;
}

std::vector<std::string> OutputNames(const StageConfig& config) {
  std::vector<std::string> names;
  for (const auto& [split, weight] : config.chunk_source_splitter->weights) {
    names.push_back(split);
  }
  return names;
}

class ChunkSourceSplitterStage : public PipeStage<SourceItem, SourceItem> {
 public:
  explicit ChunkSourceSplitterStage(const StageContext& context)
      : PipeStage(context, 1),
        names_(OutputNames(context.config)),
        splitter_(WeightsOf(context.config)) {}

 private:
  Result<void> Process(SourceItem&& item) override {
    if (std::holds_alternative<FirstScanDone>(item)) {
      for (size_t i = 0; i < names_.size(); ++i) {
        if (auto done = Push(FirstScanDone{}, 0, 0, i); !done) return done;
      }
      return {};
    }
    auto parts =
        splitter_.Split(std::get<std::shared_ptr<const ChunkSource>>(item));
    for (size_t i = 0; i < parts.size(); ++i) {
      metrics().Count("chunks." + names_[i], parts[i]->ChunkCount());
      // An empty part too: it may replace one that was not, and its name
      // moves the anchor.
      if (auto done = Push(std::move(parts[i]), 0, i == 0, i); !done) {
        return done;
      }
    }
    return {};
  }

  const std::vector<std::string> names_;
  const Splitter splitter_;
};

Result<std::unique_ptr<Stage>> Create(const StageContext& context) {
  return std::make_unique<ChunkSourceSplitterStage>(context);
}

std::vector<std::string> FindProblems(const StageConfig& config) {
  std::vector<std::string> problems;
  for (const auto& [split, weight] : config.chunk_source_splitter->weights) {
    const std::string key = "chunk_source_splitter.weights." + split + ": ";
    if (weight == 0) {
      problems.push_back(key +
                         "is 0, so that nothing would ever come; give it "
                         "at least 1, or leave the split out");
    }
    if (split.empty() || split.contains('.')) {
      problems.push_back(key +
                         "a split's name is not empty and has no dot, "
                         "since it is read as STAGE.SPLIT; rename it");
    }
  }
  return problems;
}

}  // namespace

constexpr StageKind kChunkSourceSplitterStage = {
    .name = "chunk_source_splitter",
    .input = ItemType::kChunkSources,
    .output = ItemType::kChunkSources,
    .is_configured =
        [](const StageConfig& config) {
          return config.chunk_source_splitter.has_value();
        },
    .output_names = OutputNames,
    .find_problems = FindProblems,
    .create = Create,
};

}  // namespace lczero
