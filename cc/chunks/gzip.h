// Inflates one gzip member (RFC 1952) that lies in memory.
//
// Threads: a pure function.
// Errors:  kCorruptData, with sizes, when the bytes are not exactly one whole
//          member with the right checksum, or inflate to more than
//          `max_bytes`. The size that the member declares for itself never
//          makes it allocate more than `max_bytes`, nor more than the
//          compressed bytes could possibly inflate to.
// Again:   what InflateGzip has accepted need not be looked at as a whole
//          again: InflateGzipFirst stops where nothing more is wanted, and
//          compares nothing with the member's checksum, which takes a tenth of
//          the time.
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

// The size that a member declares for itself, which is that of what InflateGzip
// makes of it. Inflates nothing: errors are those of magic and sizes only.
Result<size_t> InflatedSize(std::span<const std::byte> compressed,
                            size_t max_bytes);

// The first `count` bytes, and perhaps some more, of a member that InflateGzip
// has accepted before; `count` is at most its InflatedSize. kCorruptData if
// they cannot be inflated after all.
Result<Buffer> InflateGzipFirst(std::span<const std::byte> compressed,
                                size_t count);

}  // namespace lczero

#endif  // CC_CHUNKS_GZIP_H_
