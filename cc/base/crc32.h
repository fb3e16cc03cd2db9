// The CRC-32 of gzip (RFC 1952, section 8), fast enough for everything that is
// read.
//
// Threads: a pure function.
#ifndef CC_BASE_CRC32_H_
#define CC_BASE_CRC32_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace lczero {

uint32_t Crc32(std::span<const std::byte> bytes);

}  // namespace lczero

#endif  // CC_BASE_CRC32_H_
