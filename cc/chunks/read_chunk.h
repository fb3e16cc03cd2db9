// Reads one chunk out of an open file: the part that gz and tar sources share.
//
// Threads: pure functions over `file`.
// Errors:  those of ChunkSource::Read; every message begins `chunk NAME:`.
#ifndef CC_CHUNKS_READ_CHUNK_H_
#define CC_CHUNKS_READ_CHUNK_H_

#include <cstdint>
#include <string>

#include "cc/base/error.h"
#include "cc/chunks/chunk_source.h"
#include "cc/files/random_access.h"

namespace lczero {

// Where a chunk lies in its file.
struct ChunkPlace {
  uint64_t offset;
  uint64_t size;
  // Gzipped for certain; if not set, the chunk's first bytes tell.
  bool is_gzip;
};

// The chunk's content; what is gzipped in the file is inflated. `good_crc32` as
// in ChunkSource::Read.
Result<ChunkContent> ReadChunk(const RandomAccess& file,
                               const ChunkPlace& place, const std::string& name,
                               uint32_t good_crc32 = 0);

// The same error with `chunk NAME: ` before its message.
std::unexpected<Error> NameError(const Error& error, const std::string& name);

}  // namespace lczero

#endif  // CC_CHUNKS_READ_CHUNK_H_
