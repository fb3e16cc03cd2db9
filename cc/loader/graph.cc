#include "cc/loader/graph.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
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

  Result<GraphPlan> Plan() {
    problems_ = Validate(config_);
    for (const auto& [name, stage] : config_.stages) AddStage(name, stage);
    for (const auto& [name, stage] : config_.stages) CheckInputs(name, stage);
    for (const auto& [split, name] : config_.outputs) CheckSplit(split, name);
    CheckReaders();
    SortStages();
    if (!problems_.empty()) {
      return MakeError(ErrorCode::kBadConfig, Join(problems_, "\n"));
    }
    FindAnchorPool();
    return std::move(graph_);
  }

 private:
  static std::string Key(const std::string& stage, std::string_view field) {
    return "stages." + stage + "." + std::string(field);
  }

  void Problem(const std::string& key, const std::string& message) {
    problems_.push_back(key + ": " + message);
  }

  void AddStage(const std::string& name, const StageConfig& stage) {
    std::vector<const StageKind*> kinds;
    for (const StageKind* kind : StageKinds()) {
      if (kind->is_configured(stage)) kinds.push_back(kind);
    }
    // The schema's own rules report a stage that has not exactly one.
    if (kinds.size() != 1) return;
    const StageKind* kind = kinds.front();
    StagePlan& plan = plans_[name] = {name, kind, {}, {}};
    if (kind->output_names == nullptr) {
      AddOutput(plan, name);
    } else {
      for (const std::string& output : kind->output_names(stage)) {
        AddOutput(plan, name + "." + output);
      }
    }
    if (kind->find_problems == nullptr) return;
    for (const std::string& problem : kind->find_problems(stage)) {
      problems_.push_back("stages." + name + "." + problem);
    }
  }

  void AddOutput(StagePlan& plan, const std::string& name) {
    outputs_.insert({name, OutputRef{plan.name, plan.outputs.size()}});
    plan.outputs.push_back({name, ""});
  }

  // What `name` stands for; reports under `key` if there is no such output.
  std::optional<OutputRef> Find(const std::string& key,
                                const std::string& name) {
    const auto place = outputs_.find(name);
    if (place != outputs_.end()) return place->second;
    // Of a stage without a kind nothing more is known.
    if (config_.stages.contains(name) && !plans_.contains(name)) return {};
    std::vector<std::string> names;
    names.reserve(outputs_.size());
    for (const auto& [output, ref] : outputs_) names.push_back(output);
    const std::string known =
        names.empty() ? "there are none" : "there are " + Join(names, ", ");
    Problem(key, config_.stages.contains(name)
                     ? "'" + name + "' has several outputs; " + known
                     : "no stage is named '" + name + "'; " + known);
    return {};
  }

  OutputPlan& PlanOf(const OutputRef& ref) {
    return plans_.at(ref.stage).outputs[ref.index];
  }

  void CheckInputs(const std::string& name, const StageConfig& stage) {
    const auto place = plans_.find(name);
    if (place == plans_.end()) return;
    StagePlan& plan = place->second;
    if (!CheckInputCount(plan, stage)) return;
    for (const std::string& input : stage.inputs) Connect(plan, input);
  }

  bool CheckInputCount(const StagePlan& plan, const StageConfig& stage) {
    const size_t count = stage.inputs.size();
    const bool wants_input = plan.kind->input != ItemType::kNone;
    if (plan.kind->reads_several ? count > 0 : count == wants_input) {
      return true;
    }
    const std::string may = plan.kind->reads_several
                                ? " reads one stage or more"
                            : wants_input ? " reads exactly one stage"
                                          : " reads no stage";
    Problem(Key(plan.name, "inputs"),
            "a " + std::string(plan.kind->name) + may + ", not " +
                std::to_string(count) +
                (wants_input ? "; name one that gives " +
                                   std::string(ItemTypeName(plan.kind->input))
                             : "; remove its inputs"));
    return false;
  }

  void Connect(StagePlan& plan, const std::string& input) {
    const auto ref = Find(Key(plan.name, "inputs"), input);
    if (!ref) return;
    plan.inputs.push_back(*ref);
    readers_[input].push_back("stage " + plan.name);
    PlanOf(*ref).reader = plan.name;
    const StageKind& from = *plans_.at(ref->stage).kind;
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

  void CheckSplit(const std::string& split, const std::string& name) {
    const std::string key = "outputs." + split;
    const auto ref = Find(key, name);
    if (!ref) return;
    readers_[name].push_back("output " + split);
    PlanOf(*ref).reader = split;
    graph_.splits.insert({split, *ref});
    const StageKind& kind = *plans_.at(ref->stage).kind;
    if (kind.output == ItemType::kBatches) return;
    Problem(key, "'" + name + "' (" + std::string(kind.name) + ") gives " +
                     std::string(ItemTypeName(kind.output)) +
                     ", not batches; name a tensor_generator");
  }

  void CheckReaders() {
    for (const auto& [name, ref] : outputs_) {
      const std::vector<std::string>& readers = readers_[name];
      if (readers.empty()) {
        const StageKind& kind = *plans_.at(ref.stage).kind;
        Problem("stages." + name,
                "nothing reads its " + std::string(ItemTypeName(kind.output)) +
                    "; name it in the inputs of a stage or in outputs, or "
                    "remove it");
      } else if (readers.size() > 1) {
        Problem("stages." + name, "is read more than once, by " +
                                      Join(readers, " and ") +
                                      "; give each reader its own stage");
      }
    }
  }

  // Kahn's algorithm; names break ties, so the order is always the same.
  void SortStages() {
    std::set<std::string> left;
    for (const auto& [name, plan] : plans_) left.insert(name);
    bool moved = true;
    while (moved) {
      moved = false;
      for (auto place = left.begin(); place != left.end();) {
        const StagePlan& plan = plans_.at(*place);
        if (InputAmong(left, plan) != nullptr) {
          ++place;
          continue;
        }
        graph_.stages.push_back(plan);
        place = left.erase(place);
        moved = true;
      }
    }
    if (!left.empty()) ReportCycle(*left.begin(), left);
  }

  // The first stage of `names` that `plan` reads; null if there is none.
  static const std::string* InputAmong(const std::set<std::string>& names,
                                       const StagePlan& plan) {
    for (const OutputRef& input : plan.inputs) {
      if (names.contains(input.stage)) return &input.stage;
    }
    return nullptr;
  }

  // Every stage that is left leads, input by input, into a cycle.
  void ReportCycle(std::string name, const std::set<std::string>& left) {
    const auto before = [&](const std::string& stage) {
      return *InputAmong(left, plans_.at(stage));
    };
    std::set<std::string> seen;
    while (seen.insert(name).second) name = before(name);
    std::vector<std::string> path = {name};
    for (std::string at = before(name); at != name; at = before(at)) {
      path.push_back(at);
    }
    path.push_back(name);
    std::reverse(path.begin(), path.end());
    Problem(Key(name, "inputs"),
            "the stages form a cycle: " + Join(path, " -> ") +
                "; let one of them read another stage");
  }

  // Of a graph without problems: batches come from raw chunks only, and those
  // from a pool.
  void FindAnchorPool() {
    const auto train = graph_.splits.find("train");
    const auto split =
        train != graph_.splits.end() ? train : graph_.splits.begin();
    const StagePlan* plan = &plans_.at(split->second.stage);
    while (plan->kind->output != ItemType::kRawChunks) {
      plan = &plans_.at(plan->inputs.front().stage);
    }
    graph_.anchor_pool = plan->name;
  }

  const DataLoaderConfig& config_;
  std::vector<std::string> problems_;
  std::map<std::string, StagePlan> plans_;
  // By OutputPlan::name.
  std::map<std::string, OutputRef> outputs_;
  // Who reads an output, as messages name them.
  std::map<std::string, std::vector<std::string>> readers_;
  GraphPlan graph_;
};

}  // namespace

Result<GraphPlan> PlanGraph(const DataLoaderConfig& config) {
  return Planner(config).Plan();
}

}  // namespace lczero
