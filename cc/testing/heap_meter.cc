#include "cc/testing/heap_meter.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace lczero::testing {
namespace {

std::atomic<int64_t> blocks = 0, bytes = 0, peak_bytes = 0, largest_block = 0;

void Raise(std::atomic<int64_t>& record, int64_t value) {
  int64_t seen = record.load(std::memory_order_relaxed);
  while (seen < value && !record.compare_exchange_weak(seen, value)) {
  }
}

[[maybe_unused]] void* Count(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  const auto size = static_cast<int64_t>(malloc_usable_size(block));
  ++blocks;
  Raise(peak_bytes, bytes += size);
  Raise(largest_block, size);
  return block;
}

[[maybe_unused]] void Free(void* block) {
  if (block == nullptr) return;
  --blocks;
  bytes -= static_cast<int64_t>(malloc_usable_size(block));
  std::free(block);
}

}  // namespace

HeapUse GetHeapUse() { return {blocks, bytes, peak_bytes, largest_block}; }

void ResetHeapRecords() {
  peak_bytes = bytes.load();
  largest_block = 0;
}

}  // namespace lczero::testing

#ifndef LC_HEAP_IS_NOT_METERED

// All other forms call these.
void* operator new(size_t size) {
  return lczero::testing::Count(std::malloc(std::max<size_t>(size, 1)));
}

void* operator new(size_t size, std::align_val_t alignment) {
  const auto step = static_cast<size_t>(alignment);
  return lczero::testing::Count(std::aligned_alloc(
      step, (std::max<size_t>(size, 1) + step - 1) / step * step));
}

void operator delete(void* block) noexcept { lczero::testing::Free(block); }

void operator delete(void* block, size_t) noexcept {
  lczero::testing::Free(block);
}

void operator delete(void* block, std::align_val_t) noexcept {
  lczero::testing::Free(block);
}

void operator delete(void* block, size_t, std::align_val_t) noexcept {
  lczero::testing::Free(block);
}

#endif  // LC_HEAP_IS_NOT_METERED
