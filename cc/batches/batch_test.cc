#include "cc/batches/batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace lczero {
namespace {

TEST(BatchTest, TensorsAreAlignedAndDoNotOverlap) {
  for (BatchForm form : {BatchForm::kPlain, BatchForm::kPacked}) {
    for (size_t size : {1u, 3u, 32u}) {
      BatchAllocator allocator(size, 1, form);
      const std::unique_ptr<Batch> batch = allocator.Allocate();
      EXPECT_EQ(batch->form(), form);
      for (Tensor tensor : TensorsOf(form)) {
        const auto bytes = batch->bytes(tensor);
        EXPECT_EQ(bytes.size(), size * LayoutOf(tensor).RowBytes());
        EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes.data()) % kBatchAlignment,
                  0u);
        std::ranges::fill(bytes, static_cast<std::byte>(tensor));
      }
      for (Tensor tensor : TensorsOf(form)) {
        for (std::byte value : batch->bytes(tensor)) {
          ASSERT_EQ(value, static_cast<std::byte>(tensor));
        }
      }
    }
  }
}

TEST(BatchDeathTest, AFormHasItsOwnTensorsOnly) {
  BatchAllocator allocator(1, 1, BatchForm::kPacked);
  const std::unique_ptr<Batch> batch = allocator.Allocate();
  EXPECT_DEATH((void)batch->bytes(Tensor::kPlanes), "no such tensor");
  EXPECT_DEATH((void)batch->tensor(Tensor::kScalars), "no floats");
}

TEST(BatchTest, RowsFollowEachOther) {
  BatchAllocator allocator(4, 1);
  const std::unique_ptr<Batch> batch = allocator.Allocate();
  const auto all = batch->tensor(Tensor::kValues);
  for (size_t i = 0; i < 4; ++i) {
    const auto row = batch->row(Tensor::kValues, i);
    EXPECT_EQ(row.data(), all.data() + i * kValuesRowSize);
    EXPECT_EQ(row.size(), kValuesRowSize);
  }
}

TEST(BatchAllocatorTest, UsesBlocksAgain) {
  BatchAllocator allocator(2, 1);
  std::unique_ptr<Batch> batch = allocator.Allocate();
  const float* block = batch->tensor(Tensor::kPlanes).data();
  batch.reset();
  batch = allocator.Allocate();
  EXPECT_EQ(batch->tensor(Tensor::kPlanes).data(), block);
  const std::unique_ptr<Batch> other = allocator.Allocate();
  EXPECT_NE(other->tensor(Tensor::kPlanes).data(), block);
}

TEST(BatchAllocatorTest, BatchesOutliveIt) {
  std::optional<BatchAllocator> allocator(std::in_place, 2, 1);
  const std::unique_ptr<Batch> batch = allocator->Allocate();
  allocator.reset();
  const auto planes = batch->tensor(Tensor::kPlanes);
  std::fill(planes.begin(), planes.end(), 1.0f);
  EXPECT_EQ(planes.back(), 1.0f);
}

}  // namespace
}  // namespace lczero
