#include "cc/records/packed_frame.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "cc/base/check.h"

namespace lczero {
namespace {

// Header: version, input format, flags.
constexpr std::byte kHasReserved{1};
constexpr size_t kTailOffset = offsetof(Frame, castling_us_ooo);
constexpr size_t kTailV6Bytes = kFrameV6Bytes - kTailOffset;
constexpr size_t kTailV7Bytes = offsetof(Frame, reserved) - kTailOffset;
constexpr size_t kReservedBytes = sizeof(Frame::reserved);

constexpr uint32_t kIllegal = std::bit_cast<uint32_t>(-1.0f);
// A gap that goes on.
constexpr uint8_t kLongGap = 255;
// Instead of a number of squares: the whole bitboard follows.
constexpr uint8_t kWholeBoard = 255;
constexpr int kMostSquares = 7;

class Writer {
 public:
  explicit Writer(std::byte* out) : start_(out), out_(out) {}

  void Byte(uint8_t value) { *out_++ = std::byte{value}; }
  template <typename T>
  void Value(T value) {
    Bytes(&value, sizeof(value));
  }
  void Bytes(const void* data, size_t size) {
    std::memcpy(out_, data, size);
    out_ += size;
  }
  size_t size() const { return static_cast<size_t>(out_ - start_); }
  // Room for a value that is known later.
  template <typename T>
  std::byte* Skip() {
    std::byte* place = out_;
    out_ += sizeof(T);
    return place;
  }

 private:
  std::byte* const start_;
  std::byte* out_;
};

class Reader {
 public:
  explicit Reader(const std::byte* in) : in_(in) {}

  uint8_t Byte() { return static_cast<uint8_t>(*in_++); }
  template <typename T>
  T Value() {
    T value;
    Bytes(&value, sizeof(value));
    return value;
  }
  void Bytes(void* data, size_t size) {
    std::memcpy(data, in_, size);
    in_ += size;
  }

