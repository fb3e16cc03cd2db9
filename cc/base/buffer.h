// A block of bytes on the heap that is not zeroed when made.
//
// Purpose:   the raw content of a chunk on its way from the file to the parser;
//            a std::vector would write each byte twice.
// Threads:   a plain value.
// Ownership: movable, not copyable; frees its bytes when destroyed. Of large
//            blocks each thread keeps one to use again: fresh memory comes as
//            pages that the kernel zeroes at the first touch, which costs more
//            than inflating a game into them.
#ifndef CC_BASE_BUFFER_H_
#define CC_BASE_BUFFER_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "cc/base/check.h"

namespace lczero {

class Buffer {
 public:
  // Blocks from kSpareFrom on are kept, one for each thread, up to kSpareMost.
  static constexpr size_t kSpareFrom = size_t{128} << 10;
  static constexpr size_t kSpareMost = size_t{8} << 20;

  Buffer() = default;
  // The bytes are indeterminate, and aligned for any fundamental type.
  explicit Buffer(size_t size) : block_(Allocate(size)), size_(size) {}
  ~Buffer() { Release(std::move(block_)); }
  Buffer(Buffer&& other) noexcept
      : block_(std::exchange(other.block_, {})),
        size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(size_, other.size_);
    Release(std::exchange(other.block_, {}));
    other.size_ = 0;
    return *this;
  }

  std::byte* data() { return block_.data.get(); }
  const std::byte* data() const { return block_.data.get(); }
  size_t size() const { return size_; }
  std::span<std::byte> bytes() { return {data(), size_}; }
  std::span<const std::byte> bytes() const { return {data(), size_}; }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(data()), size_};
  }

  // Keeps the first `size` bytes; the memory stays allocated.
  void Truncate(size_t size) {
    LC_CHECK(size <= size_, "Buffer::Truncate may only shrink");
    size_ = size;
  }

 private:
  struct Block {
    std::unique_ptr<std::byte[]> data;
    size_t capacity = 0;
  };

  // This thread's.
  static Block& Spare() {
    thread_local Block spare;
    return spare;
  }

  static Block Allocate(size_t size) {
    if (size >= kSpareFrom && size <= Spare().capacity) {
      return std::exchange(Spare(), {});
    }
    return {std::make_unique_for_overwrite<std::byte[]>(size), size};
  }

  // The larger of two blocks stays, so that soon every game fits.
  static void Release(Block block) {
    if (block.capacity < kSpareFrom || block.capacity > kSpareMost) return;
    if (block.capacity > Spare().capacity) Spare() = std::move(block);
  }

  Block block_;
  size_t size_ = 0;
};

}  // namespace lczero

#endif  // CC_BASE_BUFFER_H_
