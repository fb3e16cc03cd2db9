#include "cc/batches/reference.h"

#include <cmath>
#include <cstdint>

namespace lczero {
namespace {

// The engine's marks of the formats, spelt out again.
bool IsClassical(uint32_t format) { return format == 1; }
bool HasEnPassantPlane(uint32_t format) { return format >= 3; }
bool CountsToHundred(uint32_t format) { return format >= 4; }
bool HasSidePlane(uint32_t format) { return format == 132 || format == 133; }

// Bit `column` of `files`.
float FileBit(uint8_t files, size_t column) {
  return files & (1u << column) ? 1.0f : 0.0f;
}

float CastlingPlane(const Frame& f, size_t plane, size_t row, size_t column) {
  const uint8_t rights[4] = {f.castling_us_ooo, f.castling_us_oo,
                             f.castling_them_ooo, f.castling_them_oo};
  const size_t right = plane - 104;
  if (IsClassical(f.input_format)) return rights[right] ? 1.0f : 0.0f;
  if (right >= 2) return 0.0f;
  if (row == 0) return FileBit(rights[right], column);
  if (row == 7) return FileBit(rights[right + 2], column);
  return 0.0f;
}

}  // namespace

float ReferencePlane(const Frame& f, size_t plane, size_t row, size_t column) {
  if (plane < 104) {
    const size_t square = row * 8 + column;
    return (f.planes[plane] >> (square ^ 7)) & 1 ? 1.0f : 0.0f;
  }
  if (plane < 108) return CastlingPlane(f, plane, row, column);
  if (plane == 108 && HasEnPassantPlane(f.input_format)) {
    return row == 7 ? FileBit(f.side_to_move_or_enpassant, column) : 0.0f;
  }
  if (plane == 108) return f.side_to_move_or_enpassant ? 1.0f : 0.0f;
  if (plane == 109) {
    return static_cast<float>(f.rule50_count) /
           (CountsToHundred(f.input_format) ? 100.0f : 99.0f);
  }
  if (plane == 110) {
    return HasSidePlane(f.input_format) && f.invariance_info >= 128 ? 1.0f
                                                                    : 0.0f;
  }
  return 1.0f;
}

std::vector<float> ReferencePlanes(const Frame& frame) {
  std::vector<float> planes;
  for (size_t plane = 0; plane < 112; ++plane) {
    for (size_t row = 0; row < 8; ++row) {
      for (size_t column = 0; column < 8; ++column) {
        planes.push_back(ReferencePlane(frame, plane, row, column));
      }
    }
  }
  return planes;
}

std::vector<float> ReferenceValues(const Frame& f) {
  return {f.result_q, f.result_d, f.plies_left,  //
          f.best_q,   f.best_d,   f.best_m,      //
          f.played_q, f.played_d, f.played_m,    //
          f.orig_q,   f.orig_d,   f.orig_m,      //
          f.root_q,   f.root_d,   f.root_m,      //
          f.q_st,     f.d_st,     std::nanf("")};
}

int32_t ReferenceOpponentMove(const Frame& f) {
  if (f.version != 7) return -1;
  return f.opp_played_idx < 1858 ? f.opp_played_idx : -1;
}

}  // namespace lczero
