#include "cc/batches/batch.h"

#include <new>
#include <utility>

#include "cc/base/check.h"

namespace lczero {
namespace batch_internal {

void FreeBlock::operator()(std::byte* block) const {
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

// Bytes that a tensor takes in the block.
size_t PaddedBytes(Tensor tensor, size_t batch_size) {
  const size_t bytes = LayoutOf(tensor).RowBytes() * batch_size;
  return (bytes + kBatchAlignment - 1) / kBatchAlignment * kBatchAlignment;
}

batch_internal::Block NewBlock(BatchForm form, size_t batch_size) {
  size_t bytes = 0;
  for (Tensor tensor : TensorsOf(form))
    bytes += PaddedBytes(tensor, batch_size);
  return batch_internal::Block(static_cast<std::byte*>(
      ::operator new(bytes, std::align_val_t{kBatchAlignment})));
}

template <typename To, typename From>
std::span<To> As(std::span<From> bytes) {
  return {reinterpret_cast<To*>(bytes.data()), bytes.size() / sizeof(To)};
}

void CheckFloats(Tensor which) {
  LC_CHECK(LayoutOf(which).type == ElementType::kFloat32,
           "this tensor has no floats");
}

}  // namespace

Batch::Batch(BatchForm form, size_t size, batch_internal::Block block,
             std::shared_ptr<batch_internal::FreeList> home)
    : form_(form),
      size_(size),
      block_(std::move(block)),
      home_(std::move(home)) {
  offsets_.fill(kAbsent);
  size_t offset = 0;
  for (Tensor tensor : TensorsOf(form)) {
    offsets_[static_cast<size_t>(tensor)] = offset;
    offset += PaddedBytes(tensor, size);
  }
}

Batch::~Batch() { home_->Give(std::move(block_)); }

std::byte* Batch::Begin(Tensor which) const {
  const size_t offset = offsets_[static_cast<size_t>(which)];
  LC_CHECK(offset != kAbsent, "a batch of this form has no such tensor");
  return block_.get() + offset;
}

std::span<std::byte> Batch::bytes(Tensor which) {
  return {Begin(which), LayoutOf(which).RowBytes() * size_};
}

std::span<const std::byte> Batch::bytes(Tensor which) const {
  return {Begin(which), LayoutOf(which).RowBytes() * size_};
}

std::span<std::byte> Batch::row_bytes(Tensor which, size_t position) {
  const size_t size = LayoutOf(which).RowBytes();
  return bytes(which).subspan(position * size, size);
}

std::span<const std::byte> Batch::row_bytes(Tensor which,
                                            size_t position) const {
  const size_t size = LayoutOf(which).RowBytes();
  return bytes(which).subspan(position * size, size);
}

std::span<float> Batch::tensor(Tensor which) {
  CheckFloats(which);
  return As<float>(bytes(which));
}

std::span<const float> Batch::tensor(Tensor which) const {
  CheckFloats(which);
  return As<const float>(bytes(which));
}

std::span<float> Batch::row(Tensor which, size_t position) {
  CheckFloats(which);
  return As<float>(row_bytes(which, position));
}

std::span<const float> Batch::row(Tensor which, size_t position) const {
  CheckFloats(which);
  return As<const float>(row_bytes(which, position));
}

BatchAllocator::BatchAllocator(size_t batch_size, size_t max_free_blocks,
                               BatchForm form)
    : batch_size_(batch_size),
      form_(form),
      free_list_(std::make_shared<batch_internal::FreeList>(max_free_blocks)) {
  LC_CHECK(batch_size > 0, "a batch holds at least one position");
}

std::unique_ptr<Batch> BatchAllocator::Allocate() {
  batch_internal::Block block = free_list_->Take();
  if (block == nullptr) block = NewBlock(form_, batch_size_);
  return std::unique_ptr<Batch>(
      new Batch(form_, batch_size_, std::move(block), free_list_));
}

}  // namespace lczero
