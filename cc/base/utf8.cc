#include "cc/base/utf8.h"

#include <cstddef>
#include <cstdint>

namespace lczero {

namespace {

// What may follow a leading byte: how many bytes, and the range of the first.
struct Sequence {
  size_t following = 0;
  uint8_t lowest = 0x80;
  uint8_t highest = 0xBF;
  bool valid = true;
};

Sequence SequenceOf(uint8_t lead) {
  if (lead < 0x80) return {.following = 0};
  if (lead >= 0xC2 && lead <= 0xDF) return {.following = 1};
  if (lead == 0xE0) return {.following = 2, .lowest = 0xA0};
  if (lead == 0xED) return {.following = 2, .highest = 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {.following = 2};
  if (lead == 0xF0) return {.following = 3, .lowest = 0x90};
  if (lead == 0xF4) return {.following = 3, .highest = 0x8F};
  if (lead >= 0xF1 && lead <= 0xF3) return {.following = 3};
  return {.following = 0, .valid = false};
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const Sequence sequence = SequenceOf(static_cast<uint8_t>(bytes[0]));
    if (!sequence.valid || bytes.size() <= sequence.following) return false;
    for (size_t i = 1; i <= sequence.following; ++i) {
      const auto byte = static_cast<uint8_t>(bytes[i]);
      const uint8_t lowest = i == 1 ? sequence.lowest : 0x80;
      const uint8_t highest = i == 1 ? sequence.highest : 0xBF;
      if (byte < lowest || byte > highest) return false;
    }
    bytes.remove_prefix(sequence.following + 1);
  }
  return true;
}

}  // namespace lczero
