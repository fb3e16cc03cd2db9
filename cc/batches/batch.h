// A batch of positions: the tensors of layout.h in one block of memory.
//
// Purpose:   what GetNextBatch gives, in one of two forms. Blocks are recycled
//            through the allocator that made them: touching 37 MB of fresh
//            pages for each plain batch of 1,024 costs more than filling them.
// Threads:   a batch belongs to one thread at a time. Allocate may be called
//            from any thread, and a batch destroyed in any.
// Ownership: a batch owns its block; destroying it gives the block back. It may
//            outlive the allocator, and then frees the block.
// Blocking:  none but a short lock.
// Errors:    std::bad_alloc when there is no memory.
#ifndef CC_BATCHES_BATCH_H_
#define CC_BATCHES_BATCH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "cc/base/thread_annotations.h"
#include "cc/batches/layout.h"

namespace lczero {

// Every tensor begins at a multiple of this many bytes.
inline constexpr size_t kBatchAlignment = 64;

namespace batch_internal {

struct FreeBlock {
  void operator()(std::byte* block) const;
};
using Block = std::unique_ptr<std::byte, FreeBlock>;

// Blocks that wait to be used again; shared by the allocator and its batches.
class FreeList {
 public:
  explicit FreeList(size_t max_blocks) : max_blocks_(max_blocks) {}
  // Null when none is there.
  Block Take();
  // Frees the block if there are enough.
  void Give(Block block);

 private:
  const size_t max_blocks_;
  std::mutex mutex_;
  std::vector<Block> blocks_ LC_GUARDED_BY(mutex_);
};

}  // namespace batch_internal

class Batch {
 public:
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Positions.
  size_t size() const { return size_; }
  BatchForm form() const { return form_; }

  // Of all its positions, where the form is packed; 0 until it is set.
  uint32_t input_format() const { return input_format_; }
  void set_input_format(uint32_t format) { input_format_ = format; }

  // A whole tensor of the batch's form, [size(), dims...]. Indeterminate until
  // written.
  std::span<std::byte> bytes(Tensor which);
  std::span<const std::byte> bytes(Tensor which) const;
  // The same of a tensor of floats.
  std::span<float> tensor(Tensor which);
  std::span<const float> tensor(Tensor which) const;

  // One position of it.
  std::span<std::byte> row_bytes(Tensor which, size_t position);
  std::span<const std::byte> row_bytes(Tensor which, size_t position) const;
  std::span<float> row(Tensor which, size_t position);
  std::span<const float> row(Tensor which, size_t position) const;

 private:
  friend class BatchAllocator;
  Batch(BatchForm form, size_t size, batch_internal::Block block,
        std::shared_ptr<batch_internal::FreeList> home);

  std::byte* Begin(Tensor which) const;

  // By Tensor, in the block; kAbsent: the form has none.
  static constexpr size_t kAbsent = SIZE_MAX;
  std::array<size_t, kTensors.size()> offsets_ = {};
  const BatchForm form_;
  const size_t size_;
  uint32_t input_format_ = 0;
  batch_internal::Block block_;
  const std::shared_ptr<batch_internal::FreeList> home_;
};

// Makes batches of one size and form.
class BatchAllocator {
 public:
  // Keeps at most `max_free_blocks` blocks that nobody uses.
  BatchAllocator(size_t batch_size, size_t max_free_blocks,
                 BatchForm form = BatchForm::kPlain);

  std::unique_ptr<Batch> Allocate();

  size_t batch_size() const { return batch_size_; }

 private:
  const size_t batch_size_;
  const BatchForm form_;
  const std::shared_ptr<batch_internal::FreeList> free_list_;
};

}  // namespace lczero

#endif  // CC_BATCHES_BATCH_H_
