// A frame in a few hundred bytes instead of 8,396, without loss.
//
// Purpose:   what waits (in the reservoir, in queues, in the frame cache) waits
//            in this form. Reading one needs no other frame.
// How:       of the probabilities only those that are not exactly -1 (illegal)
//            are kept, with the gaps between their indices. A history step is
//            kept as its difference from the step before it, which is a move:
//            a few squares. The fields after the planes are kept as they are.
// Loss:      none, for frames that ValidateChunk accepted: Unpack gives the
//            same bits. (Version and input format are kept in a byte each; V7
//            fields of a V6 frame are zero.)
// Size:      some 350 bytes in the middle of a game; at most kMaxBytes.
// Speed:     processors that have AVX2 use it.
// Threads:   immutable once made.
// Ownership: a PackedFrame owns its bytes, and is movable; a PackedFrameView
//            reads bytes that somebody else keeps alive and in place.
#ifndef CC_RECORDS_PACKED_FRAME_H_
#define CC_RECORDS_PACKED_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "cc/base/recycled_bytes.h"
#include "cc/records/frame.h"
#include "cc/records/frame_view.h"

namespace lczero {

class PackedFrame;

class PackedFrameView {
 public:
  // Bytes that PackFrame wrote.
  explicit PackedFrameView(std::span<const std::byte> bytes) : bytes_(bytes) {}

  PackedFrame Copy() const;

  // Writes every byte of `frame`.
  void Unpack(Frame& frame) const;

  // The same, but for the probabilities, which go where they are needed: of a
  // frame they are nine tenths.
  void Unpack(std::span<float, kPolicySize> probabilities, Frame& rest) const;

  // Asks the processor to fetch the bytes, which then may come while others are
  // worked on: frames of a shuffle lie anywhere in memory.
  void Prefetch() const {
    constexpr size_t kLineBytes = 64;
    for (size_t at = 0; at < bytes_.size(); at += kLineBytes) {
      __builtin_prefetch(bytes_.data() + at);
    }
  }

 private:
  std::span<const std::byte> bytes_;
};

class PackedFrame {
 public:
  // Whatever a frame holds, no packed form is larger.
  static constexpr size_t kMaxBytes =
      3 + 2 + kPolicySize * 5 + kPolicySize / 255 + 1 +
      kHistorySteps * (2 + kBitboardsPerStep * 9) + kFrameV7Bytes - 8272;

  // Empty: nothing may be asked of it.
  PackedFrame() = default;
  explicit PackedFrame(const FrameView& frame);
  // A copy of what PackFrame wrote.
  explicit PackedFrame(std::span<const std::byte> packed);

  PackedFrameView view() const { return PackedFrameView(bytes_.bytes()); }

  // As those of the view.
  void Unpack(Frame& frame) const { view().Unpack(frame); }
  void Unpack(std::span<float, kPolicySize> probabilities, Frame& rest) const {
    view().Unpack(probabilities, rest);
  }
  void Prefetch() const { view().Prefetch(); }

  // Of the packed form.
  size_t size() const { return bytes_.size(); }

 private:
  RecycledBytes bytes_;
};

// Writes the packed form to the first bytes of `out`, and gives their number.
size_t PackFrame(const FrameView& frame,
                 std::span<std::byte, PackedFrame::kMaxBytes> out);

// For tests: PackFrame, and Unpack of what it wrote, as processors without AVX2
// do them.
size_t PackFrameSlowly(const FrameView& frame,
                       std::span<std::byte, PackedFrame::kMaxBytes> out);
void UnpackSlowly(std::span<const std::byte> packed, Frame& frame);

inline PackedFrame PackedFrameView::Copy() const { return PackedFrame(bytes_); }

}  // namespace lczero

#endif  // CC_RECORDS_PACKED_FRAME_H_
