#include "cc/base/hash.h"

#include <algorithm>
#include <cstddef>

namespace lczero {

namespace {

// Byte by byte, so that the value does not depend on the machine's order.
uint64_t LittleEndianWord(std::string_view bytes) {
  uint64_t word = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    word |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return word;
}

}  // namespace

uint64_t HashBytes(std::string_view bytes) {
  uint64_t hash = MixBits(bytes.size());
  while (!bytes.empty()) {
    const size_t length = std::min<size_t>(8, bytes.size());
    hash = HashCombine(hash, LittleEndianWord(bytes.substr(0, length)));
    bytes.remove_prefix(length);
  }
  return hash;
}

}  // namespace lczero
