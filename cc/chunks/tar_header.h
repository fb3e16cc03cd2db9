// The fields of one tar header block, and the records of a pax header.
//
// Threads: pure functions. Any bytes may be given to them.
#ifndef CC_CHUNKS_TAR_HEADER_H_
#define CC_CHUNKS_TAR_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lczero {

inline constexpr size_t kTarBlockBytes = 512;

using TarBlock = std::span<const std::byte, kTarBlockBytes>;

struct TarHeader {
  // With the ustar prefix, if there is one.
  std::string name;
  uint64_t size = 0;
  // '0' or '\0': a regular file; the others as in POSIX and GNU tar.
  char type = '0';
};

// Whether the block is all zeros: two of them end an archive.
bool IsZeroBlock(TarBlock block);

// Nothing when the checksum is wrong, or the size is no number or negative.
std::optional<TarHeader> ParseTarHeader(TarBlock block);

// What a pax header overrides; absent where it says nothing.
struct PaxOverrides {
  std::optional<std::string> path;
  std::optional<uint64_t> size;
};

// Adds the records of `content` to `overrides`. False when a record is
// malformed; those before it have been added.
bool ParsePaxRecords(std::string_view content, PaxOverrides& overrides);

}  // namespace lczero

#endif  // CC_CHUNKS_TAR_HEADER_H_
