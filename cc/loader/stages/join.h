// Stage join: frames of several inputs -> frames, drawn by weight. An input
// that has ended is drawn no more; the end of all is the end of the output.
//
// Threads: one, so that the order is deterministic in the seed and the inputs.
#ifndef CC_LOADER_STAGES_JOIN_H_
#define CC_LOADER_STAGES_JOIN_H_

#include "cc/loader/stage.h"

namespace lczero {

extern const StageKind kJoinStage;

}  // namespace lczero

#endif  // CC_LOADER_STAGES_JOIN_H_
