// An array of a fixed size, made for being one element long very often: that
// one lies within, and takes no block of the heap.
//
// Threads:   a plain value.
// Ownership: movable, not copyable.
#ifndef CC_CHUNKS_POOL_ONE_OR_MANY_H_
#define CC_CHUNKS_POOL_ONE_OR_MANY_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace lczero {

template <typename T>
class OneOrMany {
  // So that moving the array is copying its one element or its pointer.
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(T*));

 public:
  OneOrMany() = default;
  // Elements are as T{} makes them.
  explicit OneOrMany(uint32_t size) : size_(size) {
    if (size > 1) {
      items_.many = new T[size]();
    } else {
      items_.one = T{};
    }
  }
  ~OneOrMany() {
    if (size_ > 1) delete[] items_.many;
  }
  OneOrMany(OneOrMany&& other) noexcept
      : size_(std::exchange(other.size_, 0)), items_(other.items_) {}
  OneOrMany& operator=(OneOrMany&& other) noexcept {
    std::swap(size_, other.size_);
    std::swap(items_, other.items_);
    return *this;
  }

  uint32_t size() const { return size_; }
  T* begin() { return size_ > 1 ? items_.many : &items_.one; }
  const T* begin() const { return size_ > 1 ? items_.many : &items_.one; }
  T* end() { return begin() + size_; }
  const T* end() const { return begin() + size_; }
  T& operator[](size_t i) { return begin()[i]; }
  const T& operator[](size_t i) const { return begin()[i]; }

 private:
  union Items {
    Items() : many(nullptr) {}
    T one;
    T* many;
  };

  uint32_t size_ = 0;
  Items items_;
};

}  // namespace lczero

#endif  // CC_CHUNKS_POOL_ONE_OR_MANY_H_
