#include "cc/records/packed_frame.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "cc/base/check.h"
#include "cc/base/cpu.h"
#include "cc/records/policy_scan.h"

namespace lczero {
namespace {

// Everything below is compiled twice, for any processor and for those with AVX2
// and POPCNT: to be inlined into the functions that say for which.
#define LC_FOR_EACH_TARGET [[gnu::always_inline]] inline

// Header: version, input format, flags.
constexpr std::byte kHasReserved{1};
constexpr size_t kTailOffset = offsetof(Frame, castling_us_ooo);
constexpr size_t kTailV6Bytes = kFrameV6Bytes - kTailOffset;
constexpr size_t kTailV7Bytes = offsetof(Frame, reserved) - kTailOffset;
constexpr size_t kReservedBytes = sizeof(Frame::reserved);

using Probabilities = std::span<float, kPolicySize>;

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

LC_FOR_EACH_TARGET void PackPolicy(const FrameView& frame, Writer& writer) {
  const auto probabilities = frame.probabilities();
  std::byte* const count_place = writer.Skip<uint16_t>();
  uint16_t count = 0;
  size_t next = 0;
  const PolicyBits legal = LegalMoves(probabilities);
  for (size_t word = 0; word < legal.size(); ++word) {
    for (uint64_t bits = legal[word]; bits != 0; bits &= bits - 1) {
      const size_t i = word * 64 + static_cast<size_t>(std::countr_zero(bits));
      size_t gap = i - next;
      for (; gap >= kLongGap; gap -= kLongGap) writer.Byte(kLongGap);
      writer.Byte(static_cast<uint8_t>(gap));
      writer.Value(probabilities[i]);
      next = i + 1;
      ++count;
    }
  }
  std::memcpy(count_place, &count, sizeof(count));
}

LC_FOR_EACH_TARGET void UnpackPolicy(Reader& reader,
                                     Probabilities probabilities) {
  std::fill_n(probabilities.data(), kPolicySize, -1.0f);
  float* next = probabilities.data();
  for (uint16_t left = reader.Value<uint16_t>(); left > 0; --left) {
    uint8_t gap = reader.Byte();
    for (; gap == kLongGap; gap = reader.Byte()) next += kLongGap;
    next += gap;
    *next++ = reader.Value<float>();
  }
}

LC_FOR_EACH_TARGET void PackBoard(uint64_t board, Writer& writer) {
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

LC_FOR_EACH_TARGET uint64_t UnpackBoard(Reader& reader) {
  const uint8_t squares = reader.Byte();
  if (squares == kWholeBoard) return reader.Value<uint64_t>();
  uint64_t board = 0;
  for (uint8_t i = 0; i < squares; ++i) board |= uint64_t{1} << reader.Byte();
  return board;
}

using Step = std::array<uint64_t, kBitboardsPerStep>;

LC_FOR_EACH_TARGET void PackPlanes(const FrameView& frame, Writer& writer) {
  const std::byte* planes = frame.bytes_at(offsetof(Frame, planes));
  Step before{};
  for (size_t step = 0; step < kHistorySteps; ++step) {
    Step boards;
    std::memcpy(boards.data(), planes + step * sizeof(boards), sizeof(boards));
    uint16_t changed = 0;
    for (size_t i = 0; i < kBitboardsPerStep; ++i) {
      changed |= static_cast<uint16_t>((boards[i] != before[i]) << i);
    }
    writer.Value(changed);
    for (uint32_t mask = changed; mask != 0; mask &= mask - 1) {
      const auto i = static_cast<size_t>(std::countr_zero(mask));
      PackBoard(boards[i] ^ before[i], writer);
    }
    before = boards;
  }
}

LC_FOR_EACH_TARGET void UnpackPlanes(Reader& reader, Frame& frame) {
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

bool HasReserved(const FrameView& frame) {
  constexpr std::array<std::byte, kReservedBytes> kZeros{};
  return frame.version() == kVersion7 &&
         std::memcmp(frame.bytes_at(offsetof(Frame, reserved)), kZeros.data(),
                     kReservedBytes) != 0;
}

void PackTail(const FrameView& frame, std::byte flags, Writer& writer) {
  writer.Bytes(frame.bytes_at(kTailOffset),
               frame.version() == kVersion6 ? kTailV6Bytes : kTailV7Bytes);
  if (flags == kHasReserved) {
    writer.Bytes(frame.bytes_at(offsetof(Frame, reserved)), kReservedBytes);
  }
}

void UnpackTail(Reader& reader, std::byte flags, Frame& frame) {
  auto* tail = reinterpret_cast<std::byte*>(&frame) + kTailOffset;
  const size_t bytes = frame.version == kVersion6 ? kTailV6Bytes : kTailV7Bytes;
  reader.Bytes(tail, bytes);
  std::memset(tail + bytes, 0, sizeof(Frame) - kTailOffset - bytes);
  if (flags == kHasReserved) reader.Bytes(frame.reserved, kReservedBytes);
}

LC_FOR_EACH_TARGET size_t PackInline(const FrameView& frame, std::byte* out) {
  const uint32_t version = frame.version();
  LC_CHECK(version == kVersion6 || version == kVersion7,
           "frames are validated before they are packed");
  Writer writer(out);
  const std::byte flags = HasReserved(frame) ? kHasReserved : std::byte{0};
  writer.Byte(static_cast<uint8_t>(version));
  writer.Byte(static_cast<uint8_t>(frame.Get(&Frame::input_format)));
  writer.Value(flags);
  PackPolicy(frame, writer);
  PackPlanes(frame, writer);
  PackTail(frame, flags, writer);
  return writer.size();
}

LC_FOR_EACH_TARGET void UnpackInline(const std::byte* packed,
                                     Probabilities probabilities, Frame& rest) {
  Reader reader(packed);
  rest.version = reader.Byte();
  rest.input_format = reader.Byte();
  const auto flags = reader.Value<std::byte>();
  UnpackPolicy(reader, probabilities);
  UnpackPlanes(reader, rest);
  UnpackTail(reader, flags, rest);
}

size_t PackAnywhere(const FrameView& frame, std::byte* out) {
  return PackInline(frame, out);
}

void UnpackAnywhere(const std::byte* packed, Probabilities probabilities,
                    Frame& rest) {
  UnpackInline(packed, probabilities, rest);
}

#ifdef __x86_64__

[[gnu::target("avx2,popcnt")]] size_t PackAvx2(const FrameView& frame,
                                               std::byte* out) {
  return PackInline(frame, out);
}

[[gnu::target("avx2,popcnt")]] void UnpackAvx2(const std::byte* packed,
                                               Probabilities probabilities,
                                               Frame& rest) {
  UnpackInline(packed, probabilities, rest);
}

#endif

struct Functions {
  size_t (*pack)(const FrameView&, std::byte*) = &PackAnywhere;
  void (*unpack)(const std::byte*, Probabilities, Frame&) = &UnpackAnywhere;
};

const Functions& Fastest() {
  static const Functions functions = [] {
#ifdef __x86_64__
    if (HasAvx2()) return Functions{&PackAvx2, &UnpackAvx2};
#endif
    return Functions{};
  }();
  return functions;
}

}  // namespace

size_t PackFrame(const FrameView& frame,
                 std::span<std::byte, PackedFrame::kMaxBytes> out) {
  return Fastest().pack(frame, out.data());
}

size_t PackFrameSlowly(const FrameView& frame,
                       std::span<std::byte, PackedFrame::kMaxBytes> out) {
  return PackAnywhere(frame, out.data());
}

void UnpackSlowly(std::span<const std::byte> packed, Frame& frame) {
  UnpackAnywhere(packed.data(), frame.probabilities, frame);
}

PackedFrame::PackedFrame(const FrameView& frame) {
  // Not initialised: zeros would cost more than the rest.
  std::array<std::byte, kMaxBytes> scratch;
  const size_t size = PackFrame(frame, scratch);
  *this = PackedFrame(std::span(scratch).first(size));
}

PackedFrame::PackedFrame(std::span<const std::byte> packed)
    : bytes_(std::make_unique_for_overwrite<std::byte[]>(packed.size())),
      size_(static_cast<uint32_t>(packed.size())) {
  std::memcpy(bytes_.get(), packed.data(), packed.size());
}

void PackedFrameView::Unpack(Frame& frame) const {
  Unpack(frame.probabilities, frame);
}

void PackedFrameView::Unpack(std::span<float, kPolicySize> probabilities,
                             Frame& rest) const {
  LC_CHECK(!bytes_.empty(), "an empty PackedFrame holds no frame");
  Fastest().unpack(bytes_.data(), probabilities, rest);
}

}  // namespace lczero
