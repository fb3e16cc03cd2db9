#include "cc/loader/stages/join.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "cc/base/random.h"
#include "cc/loader/pipe_stage.h"

namespace lczero {
namespace {

// In the order of the inputs.
std::vector<uint64_t> WeightsOf(const StageConfig& config) {
  const auto& weights = config.join->weights;
  std::vector<uint64_t> ordered;
  ordered.reserve(config.inputs.size());
  for (const std::string& input : config.inputs) {
    ordered.push_back(weights.empty() ? 1 : weights.at(input));
  }
  return ordered;
}

class JoinStage : public PipeStage<FrameItem, FrameItem> {
 public:
  explicit JoinStage(const StageContext& context)
      : PipeStage(context, 1),
        weights_(WeightsOf(context.config)),
        random_(context.seed) {}

 private:
  Result<void> Work() override {
    while (true) {
      const size_t input = Draw();
      auto frame = Pop(input);
      if (frame) {
        if (auto done = Push(*std::move(frame), 1); !done) return done;
        continue;
      }
      // From now on the others share its place.
      weights_[input] = 0;
      const bool ended = frame.error().code == ErrorCode::kEndOfData;
      if (!ended || SumOfWeights() == 0) return std::unexpected(frame.error());
    }
  }

  uint64_t SumOfWeights() const {
    return std::accumulate(weights_.begin(), weights_.end(), uint64_t{0});
  }

  size_t Draw() {
    uint64_t place = random_.Below(SumOfWeights());
    size_t input = 0;
    while (place >= weights_[input]) place -= weights_[input++];
    return input;
  }

  // 0: has ended.
  std::vector<uint64_t> weights_;
  Random random_;
};

Result<std::unique_ptr<Stage>> Create(const StageContext& context) {
  return std::make_unique<JoinStage>(context);
}

std::vector<std::string> FindProblems(const StageConfig& config) {
  const auto& weights = config.join->weights;
  if (weights.empty()) return {};
  std::vector<std::string> problems;
  const auto is_input = [&](const std::string& name) {
    return std::ranges::find(config.inputs, name) != config.inputs.end();
  };
  for (const auto& [input, weight] : weights) {
    const std::string key = "join.weights." + input + ": ";
    if (!is_input(input)) {
      problems.push_back(key +
                         "the stage has no such input; name it in inputs "
                         "too, or remove it");
    } else if (weight == 0) {
      problems.push_back(key +
                         "is 0, so that it would never be read; give it "
                         "at least 1, or remove the input");
    }
  }
  for (const std::string& input : config.inputs) {
    if (weights.contains(input)) continue;
    problems.push_back("join.weights: has no weight for the input '" + input +
                       "'; add it, or leave weights out to draw all alike");
  }
  return problems;
}

}  // namespace

constexpr StageKind kJoinStage = {
    .name = "join",
    .input = ItemType::kFrames,
    .output = ItemType::kFrames,
    .reads_several = true,
    .is_configured =
        [](const StageConfig& config) { return config.join.has_value(); },
    .find_problems = FindProblems,
    .create = Create,
};

}  // namespace lczero
