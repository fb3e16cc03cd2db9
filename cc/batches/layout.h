// What a batch consists of: the one definition, for both languages.
//
// Purpose: names, order, types and shapes of the tensors of both forms, and the
//          rows and columns of `values`. The binding exports all of them, and
//          the Python facade asserts its own names against them.
// Threads: constants.
#ifndef CC_BATCHES_LAYOUT_H_
#define CC_BATCHES_LAYOUT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "cc/records/frame.h"

namespace lczero {

inline constexpr size_t kBoardRows = 8;
inline constexpr size_t kBoardColumns = 8;
inline constexpr size_t kSquares = kBoardRows * kBoardColumns;

// Planes of a position, in order. The first are the frame's bitboards.
inline constexpr size_t kPlaneCount = 112;
inline constexpr size_t kPlaneUsOoo = 104;
inline constexpr size_t kPlaneUsOo = 105;
inline constexpr size_t kPlaneThemOoo = 106;
inline constexpr size_t kPlaneThemOo = 107;
inline constexpr size_t kPlaneSideOrEnPassant = 108;
inline constexpr size_t kPlaneRule50 = 109;
inline constexpr size_t kPlaneArmageddon = 110;
inline constexpr size_t kPlaneOnes = 111;
static_assert(kPlaneUsOoo == kBitboards && kPlaneOnes + 1 == kPlaneCount);

enum class Tensor {
  kPlanes,
  kProbabilities,
  kValues,
  kBitboards,
  kScalars,
  kOpponentMoves
};

// Plain: what the network reads. Packed: `bitboards` and `scalars` in place of
// `planes`, as the games have them; the device expands them to the same planes,
// which takes the batch's input format. Packed batches carry the opponent's
// moves besides, for which the plain form has no place.
enum class BatchForm { kPlain, kPacked };

// `scalars`: bytes of a frame from castling_us_ooo on; the last one is 0.
inline constexpr size_t kScalars = 8;

// In `opponent_moves`: not known, because the game is V6 or ended before.
inline constexpr int32_t kNoOpponentMove = -1;

// Rows and columns of `values`.
enum class ValueRow { kResult, kBest, kPlayed, kOrig, kRoot, kSt };
enum class ValueColumn { kQ, kD, kM };
inline constexpr std::array kValueRowNames = {
    std::string_view("result"), std::string_view("best"),
    std::string_view("played"), std::string_view("orig"),
    std::string_view("root"),   std::string_view("st")};
inline constexpr std::array kValueColumnNames = {
    std::string_view("q"), std::string_view("d"), std::string_view("m")};
inline constexpr size_t kValueRows = kValueRowNames.size();
inline constexpr size_t kValueColumns = kValueColumnNames.size();
static_assert(static_cast<size_t>(ValueRow::kSt) + 1 == kValueRows);
static_assert(static_cast<size_t>(ValueColumn::kM) + 1 == kValueColumns);

enum class ElementType { kFloat32, kUint8, kInt32 };

constexpr size_t SizeOf(ElementType type) {
  switch (type) {
    case ElementType::kFloat32:
      return sizeof(float);
    case ElementType::kUint8:
      return sizeof(uint8_t);
    case ElementType::kInt32:
      return sizeof(int32_t);
  }
  return 0;
}

// One tensor: row-major, [B, dims...]; unused dims are 1.
struct TensorLayout {
  std::string_view name;
  ElementType type;
  size_t rank;  // Without the batch.
  std::array<size_t, 3> dims;

  // Elements of one position.
  constexpr size_t RowSize() const { return dims[0] * dims[1] * dims[2]; }
  constexpr size_t RowBytes() const { return RowSize() * SizeOf(type); }
};

// By Tensor. A bitboard is 8 bytes, because JAX has no 64-bit integers unless
// asked: byte r of a word is row r.
inline constexpr std::array kTensors = {
    TensorLayout{"planes",
                 ElementType::kFloat32,
                 3,
                 {kPlaneCount, kBoardRows, kBoardColumns}},
    TensorLayout{
        "probabilities", ElementType::kFloat32, 1, {kPolicySize, 1, 1}},
    TensorLayout{
        "values", ElementType::kFloat32, 2, {kValueRows, kValueColumns, 1}},
    TensorLayout{
        "bitboards", ElementType::kUint8, 2, {kBitboards, kBoardRows, 1}},
    TensorLayout{"scalars", ElementType::kUint8, 1, {kScalars, 1, 1}},
    TensorLayout{"opponent_moves", ElementType::kInt32, 0, {1, 1, 1}},
};
static_assert(static_cast<size_t>(Tensor::kOpponentMoves) + 1 ==
              kTensors.size());

// Of a batch, in order.
inline constexpr std::array kPlainTensors = {
    Tensor::kPlanes, Tensor::kProbabilities, Tensor::kValues};
inline constexpr std::array kPackedTensors = {
    Tensor::kBitboards, Tensor::kScalars, Tensor::kProbabilities,
    Tensor::kValues, Tensor::kOpponentMoves};

constexpr std::span<const Tensor> TensorsOf(BatchForm form) {
  if (form == BatchForm::kPlain) return kPlainTensors;
  return kPackedTensors;
}

constexpr const TensorLayout& LayoutOf(Tensor tensor) {
  return kTensors[static_cast<size_t>(tensor)];
}

inline constexpr size_t kPlanesRowSize = LayoutOf(Tensor::kPlanes).RowSize();
inline constexpr size_t kValuesRowSize = LayoutOf(Tensor::kValues).RowSize();

}  // namespace lczero

#endif  // CC_BATCHES_LAYOUT_H_
