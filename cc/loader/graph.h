// Checks the graph of a DataLoaderConfig and puts its stages in order.
//
// Purpose: everything that can be wrong with a graph is found here, before a
//          thread starts or a file is opened.
// Rules:   a stage has one kind; a kind with an input reads exactly one stage
//          (a join: one or more), of the type it needs; each output of a stage
//          is read exactly once, by a stage or as an output of the loader;
//          those are batches; no cycles.
// Threads: a pure function.
#ifndef CC_LOADER_GRAPH_H_
#define CC_LOADER_GRAPH_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cc/base/error.h"
#include "cc/loader/stage.h"
#include "cc/schema/loader_config.h"

namespace lczero {

// One of a stage's outputs.
struct OutputRef {
  std::string stage;
  // In StagePlan::outputs.
  size_t index;
};

struct OutputPlan {
  // As configs name it: STAGE, or STAGE.OUTPUT where the stage has several.
  std::string name;
  // The stage, or the loader's output (split), that reads it.
  std::string reader;
};

struct StagePlan {
  std::string name;
  const StageKind* kind = nullptr;
  // In the order of the config.
  std::vector<OutputRef> inputs;
  std::vector<OutputPlan> outputs;
};

struct GraphPlan {
  // In topological order.
  std::vector<StagePlan> stages;
  // Split -> what it reads.
  std::map<std::string, OutputRef, std::less<>> splits;
  // The pool whose arrivals count for the anchor: that which feeds "train", or
  // the first split by name; where a join comes before it, by its first input.
  std::string anchor_pool;
};

// kBadConfig lists every problem, one a line, each with its dotted key and a
// remedy. `config` has its defaults filled in.
Result<GraphPlan> PlanGraph(const DataLoaderConfig& config);

}  // namespace lczero

#endif  // CC_LOADER_GRAPH_H_
