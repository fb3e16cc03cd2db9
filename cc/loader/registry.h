// All kinds of stages.
//
// Threads: constants.
#ifndef CC_LOADER_REGISTRY_H_
#define CC_LOADER_REGISTRY_H_

#include <span>

#include "cc/loader/stage.h"

namespace lczero {

// In the order of the data's way.
std::span<const StageKind* const> StageKinds();

}  // namespace lczero

#endif  // CC_LOADER_REGISTRY_H_
