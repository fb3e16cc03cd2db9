// Stage frame_sampler: frames -> frames in random order
// (cc/frames/reservoir.h).
//
// Threads:  one.
// Shutdown: at the end of its input it hands on all that it holds.
#ifndef CC_LOADER_STAGES_FRAME_SAMPLER_H_
#define CC_LOADER_STAGES_FRAME_SAMPLER_H_

#include "cc/loader/stage.h"

namespace lczero {

extern const StageKind kFrameSamplerStage;

}  // namespace lczero

#endif  // CC_LOADER_STAGES_FRAME_SAMPLER_H_
