// Opens a data file as the chunk source that its name calls for.
#ifndef CC_CHUNKS_OPEN_SOURCE_H_
#define CC_CHUNKS_OPEN_SOURCE_H_

#include <memory>

#include "cc/base/error.h"
#include "cc/chunks/chunk_source.h"
#include "cc/files/file_path.h"

namespace lczero {

// *.tar or *.gz. Errors: those of TarSource::Open and GzSource::Open;
// kBadConfig for another name. Messages begin `file PATH:`.
Result<std::shared_ptr<const ChunkSource>> OpenChunkSource(
    const FilePath& path);

}  // namespace lczero

#endif  // CC_CHUNKS_OPEN_SOURCE_H_
