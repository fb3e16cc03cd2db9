#include "cc/batches/tensors.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>

#include "cc/base/check.h"
#include "cc/records/input_format.h"

namespace lczero {
namespace {

using Row = std::array<float, kBoardColumns>;

// For each byte the 8 floats of a row of the board; 8 KiB, so that it stays in
// the first-level cache. Entry [b][f] is bit 7 - f of b: bits of a bitboard's
// bytes are reversed.
constexpr auto kBitboardRows = [] {
  std::array<Row, 256> rows{};
  for (size_t byte = 0; byte < rows.size(); ++byte) {
    for (size_t file = 0; file < kBoardColumns; ++file) {
      rows[byte][file] = static_cast<float>(byte >> (7 - file) & 1);
    }
  }
  return rows;
}();

void WriteBitboard(uint64_t bits, float* plane) {
  for (size_t row = 0; row < kBoardRows; ++row) {
    const Row& floats = kBitboardRows[bits >> (8 * row) & 0xff];
    std::memcpy(plane + row * kBoardColumns, floats.data(), sizeof(floats));
  }
}

void Fill(float* plane, float value) { std::fill_n(plane, kSquares, value); }

void FillIf(float* plane, bool set) { Fill(plane, set ? 1.0f : 0.0f); }

// Row `row` shows the bits of `files`, bit 0 at file a.
void WriteFiles(uint8_t files, size_t row, float* plane) {
  for (size_t file = 0; file < kBoardColumns; ++file) {
    plane[row * kBoardColumns + file] = static_cast<float>(files >> file & 1);
  }
}

void WriteCastling(const Frame& frame, InputFormat format, float* planes) {
  const auto plane = [&](size_t i) { return planes + i * kSquares; };
  if (!HasCastlingMasks(format)) {
    FillIf(plane(kPlaneUsOoo), frame.castling_us_ooo != 0);
    FillIf(plane(kPlaneUsOo), frame.castling_us_oo != 0);
    FillIf(plane(kPlaneThemOoo), frame.castling_them_ooo != 0);
    FillIf(plane(kPlaneThemOo), frame.castling_them_oo != 0);
    return;
  }
  std::fill_n(plane(kPlaneUsOoo), 4 * kSquares, 0.0f);
  constexpr size_t kTheirRow = kBoardRows - 1;
  WriteFiles(frame.castling_us_ooo, 0, plane(kPlaneUsOoo));
  WriteFiles(frame.castling_them_ooo, kTheirRow, plane(kPlaneUsOoo));
  WriteFiles(frame.castling_us_oo, 0, plane(kPlaneUsOo));
  WriteFiles(frame.castling_them_oo, kTheirRow, plane(kPlaneUsOo));
}

void WriteSideOrEnPassant(const Frame& frame, InputFormat format,
                          float* plane) {
  const uint8_t value = frame.side_to_move_or_enpassant;
  if (!IsCanonical(format)) return FillIf(plane, value != 0);
  Fill(plane, 0.0f);
  WriteFiles(value, kBoardRows - 1, plane);
}

// Row-major places of `values`.
class ValueWriter {
 public:
  explicit ValueWriter(std::span<float, kValuesRowSize> values)
      : values_(values) {}
  void Write(ValueRow row, float q, float d, float m) {
    float* out = values_.data() + static_cast<size_t>(row) * kValueColumns;
    out[static_cast<size_t>(ValueColumn::kQ)] = q;
    out[static_cast<size_t>(ValueColumn::kD)] = d;
    out[static_cast<size_t>(ValueColumn::kM)] = m;
  }

 private:
  const std::span<float, kValuesRowSize> values_;
};

void WriteScalars(const Frame& frame, std::span<std::byte> scalars) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&frame);
  std::memcpy(scalars.data(), bytes + offsetof(Frame, castling_us_ooo),
              kScalars - 1);
  scalars.back() = std::byte{0};
}
static_assert(offsetof(Frame, dummy) ==
              offsetof(Frame, castling_us_ooo) + kScalars - 1);

void WriteOpponentMove(const Frame& frame, std::span<std::byte> out) {
  const bool known =
      frame.version == kVersion7 && frame.opp_played_idx < kPolicySize;
  const int32_t move = known ? frame.opp_played_idx : kNoOpponentMove;
  std::memcpy(out.data(), &move, sizeof(move));
}

void WriteAllButPolicy(const Frame& frame, size_t position, Batch& batch) {
  if (batch.form() == BatchForm::kPlain) {
    WritePlanes(frame,
                batch.row(Tensor::kPlanes, position).first<kPlanesRowSize>());
  } else {
    std::memcpy(batch.row_bytes(Tensor::kBitboards, position).data(),
                frame.planes, sizeof(frame.planes));
    WriteScalars(frame, batch.row_bytes(Tensor::kScalars, position));
    WriteOpponentMove(frame, batch.row_bytes(Tensor::kOpponentMoves, position));
  }
  WriteValues(frame,
              batch.row(Tensor::kValues, position).first<kValuesRowSize>());
}

}  // namespace

void WritePlanes(const Frame& frame, std::span<float, kPlanesRowSize> planes) {
  LC_CHECK(IsKnownInputFormat(frame.input_format),
           "frames are validated before they are expanded");
  const auto format = static_cast<InputFormat>(frame.input_format);
  float* const out = planes.data();
  for (size_t i = 0; i < kBitboards; ++i) {
    WriteBitboard(frame.planes[i], out + i * kSquares);
  }
  WriteCastling(frame, format, out);
  WriteSideOrEnPassant(frame, format, out + kPlaneSideOrEnPassant * kSquares);
  Fill(out + kPlaneRule50 * kSquares,
       static_cast<float>(frame.rule50_count) / Rule50Divisor(format));
  const bool black_to_move = (frame.invariance_info & kBlackToMoveBit) != 0;
  FillIf(out + kPlaneArmageddon * kSquares,
         IsArmageddon(format) && black_to_move);
  Fill(out + kPlaneOnes * kSquares, 1.0f);
}

void WriteValues(const Frame& frame, std::span<float, kValuesRowSize> values) {
  ValueWriter writer(values);
  writer.Write(ValueRow::kResult, frame.result_q, frame.result_d,
               frame.plies_left);
  writer.Write(ValueRow::kBest, frame.best_q, frame.best_d, frame.best_m);
  writer.Write(ValueRow::kPlayed, frame.played_q, frame.played_d,
               frame.played_m);
  writer.Write(ValueRow::kOrig, frame.orig_q, frame.orig_d, frame.orig_m);
  writer.Write(ValueRow::kRoot, frame.root_q, frame.root_d, frame.root_m);
  writer.Write(ValueRow::kSt, frame.q_st, frame.d_st,
               std::numeric_limits<float>::quiet_NaN());
}

void WriteRow(const Frame& frame, size_t position, Batch& batch) {
  std::memcpy(batch.row(Tensor::kProbabilities, position).data(),
              frame.probabilities, sizeof(frame.probabilities));
  WriteAllButPolicy(frame, position, batch);
}

void WriteRow(const PackedFrame& frame, size_t position, Batch& batch,
              Frame& rest) {
  frame.Unpack(batch.row(Tensor::kProbabilities, position).first<kPolicySize>(),
               rest);
  WriteAllButPolicy(rest, position, batch);
}

}  // namespace lczero
