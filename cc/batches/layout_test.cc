#include "cc/batches/layout.h"

#include <gtest/gtest.h>

namespace lczero {
namespace {

// The numbers of the format's document, written out.
TEST(LayoutTest, HasTheShapesOfTheFormat) {
  EXPECT_EQ(LayoutOf(Tensor::kPlanes).RowSize(), 7168u);
  EXPECT_EQ(LayoutOf(Tensor::kProbabilities).RowSize(), 1858u);
  EXPECT_EQ(LayoutOf(Tensor::kValues).RowSize(), 18u);
  EXPECT_EQ(LayoutOf(Tensor::kBitboards).RowBytes(), 832u);
  EXPECT_EQ(LayoutOf(Tensor::kScalars).RowBytes(), 8u);
  EXPECT_EQ(LayoutOf(Tensor::kValues).RowBytes(), 72u);
  EXPECT_EQ(LayoutOf(Tensor::kOpponentMoves).RowBytes(), 4u);
  EXPECT_EQ(LayoutOf(Tensor::kOpponentMoves).name, "opponent_moves");
  EXPECT_EQ(LayoutOf(Tensor::kBitboards).name, "bitboards");
  EXPECT_EQ(LayoutOf(Tensor::kScalars).name, "scalars");
  EXPECT_EQ(LayoutOf(Tensor::kPlanes).name, "planes");
  EXPECT_EQ(LayoutOf(Tensor::kProbabilities).name, "probabilities");
  EXPECT_EQ(LayoutOf(Tensor::kValues).name, "values");
}

TEST(LayoutTest, BytesOfAPositionAreThoseOfTheDocuments) {
  const auto bytes_of = [](BatchForm form) {
    size_t bytes = 0;
    for (Tensor tensor : TensorsOf(form)) bytes += LayoutOf(tensor).RowBytes();
    return bytes;
  };
  EXPECT_EQ(bytes_of(BatchForm::kPlain), 36176u);
  EXPECT_EQ(bytes_of(BatchForm::kPacked), 8348u);
}

TEST(LayoutTest, UnusedDimensionsAreOne) {
  for (const TensorLayout& tensor : kTensors) {
    for (size_t i = tensor.rank; i < tensor.dims.size(); ++i) {
      EXPECT_EQ(tensor.dims[i], 1u) << tensor.name;
    }
  }
}

}  // namespace
}  // namespace lczero
