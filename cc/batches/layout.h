// What a batch consists of: the one definition, for both languages.
//
// Purpose: names, order, shapes and sizes of the tensors, and of the rows and
//          columns of `values`. The binding exports kTensors, kValueRowNames
//          and kValueColumnNames, and the Python facade asserts its own names
//          against them.
// Threads: constants.
#ifndef CC_BATCHES_LAYOUT_H_
#define CC_BATCHES_LAYOUT_H_

#include <array>
#include <cstddef>
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

// The tensors of a batch, in order; the batch comes first in each shape.
enum class Tensor { kPlanes, kProbabilities, kValues };

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

// One tensor: float32, row-major, [B, dims...]; unused dims are 1.
struct TensorLayout {
  std::string_view name;
  size_t rank;  // Without the batch.
  std::array<size_t, 3> dims;

  // Floats of one position.
  constexpr size_t RowSize() const { return dims[0] * dims[1] * dims[2]; }
};

inline constexpr std::array kTensors = {
    TensorLayout{"planes", 3, {kPlaneCount, kBoardRows, kBoardColumns}},
    TensorLayout{"probabilities", 1, {kPolicySize, 1, 1}},
    TensorLayout{"values", 2, {kValueRows, kValueColumns, 1}},
};
static_assert(static_cast<size_t>(Tensor::kValues) + 1 == kTensors.size());

constexpr const TensorLayout& LayoutOf(Tensor tensor) {
  return kTensors[static_cast<size_t>(tensor)];
}

inline constexpr size_t kPlanesRowSize = LayoutOf(Tensor::kPlanes).RowSize();
inline constexpr size_t kValuesRowSize = LayoutOf(Tensor::kValues).RowSize();

}  // namespace lczero

#endif  // CC_BATCHES_LAYOUT_H_
