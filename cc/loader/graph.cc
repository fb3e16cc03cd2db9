#include "cc/loader/graph.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "cc/loader/registry.h"

namespace lczero {
namespace {

std::string Join(const std::vector<std::string>& parts,
                 std::string_view separator) {
  std::string joined;
  for (const std::string& part : parts) {
    if (!joined.empty()) joined += separator;
    joined += part;
  }
  return joined;
}

// The kinds that match, as a remedy names them.
template <typename Matches>
std::string KindNames(Matches matches) {
  std::vector<std::string> names;
  for (const StageKind* kind : StageKinds()) {
    if (matches(*kind)) names.emplace_back(kind->name);
  }
  return Join(names, ", ");
}

// One walk over the config that collects problems; later checks leave out what
// an earlier one has found wrong.
class Planner {
 public:
  explicit Planner(const DataLoaderConfig& config) : config_(config) {}

  Result<std::vector<StagePlan>> Plan() {
    problems_ = Validate(config_);
    for (const auto& [name, stage] : config_.stages) AddStage(name, stage);
    for (const auto& [name, stage] : config_.stages) CheckInputs(name, stage);
    for (const auto& [split, name] : config_.outputs) CheckOutput(split, name);
    CheckReaders();
    CheckPools();
    std::vector<StagePlan> order = Sort();
    if (problems_.empty()) return order;
    return MakeError(ErrorCode::kBadConfig, Join(problems_, "\n"));
  }

 private:
  static std::string Key(const std::string& stage, std::string_view field) {
    return "stages." + stage + "." + std::string(field);
  }

  void Problem(const std::string& key, const std::string& message) {
    problems_.push_back(key + ": " + message);
  }

  std::string StageNames() const {
    std::vector<std::string> names;
    for (const auto& [name, stage] : config_.stages) names.push_back(name);
    return names.empty() ? "there are none" : "there are " + Join(names, ", ");
  }

  void AddStage(const std::string& name, const StageConfig& stage) {
    std::vector<const StageKind*> kinds;
    for (const StageKind* kind : StageKinds()) {
      if (kind->is_configured(stage)) kinds.push_back(kind);
    }
    // The schema's own rules report a stage that has not exactly one.
    if (kinds.size() != 1) return;
    const StageKind* kind = kinds.front();
    plans_[name] = StagePlan{name, kind, "", "", false};
    if (kind->find_problems == nullptr) return;
    for (const std::string& problem : kind->find_problems(stage)) {
      problems_.push_back("stages." + name + "." + problem);
    }
  }

  void CheckInputs(const std::string& name, const StageConfig& stage) {
    const auto place = plans_.find(name);
    if (place == plans_.end()) return;
    StagePlan& plan = place->second;
    const bool wants_input = plan.kind->input != ItemType::kNone;
    if (stage.inputs.size() != (wants_input ? 1u : 0u)) {
      return Problem(
          Key(name, "inputs"),
          "a " + std::string(plan.kind->name) +
              (wants_input ? " reads exactly one stage" : " reads no stage") +
              ", not " + std::to_string(stage.inputs.size()) +
              (wants_input ? "; name one that gives " +
                                 std::string(ItemTypeName(plan.kind->input))
                           : "; remove its inputs"));
    }
    if (wants_input) Connect(plan, stage.inputs.front());
  }

  void Connect(StagePlan& plan, const std::string& input) {
    if (!config_.stages.contains(input)) {
      return Problem(Key(plan.name, "inputs"),
                     "no stage is named '" + input + "'; " + StageNames());
    }
    plan.input = input;
    readers_[input].push_back("stage " + plan.name);
    const auto place = plans_.find(input);
    if (place == plans_.end()) return;
    place->second.reader = plan.name;
    const StageKind& from = *place->second.kind;
    if (from.output == plan.kind->input) return;
    Problem(Key(plan.name, "inputs"),
            "a " + std::string(plan.kind->name) + " reads " +
                std::string(ItemTypeName(plan.kind->input)) + ", but '" +
                input + "' (" + std::string(from.name) + ") gives " +
                std::string(ItemTypeName(from.output)) +
                "; read from a stage of kind " +
                KindNames([&](const StageKind& kind) {
                  return kind.output == plan.kind->input;
                }));
  }

  void CheckOutput(const std::string& split, const std::string& name) {
    const std::string key = "outputs." + split;
    if (!config_.stages.contains(name)) {
      return Problem(key, "no stage is named '" + name + "'; " + StageNames());
    }
    readers_[name].push_back("output " + split);
    const auto place = plans_.find(name);
    if (place == plans_.end()) return;
    StagePlan& plan = place->second;
    plan.reader = split;
    plan.is_output = true;
    if (plan.kind->output == ItemType::kBatches) return;
    Problem(key, "'" + name + "' (" + std::string(plan.kind->name) +
                     ") gives " + std::string(ItemTypeName(plan.kind->output)) +
                     ", not batches; name a tensor_generator");
  }

  void CheckReaders() {
    for (const auto& [name, plan] : plans_) {
      const std::vector<std::string>& readers = readers_[name];
      if (readers.empty()) {
        Problem("stages." + name,
                "nothing reads its " +
                    std::string(ItemTypeName(plan.kind->output)) +
                    "; name it in the inputs of a stage or in outputs, or "
                    "remove it");
      } else if (readers.size() > 1) {
        Problem("stages." + name, "is read more than once, by " +
                                      Join(readers, " and ") +
                                      "; give each reader its own stage");
      }
    }
  }

  void CheckPools() {
    std::vector<std::string> pools;
    for (const auto& [name, plan] : plans_) {
      if (plan.kind->output == ItemType::kRawChunks) pools.push_back(name);
    }
    // Without one nothing reaches an output, which other checks tell.
    if (pools.size() <= 1) return;
    Problem("stages", "there are several shuffling_chunk_pool stages (" +
                          Join(pools, ", ") +
                          "), but the anchor counts the arrivals of one; keep "
                          "one");
  }

  // Kahn's algorithm; names break ties, so the order is always the same.
  std::vector<StagePlan> Sort() {
    std::vector<StagePlan> order;
    std::set<std::string> left;
    for (const auto& [name, plan] : plans_) left.insert(name);
    bool moved = true;
    while (moved) {
      moved = false;
      for (auto place = left.begin(); place != left.end();) {
        const StagePlan& plan = plans_.at(*place);
        if (left.contains(plan.input)) {
          ++place;
          continue;
        }
        order.push_back(plan);
        place = left.erase(place);
        moved = true;
      }
    }
    if (!left.empty()) ReportCycle(*left.begin());
    return order;
  }

  // Every stage that is left leads, input by input, into a cycle.
  void ReportCycle(std::string name) {
    std::set<std::string> seen;
    while (seen.insert(name).second) name = plans_.at(name).input;
    std::vector<std::string> path = {name};
    for (std::string at = plans_.at(name).input; at != name;
         at = plans_.at(at).input) {
      path.push_back(at);
    }
    path.push_back(name);
    std::reverse(path.begin(), path.end());
    Problem(Key(name, "inputs"),
            "the stages form a cycle: " + Join(path, " -> ") +
                "; let one of them read another stage");
  }

  const DataLoaderConfig& config_;
  std::vector<std::string> problems_;
  std::map<std::string, StagePlan> plans_;
  // Who reads a stage, as messages name them.
  std::map<std::string, std::vector<std::string>> readers_;
};

}  // namespace

Result<std::vector<StagePlan>> PlanGraph(const DataLoaderConfig& config) {
  return Planner(config).Plan();
}

}  // namespace lczero
