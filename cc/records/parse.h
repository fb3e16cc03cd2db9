// Turns the bytes of a chunk (inflated, as a file holds them) into frames.
//
// Purpose: the only code that reads frames from bytes. The first frame's
//          version decides whether records are V6 or V7 long; V6 is widened.
//          Checks the chunk's shape only: empty, size, version, mixed versions.
//          What frames say is checked by validate.h.
// Threads: pure functions.
// Memory:  `bytes` may have any alignment and any content; allocates no more
//          than about its size. The result owns its frames.
#ifndef CC_RECORDS_PARSE_H_
#define CC_RECORDS_PARSE_H_

#include <cstddef>
#include <expected>
#include <span>
#include <vector>

#include "cc/records/defect.h"
#include "cc/records/frame.h"

namespace lczero {

std::expected<std::vector<Frame>, Defect> ParseChunk(
    std::span<const std::byte> bytes);

}  // namespace lczero

#endif  // CC_RECORDS_PARSE_H_
