// Stage chunk_source_loader: files -> chunk sources. Opens each file and
// indexes the games in it.
//
// Threads: as configured. With more than one, the end of the first scan may
//          overtake the files that the others still index.
// Errors:  a file that cannot be opened is skipped and counted ("bad.corrupt",
//          "bad.io"); members of an archive that are no games are counted too
//          ("bad.member"), and the rest of it is used.
// Figures: "chunks": games in the sources put out.
#ifndef CC_LOADER_STAGES_CHUNK_SOURCE_LOADER_H_
#define CC_LOADER_STAGES_CHUNK_SOURCE_LOADER_H_

#include "cc/loader/stage.h"

namespace lczero {

extern const StageKind kChunkSourceLoaderStage;

}  // namespace lczero

#endif  // CC_LOADER_STAGES_CHUNK_SOURCE_LOADER_H_
