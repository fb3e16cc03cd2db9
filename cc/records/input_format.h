// The seven input formats: how a frame's scalars turn into planes 104 to 111.
//
// Purpose: names for the numbers in `Frame::input_format` and the three facts
//          in which the formats differ.
// Threads: pure functions.
#ifndef CC_RECORDS_INPUT_FORMAT_H_
#define CC_RECORDS_INPUT_FORMAT_H_

#include <cstdint>

namespace lczero {

enum class InputFormat : uint32_t {
  kClassical = 1,
  kCastlingPlane = 2,
  kCanonical = 3,
  kHectoplies = 4,
  kV2 = 5,
  kHectopliesArmageddon = 132,
  kV2Armageddon = 133,
};

inline constexpr InputFormat kInputFormats[] = {
    InputFormat::kClassical,    InputFormat::kCastlingPlane,
    InputFormat::kCanonical,    InputFormat::kHectoplies,
    InputFormat::kV2,           InputFormat::kHectopliesArmageddon,
    InputFormat::kV2Armageddon,
};

constexpr bool IsKnownInputFormat(uint32_t number) {
  for (InputFormat format : kInputFormats) {
    if (static_cast<uint32_t>(format) == number) return true;
  }
  return false;
}

// Castling bytes hold rook file masks and share two planes.
constexpr bool HasCastlingMasks(InputFormat format) {
  return format != InputFormat::kClassical;
}

// The board may be mirrored, and the en-passant file stands where others have
// the side to move.
constexpr bool IsCanonical(InputFormat format) {
  return format != InputFormat::kClassical &&
         format != InputFormat::kCastlingPlane;
}

// Plies of the 50-move rule that make the plane 1.
constexpr float Rule50Divisor(InputFormat format) {
  return IsCanonical(format) && format != InputFormat::kCanonical ? 100.0f
                                                                  : 99.0f;
}

// Plane 110 tells whether black is to move.
constexpr bool IsArmageddon(InputFormat format) {
  return format == InputFormat::kHectopliesArmageddon ||
         format == InputFormat::kV2Armageddon;
}

}  // namespace lczero

#endif  // CC_RECORDS_INPUT_FORMAT_H_
