// Stage chunk_unpacker: chunks -> frames. Takes a share of the positions at
// each visit of a chunk (cc/frames/position_sampler.h).
//
// Threads: as configured; which positions come does not depend on them.
// Cost:    a chunk that was good at an earlier visit is inflated here, up to
//          the last position that is taken.
// Errors:  one that cannot be inflated after all is skipped and counted
//          ("bad.corrupt").
// Figures: "inflated_bytes", "games_passed_over", "positions_passed_over".
#ifndef CC_LOADER_STAGES_CHUNK_UNPACKER_H_
#define CC_LOADER_STAGES_CHUNK_UNPACKER_H_

#include "cc/loader/stage.h"

namespace lczero {

extern const StageKind kChunkUnpackerStage;

}  // namespace lczero

#endif  // CC_LOADER_STAGES_CHUNK_UNPACKER_H_
