// A block of bytes on the heap that is not zeroed when made.
//
// Purpose:   the raw content of a chunk on its way from the file to the parser;
//            a std::vector would write each byte twice.
// Threads:   a plain value.
// Ownership: movable, not copyable; frees its bytes when destroyed.
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
  Buffer() = default;
  // The bytes are indeterminate.
  explicit Buffer(size_t size)
      : data_(std::make_unique_for_overwrite<std::byte[]>(size)), size_(size) {}
  Buffer(Buffer&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  std::byte* data() { return data_.get(); }
  const std::byte* data() const { return data_.get(); }
  size_t size() const { return size_; }
  std::span<std::byte> bytes() { return {data_.get(), size_}; }
  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(data_.get()), size_};
  }

  // Keeps the first `size` bytes; the memory stays allocated.
  void Truncate(size_t size) {
    LC_CHECK(size <= size_, "Buffer::Truncate may only shrink");
    size_ = size;
  }

 private:
  std::unique_ptr<std::byte[]> data_;
  size_t size_ = 0;
};

}  // namespace lczero

#endif  // CC_BASE_BUFFER_H_
