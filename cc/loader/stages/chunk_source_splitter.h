// Stage chunk_source_splitter: chunk sources -> chunk sources, one for each
// split (cc/chunks/splitter.h). The end of the first scan goes to every split.
//
// Threads: one.
#ifndef CC_LOADER_STAGES_CHUNK_SOURCE_SPLITTER_H_
#define CC_LOADER_STAGES_CHUNK_SOURCE_SPLITTER_H_

#include "cc/loader/stage.h"

namespace lczero {

extern const StageKind kChunkSourceSplitterStage;

}  // namespace lczero

#endif  // CC_LOADER_STAGES_CHUNK_SOURCE_SPLITTER_H_
