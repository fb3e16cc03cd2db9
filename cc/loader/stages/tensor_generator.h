// Stage tensor_generator: frames -> batches (cc/batches/tensors.h).
//
// Threads:  as configured, each on a batch of its own.
// Shutdown: at the end of its input, frames that fill no whole batch are
//           dropped: every batch has the same shape.
#ifndef CC_LOADER_STAGES_TENSOR_GENERATOR_H_
#define CC_LOADER_STAGES_TENSOR_GENERATOR_H_

#include "cc/loader/stage.h"

namespace lczero {

extern const StageKind kTensorGeneratorStage;

}  // namespace lczero

#endif  // CC_LOADER_STAGES_TENSOR_GENERATOR_H_
