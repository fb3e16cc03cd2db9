#include "cc/batches/batch.h"

#include <new>
#include <utility>

#include "cc/base/check.h"

namespace lczero {
namespace batch_internal {

void FreeBlock::operator()(float* block) const {
  ::operator delete(block, std::align_val_t{kBatchAlignment});
}

Block FreeList::Take() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (blocks_.empty()) return nullptr;
  Block block = std::move(blocks_.back());
  blocks_.pop_back();
  return block;
}

void FreeList::Give(Block block) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (blocks_.size() < max_blocks_) blocks_.push_back(std::move(block));
}

}  // namespace batch_internal

namespace {

constexpr size_t kAlignedFloats = kBatchAlignment / sizeof(float);

// Floats that a tensor takes in the block.
size_t PaddedSize(size_t tensor, size_t batch_size) {
  const size_t floats = kTensors[tensor].RowSize() * batch_size;
  return (floats + kAlignedFloats - 1) / kAlignedFloats * kAlignedFloats;
}

size_t OffsetOf(Tensor which, size_t batch_size) {
  size_t offset = 0;
  for (size_t i = 0; i < static_cast<size_t>(which); ++i) {
    offset += PaddedSize(i, batch_size);
  }
  return offset;
}

batch_internal::Block NewBlock(size_t batch_size) {
  size_t floats = 0;
  for (size_t i = 0; i < kTensors.size(); ++i) {
    floats += PaddedSize(i, batch_size);
  }
  return batch_internal::Block(static_cast<float*>(::operator new(
      floats * sizeof(float), std::align_val_t{kBatchAlignment})));
}

}  // namespace

Batch::Batch(size_t size, batch_internal::Block block,
             std::shared_ptr<batch_internal::FreeList> home)
    : size_(size), block_(std::move(block)), home_(std::move(home)) {}

Batch::~Batch() { home_->Give(std::move(block_)); }

std::span<float> Batch::tensor(Tensor which) {
  return {block_.get() + OffsetOf(which, size_),
          LayoutOf(which).RowSize() * size_};
}

std::span<const float> Batch::tensor(Tensor which) const {
  return {block_.get() + OffsetOf(which, size_),
          LayoutOf(which).RowSize() * size_};
}

std::span<float> Batch::row(Tensor which, size_t position) {
  const size_t row_size = LayoutOf(which).RowSize();
  return tensor(which).subspan(position * row_size, row_size);
}

std::span<const float> Batch::row(Tensor which, size_t position) const {
  const size_t row_size = LayoutOf(which).RowSize();
  return tensor(which).subspan(position * row_size, row_size);
}

BatchAllocator::BatchAllocator(size_t batch_size, size_t max_free_blocks)
    : batch_size_(batch_size),
      free_list_(std::make_shared<batch_internal::FreeList>(max_free_blocks)) {
  LC_CHECK(batch_size > 0, "a batch holds at least one position");
}

std::unique_ptr<Batch> BatchAllocator::Allocate() {
  batch_internal::Block block = free_list_->Take();
  if (block == nullptr) block = NewBlock(batch_size_);
  return std::unique_ptr<Batch>(
      new Batch(batch_size_, std::move(block), free_list_));
}

}  // namespace lczero
