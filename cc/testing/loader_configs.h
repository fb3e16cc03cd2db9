// The usual graph of a loader, for tests.
#ifndef CC_TESTING_LOADER_CONFIGS_H_
#define CC_TESTING_LOADER_CONFIGS_H_

#include <cstdint>
#include <map>
#include <string>

#include "cc/schema/loader_config.h"

namespace lczero::testing {

// What tests vary.
struct UsualGraph {
  std::string directory = "games";
  uint64_t chunk_pool_size = 1000;
  uint32_t pool_threads = 1;
  // Of validator and unpacker; 0: those of the pool.
  uint32_t parse_threads = 0;
  double position_sampling_rate = 1.0;
  uint64_t reservoir_size = 100;
  uint32_t batch_size = 16;
};

// Stages files, sources, pool, validator, unpacker, shuffle and batches in a
// row; output train.
DataLoaderConfig MakeConfig(const UsualGraph& graph);

// Stages files, sources and splitter, then from pool to batches once for each
// split, as SPLIT.pool and so on; an output for each split.
DataLoaderConfig MakeSplitConfig(
    const UsualGraph& graph, const std::map<std::string, uint32_t>& weights);

}  // namespace lczero::testing

#endif  // CC_TESTING_LOADER_CONFIGS_H_
