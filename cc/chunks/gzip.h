// Inflates one gzip member (RFC 1952) that lies in memory.
//
// Threads: a pure function.
// Errors:  kCorruptData, with sizes, when the bytes are not exactly one whole
//          member with the right checksum, or inflate to more than
//          `max_bytes`. The size that the member declares for itself never
//          makes it allocate more than `max_bytes`, nor more than the
//          compressed bytes could possibly inflate to.
#ifndef CC_CHUNKS_GZIP_H_
#define CC_CHUNKS_GZIP_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "cc/base/buffer.h"
#include "cc/base/error.h"

namespace lczero {

// Whether the bytes begin as a gzip member does.
bool HasGzipMagic(std::span<const std::byte> bytes);

Result<Buffer> InflateGzip(std::span<const std::byte> compressed,
                           size_t max_bytes);

// The same for bytes that InflateGzip has inflated before: what comes out is
// not compared with the member's checksum again. That takes a tenth less time.
Result<Buffer> InflateGzipAgain(std::span<const std::byte> compressed,
                                size_t max_bytes);

}  // namespace lczero

#endif  // CC_CHUNKS_GZIP_H_
