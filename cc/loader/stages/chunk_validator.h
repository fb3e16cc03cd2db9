// Stage chunk_validator: raw chunks -> chunks. Parses them and drops bad ones.
//
// Threads: as configured.
// Format:  one input format is served: the configured one, or that of the first
//          good chunk. A chunk of another is bad.
// Once:    the pool is told the checksum of the stored bytes of a chunk that
//          was good. At later visits a chunk of that checksum is not looked
//          through again, nor inflated here; any other content is.
// Errors:  a bad chunk is skipped and counted under its reason (defect.h).
// Figures: "inflated_bytes", of known chunks that the pool's cache has room
// for.
#ifndef CC_LOADER_STAGES_CHUNK_VALIDATOR_H_
#define CC_LOADER_STAGES_CHUNK_VALIDATOR_H_

#include "cc/loader/stage.h"

namespace lczero {

extern const StageKind kChunkValidatorStage;

}  // namespace lczero

#endif  // CC_LOADER_STAGES_CHUNK_VALIDATOR_H_