 private:
  const std::byte* in_;
};

bool AllIllegal(const float* probabilities, size_t count) {
  uint32_t different = 0;
  for (size_t i = 0; i < count; ++i) {
    different |= std::bit_cast<uint32_t>(probabilities[i]) ^ kIllegal;
  }
  return different == 0;
}

void PackPolicy(const Frame& frame, Writer& writer) {
  constexpr size_t kBlock = 16;
  std::byte* const count_place = writer.Skip<uint16_t>();
  uint16_t count = 0;
  size_t next = 0;
  for (size_t block = 0; block < kPolicySize; block += kBlock) {
    const size_t end = std::min(block + kBlock, kPolicySize);
    if (AllIllegal(frame.probabilities + block, end - block)) continue;
    for (size_t i = block; i < end; ++i) {
      if (std::bit_cast<uint32_t>(frame.probabilities[i]) == kIllegal) continue;
      size_t gap = i - next;
      for (; gap >= kLongGap; gap -= kLongGap) writer.Byte(kLongGap);
      writer.Byte(static_cast<uint8_t>(gap));
      writer.Value(frame.probabilities[i]);
      next = i + 1;
      ++count;
    }
  }
  std::memcpy(count_place, &count, sizeof(count));
}

void UnpackPolicy(Reader& reader, Frame& frame) {
  std::fill_n(frame.probabilities, kPolicySize, -1.0f);
  size_t next = 0;
  for (uint16_t left = reader.Value<uint16_t>(); left > 0; --left) {
    uint8_t gap = reader.Byte();
    for (; gap == kLongGap; gap = reader.Byte()) next += kLongGap;
    next += gap;
    frame.probabilities[next++] = reader.Value<float>();
  }
}

void PackBoard(uint64_t board, Writer& writer) {
  const int squares = std::popcount(board);
  if (squares > kMostSquares) {
    writer.Byte(kWholeBoard);
    writer.Value(board);
    return;
  }
  writer.Byte(static_cast<uint8_t>(squares));
  for (; board != 0; board &= board - 1) {
    writer.Byte(static_cast<uint8_t>(std::countr_zero(board)));
  }
}

uint64_t UnpackBoard(Reader& reader) {
  const uint8_t squares = reader.Byte();
  if (squares == kWholeBoard) return reader.Value<uint64_t>();
  uint64_t board = 0;
  for (uint8_t i = 0; i < squares; ++i) board |= uint64_t{1} << reader.Byte();
  return board;
}

using Step = std::array<uint64_t, kBitboardsPerStep>;

void PackPlanes(const Frame& frame, Writer& writer) {
  Step before{};
  for (size_t step = 0; step < kHistorySteps; ++step) {
    Step boards;
    std::memcpy(boards.data(), frame.planes + step * kBitboardsPerStep,
                sizeof(boards));
    std::byte* const mask_place = writer.Skip<uint16_t>();
    uint16_t mask = 0;
    for (size_t i = 0; i < kBitboardsPerStep; ++i) {
      if (boards[i] == before[i]) continue;
      mask |= static_cast<uint16_t>(1u << i);
      PackBoard(boards[i] ^ before[i], writer);
    }
    std::memcpy(mask_place, &mask, sizeof(mask));
    before = boards;
  }
}

void UnpackPlanes(Reader& reader, Frame& frame) {
  Step boards{};
  for (size_t step = 0; step < kHistorySteps; ++step) {
    for (uint32_t mask = reader.Value<uint16_t>(); mask != 0;
         mask &= mask - 1) {
      boards[static_cast<size_t>(std::countr_zero(mask))] ^=
          UnpackBoard(reader);
    }
    std::memcpy(frame.planes + step * kBitboardsPerStep, boards.data(),
                sizeof(boards));
  }
}

bool HasReserved(const Frame& frame) {
  constexpr std::array<std::byte, kReservedBytes> kZeros{};
  return std::memcmp(frame.reserved, kZeros.data(), kReservedBytes) != 0;
}

void PackTail(const Frame& frame, std::byte flags, Writer& writer) {
  const auto* tail = reinterpret_cast<const std::byte*>(&frame) + kTailOffset;
  writer.Bytes(tail, frame.version == kVersion6 ? kTailV6Bytes : kTailV7Bytes);
  if (flags == kHasReserved) writer.Bytes(frame.reserved, kReservedBytes);
}

void UnpackTail(Reader& reader, std::byte flags, Frame& frame) {
  auto* tail = reinterpret_cast<std::byte*>(&frame) + kTailOffset;
  const size_t bytes = frame.version == kVersion6 ? kTailV6Bytes : kTailV7Bytes;
  reader.Bytes(tail, bytes);
  std::memset(tail + bytes, 0, sizeof(Frame) - kTailOffset - bytes);
  if (flags == kHasReserved) reader.Bytes(frame.reserved, kReservedBytes);
}

}  // namespace

PackedFrame::PackedFrame(const Frame& frame) {
  LC_CHECK(frame.version == kVersion6 || frame.version == kVersion7,
           "frames are validated before they are packed");
  // Not initialised: zeros would cost more than the rest.
  std::array<std::byte, kMaxBytes> scratch;
  Writer writer(scratch.data());
  const std::byte flags = frame.version == kVersion7 && HasReserved(frame)
                              ? kHasReserved
                              : std::byte{0};
  writer.Byte(static_cast<uint8_t>(frame.version));
  writer.Byte(static_cast<uint8_t>(frame.input_format));
  writer.Value(flags);
  PackPolicy(frame, writer);
  PackPlanes(frame, writer);
  PackTail(frame, flags, writer);
  size_ = static_cast<uint32_t>(writer.size());
  bytes_ = std::make_unique_for_overwrite<std::byte[]>(size_);
  std::memcpy(bytes_.get(), scratch.data(), size_);
}

PackedFrame PackedFrame::Clone() const {
  PackedFrame copy;
  copy.size_ = size_;
  copy.bytes_ = std::make_unique_for_overwrite<std::byte[]>(size_);
  std::memcpy(copy.bytes_.get(), bytes_.get(), size_);
  return copy;
}

void PackedFrame::Unpack(Frame& frame) const {
  LC_CHECK(size_ > 0, "an empty PackedFrame holds no frame");
  Reader reader(bytes_.get());
  frame.version = reader.Byte();
  frame.input_format = reader.Byte();
  const auto flags = reader.Value<std::byte>();
  UnpackPolicy(reader, frame);
  UnpackPlanes(reader, frame);
  UnpackTail(reader, flags, frame);
}

}  // namespace lczero
