// Checks the graph of a DataLoaderConfig and puts its stages in order.
//
// Purpose: everything that can be wrong with a graph is found here, before a
//          thread starts or a file is opened.
// Rules:   a stage has one kind; a kind with an input reads exactly one stage,
//          of the type it needs; a stage's output is read exactly once, by a
//          stage or as an output; outputs are batches; there is exactly one
//          shuffling_chunk_pool (the anchor counts its arrivals); no cycles.
// Threads: a pure function.
#ifndef CC_LOADER_GRAPH_H_
#define CC_LOADER_GRAPH_H_

#include <string>
#include <vector>

#include "cc/base/error.h"
#include "cc/loader/stage.h"
#include "cc/schema/loader_config.h"

namespace lczero {

struct StagePlan {
  std::string name;
  const StageKind* kind;
  // Empty for a source.
  std::string input;
  // The stage, or the output (split), that reads this one.
  std::string reader;
  bool is_output;
};

// In topological order. kBadConfig lists every problem, one a line, each with
// its dotted key and a remedy. `config` has its defaults filled in.
Result<std::vector<StagePlan>> PlanGraph(const DataLoaderConfig& config);

}  // namespace lczero

#endif  // CC_LOADER_GRAPH_H_
