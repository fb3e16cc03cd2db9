// Stage file_discovery: directory -> files (see cc/files/file_discovery.h).
//
// Threads:  one. It counts as waiting for input while it waits for the disk or
//           for news.
// Shutdown: never ends by itself.
// Errors:   a folder that is missing or cannot be read is told in the log and
//           waited for; counted as "notices".
#ifndef CC_LOADER_STAGES_FILE_DISCOVERY_H_
#define CC_LOADER_STAGES_FILE_DISCOVERY_H_

#include "cc/loader/stage.h"

namespace lczero {

extern const StageKind kFileDiscoveryStage;

}  // namespace lczero

#endif  // CC_LOADER_STAGES_FILE_DISCOVERY_H_
