// The sampler state as it travels: the message (proto/sampler_state.proto) as
// JSON text, with a version and a checksum.
//
// Threads: pure functions.
// Errors:  kCorruptData, one message that says what is wrong and what to do.
//          Any bytes may be given; they allocate no more than some 50 times
//          their own size.
#ifndef CC_LOADER_SAMPLER_STATE_H_
#define CC_LOADER_SAMPLER_STATE_H_

#include <optional>
#include <string>
#include <string_view>

#include "cc/base/error.h"
#include "cc/chunks/pool/pool_state.h"
#include "cc/loader/graph.h"
#include "cc/loader/stage.h"
#include "cc/schema/sampler_state.h"

namespace lczero {

// Whether a stage of this kind draws among frames, so that the number of those
// that it has given belongs to the state.
bool DrawsFrames(const StageKind& kind);

PoolSamplerState ToMessage(const PoolState& state);

// The state of the pool of this name; nothing if there is none. An error where
// it cannot be decoded.
Result<std::optional<PoolState>> PoolStateOf(const SamplerState& state,
                                             const std::string& pool);

// Sets version and checksum.
std::string SealSamplerState(SamplerState state);

// The inverse. An error also when the state has a pool that `graph` has not:
// then it is of another config. A pool that the state has not starts afresh.
Result<SamplerState> OpenSamplerState(std::string_view text,
                                      const GraphPlan& graph);

}  // namespace lczero

#endif  // CC_LOADER_SAMPLER_STATE_H_
