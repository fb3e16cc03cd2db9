// Frames where they lie: in an inflated chunk, or in memory.
//
// Purpose:   a game is a megabyte of which few positions may be wanted;
//            copying it all, to have V6 records as long as V7 ones, costs as
//            much as inflating it. A view reads a record of either version in
//            place.
// Threads:   plain values over memory that does not change.
// Ownership: the caller keeps the bytes alive and in place.
// Input:     records at multiples of 4 bytes, as in a Buffer (both sizes are
//            such multiples); version 6 or 7, and then as many bytes.
//            ViewChunk (parse.h) checks that.
#ifndef CC_RECORDS_FRAME_VIEW_H_
#define CC_RECORDS_FRAME_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "cc/base/check.h"
#include "cc/records/frame.h"

namespace lczero {

class FrameView {
 public:
  explicit FrameView(const std::byte* record) : record_(record) {}
  // NOLINTNEXTLINE: a frame in memory is the simplest view.
  FrameView(const Frame& frame)
      : record_(reinterpret_cast<const std::byte*>(&frame)) {}

  uint32_t version() const { return Get(&Frame::version); }

  // A field, e.g. Get(&Frame::root_q). Not one that only V7 has, of a V6 frame.
  template <typename T>
  T Get(T Frame::* field) const {
    T value;
    std::memcpy(&value, record_ + OffsetOf(field), sizeof(T));
    return value;
  }

  std::span<const float, kPolicySize> probabilities() const {
    return std::span<const float, kPolicySize>(
        reinterpret_cast<const float*>(record_ +
                                       offsetof(Frame, probabilities)),
        kPolicySize);
  }

  // The bytes from `offset` on, as files hold them.
  const std::byte* bytes_at(size_t offset) const { return record_ + offset; }

  // Asks the processor to fetch all of it.
  void Prefetch() const {
    constexpr size_t kLineBytes = 64;
    for (size_t at = 0; at < kFrameV6Bytes; at += kLineBytes) {
      __builtin_prefetch(record_ + at);
    }
  }

  // Widened by zeros if it is a V6 one.
  Frame Copy() const {
    Frame frame{};
    std::memcpy(static_cast<void*>(&frame), record_,
                version() == kVersion6 ? kFrameV6Bytes : kFrameV7Bytes);
    return frame;
  }

 private:
  // A constant wherever `field` is one.
  template <typename T>
  static size_t OffsetOf(T Frame::* field) {
    static constexpr Frame kFrame{};
    return static_cast<size_t>(
        reinterpret_cast<const std::byte*>(&(kFrame.*field)) -
        reinterpret_cast<const std::byte*>(&kFrame));
  }

  const std::byte* record_;
};

// Frames that follow each other.
class ChunkView {
 public:
  ChunkView() = default;
  // `count` records, `stride` bytes apart.
  ChunkView(const std::byte* records, size_t stride, size_t count)
      : records_(records), stride_(stride), count_(count) {
    LC_CHECK(reinterpret_cast<uintptr_t>(records) % alignof(Frame) == 0,
             "frames are viewed in memory that is aligned for them");
  }
  // NOLINTNEXTLINE: frames in memory are the simplest view.
  ChunkView(std::span<const Frame> frames)
      : ChunkView(reinterpret_cast<const std::byte*>(frames.data()),
                  sizeof(Frame), frames.size()) {}
  // NOLINTNEXTLINE: as above.
  ChunkView(const std::vector<Frame>& frames) : ChunkView(std::span(frames)) {}

  size_t size() const { return count_; }
  // Bytes from one record to the next.
  size_t stride() const { return stride_; }
  bool empty() const { return count_ == 0; }
  FrameView operator[](size_t index) const {
    return FrameView(records_ + index * stride_);
  }

 private:
  const std::byte* records_ = nullptr;
  size_t stride_ = 0;
  size_t count_ = 0;
};

}  // namespace lczero

#endif  // CC_RECORDS_FRAME_VIEW_H_
