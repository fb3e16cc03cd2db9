#include "cc/batches/batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace lczero {
namespace {

TEST(BatchTest, TensorsAreAlignedAndDoNotOverlap) {
  for (size_t size : {1u, 3u, 32u}) {
    BatchAllocator allocator(size, 1);
    const std::unique_ptr<Batch> batch = allocator.Allocate();
    for (size_t i = 0; i < kTensors.size(); ++i) {
      const auto values = batch->tensor(static_cast<Tensor>(i));
      EXPECT_EQ(values.size(), size * kTensors[i].RowSize());
      EXPECT_EQ(reinterpret_cast<uintptr_t>(values.data()) % kBatchAlignment,
                0u);
      std::fill(values.begin(), values.end(), static_cast<float>(i));
    }
    for (size_t i = 0; i < kTensors.size(); ++i) {
      for (float value : batch->tensor(static_cast<Tensor>(i))) {
        ASSERT_EQ(value, static_cast<float>(i));
      }
    }
  }
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
