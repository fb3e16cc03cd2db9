#include "cc/base/crc32.h"

#include <libdeflate.h>

#include "cc/base/check.h"

namespace lczero {
namespace {

// libdeflate chooses its code for this processor at the first call, and keeps
// the choice in a plain variable. Made here, no two threads meet in it.
bool Choose() {
  const std::byte none{};
  return libdeflate_crc32(0, &none, 0) == 0;
}

}  // namespace

uint32_t Crc32(std::span<const std::byte> bytes) {
  static const bool has_chosen = Choose();
  LC_CHECK(has_chosen, "the checksum of nothing is 0");
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

}  // namespace lczero
