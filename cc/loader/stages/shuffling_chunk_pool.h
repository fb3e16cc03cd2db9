// Stage shuffling_chunk_pool: chunk sources -> raw chunks. Keeps the newest N
// chunks (cc/chunks/pool/chunk_pool.h) and reads them in random order, for
// ever.
//
// Threads:  `threads` readers, which are what the statistics count, and one
//           that takes sources in.
// Shutdown: never ends by itself, unless its input ends with no chunk at all.
// Errors:   a chunk that cannot be read is skipped and counted ("bad.corrupt",
//           "bad.io"). After "bad.io" its whole source leaves the pool: the
//           file has vanished or was replaced, and a new one is found anew.
// Figures:  "inflated_bytes", of what it has to inflate: games that were good
//           at an earlier visit are left to those that look at them.
#ifndef CC_LOADER_STAGES_SHUFFLING_CHUNK_POOL_H_
#define CC_LOADER_STAGES_SHUFFLING_CHUNK_POOL_H_

#include "cc/loader/stage.h"

namespace lczero {

extern const StageKind kShufflingChunkPoolStage;

}  // namespace lczero

#endif  // CC_LOADER_STAGES_SHUFFLING_CHUNK_POOL_H_
