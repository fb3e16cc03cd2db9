// Turns the bytes of a chunk (inflated, as a file holds them) into frames.
//
// Purpose: the only code that finds frames in bytes. The first frame's version
//          decides whether records are V6 or V7 long. Checks the chunk's shape
//          only: empty, size, version, mixed versions. What frames say is
//          checked by validate.h.
// Threads: pure functions.
// Memory:  `bytes` may have any content.
#ifndef CC_RECORDS_PARSE_H_
#define CC_RECORDS_PARSE_H_

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "cc/records/defect.h"
#include "cc/records/frame.h"
#include "cc/records/frame_view.h"

namespace lczero {

// The frames where they lie; `bytes` are aligned as a Buffer's are.
std::expected<ChunkView, Defect> ViewChunk(std::span<const std::byte> bytes);

// Bytes of each record in a good chunk of `chunk_bytes`, told by that alone.
// Nothing where it cannot be: records of neither version fill so many, or those
// of both do (2,089 positions of V7 are 2,099 of V6).
std::optional<size_t> RecordBytesIn(size_t chunk_bytes);

// Copies of them; V6 is widened. `bytes` may have any alignment. Allocates no
// more than about their size.
std::expected<std::vector<Frame>, Defect> ParseChunk(
    std::span<const std::byte> bytes);

}  // namespace lczero

#endif  // CC_RECORDS_PARSE_H_
