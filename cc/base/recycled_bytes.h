// Small blocks of bytes that one thread fills and another lets go of, a million
// a second.
//
// Purpose:   the allocator's way for that costs as much as what is put into
//            them: memory that another thread freed comes back one cold block
//            at a time, under a lock. Here each thread keeps free blocks of
//            each size, and passes them on to others by the magazine.
// Threads:   a plain value; blocks may be let go of in any thread.
// Ownership: movable, not copyable; gives its block back when destroyed.
// Memory:    sizes are rounded up to kStep. Free blocks that are kept are
//            bounded: two magazines a thread and kMostMagazines for all, of
//            each size. Blocks above kMost, and all under AddressSanitizer or
//            ThreadSanitizer, are the allocator's.
#ifndef CC_BASE_RECYCLED_BYTES_H_
#define CC_BASE_RECYCLED_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace lczero {

class RecycledBytes {
 public:
  static constexpr size_t kStep = 64;
  static constexpr size_t kMost = 1024;
  // Blocks in one.
  static constexpr size_t kMagazine = 64;
  static constexpr size_t kMostMagazines = 64;

  RecycledBytes() = default;
  // The bytes are indeterminate.
  explicit RecycledBytes(uint32_t size) : data_(Allocate(size)), size_(size) {}
  ~RecycledBytes() {
    if (data_ != nullptr) Free(data_, size_);
  }
  RecycledBytes(RecycledBytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  RecycledBytes& operator=(RecycledBytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  std::byte* data() { return data_; }
  size_t size() const { return size_; }
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  static std::byte* Allocate(size_t size);
  static void Free(std::byte* block, size_t size);

  std::byte* data_ = nullptr;
  uint32_t size_ = 0;
};

}  // namespace lczero

#endif  // CC_BASE_RECYCLED_BYTES_H_
