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

// Everything below is compiled twice, for any processor and for those with
// AVX2: to be inlined into the functions that say for which.
#define LC_FOR_EACH_TARGET [[gnu::always_inline]] inline

// Header: version, input format, flags.
constexpr std::byte kHasReserved{1};
constexpr size_t kTailOffset = offsetof(Frame, castling_us_ooo);
constexpr size_t kTailV6Bytes = kFrameV6Bytes - kTailOffset;
constexpr size_t kTailV7Bytes = offsetof(Frame, reserved) - kTailOffset;
constexpr size_t kReservedBytes = sizeof(Frame::reserved);
constexpr size_t kStepBytes = kBitboardsPerStep * sizeof(uint64_t);

using Probabilities = std::span<float, kPolicySize>;

// A gap that goes on.
constexpr uint8_t kLongGap = 255;
// Instead of a number of squares: the whole bitboard follows.
constexpr uint8_t kWholeBoard = 255;
constexpr int kMostSquares = 7;
// As many squares are written, and read, whether they are there or not: most
// boards have no more, and a loop that ends here or there costs more than all
// of them. What follows the planes is longer, so no byte is out of bounds.
constexpr int kUsualSquares = 4;
// The same for the legal moves in a word of PolicyBits.
constexpr int kUsualMoves = 4;

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
  // Where the next byte goes; Advance over what was written there.
  std::byte* next() { return out_; }
  void Advance(int bytes) { out_ += bytes; }
  size_t size() const { return static_cast<size_t>(out_ - start_); }

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
  const std::byte* next() const { return in_; }
  void Advance(int bytes) { in_ += bytes; }

 private:
  const std::byte* in_;
};

// Indices of the legal moves, in order, and room for what is written ahead.
using MoveIndices = std::array<uint16_t, kPolicySize + 64>;

// Gives their number.
LC_FOR_EACH_TARGET uint16_t FindMoves(const PolicyBits& legal,
                                      MoveIndices& moves) {
  uint16_t* out = moves.data();
  for (size_t word = 0; word < legal.size(); ++word) {
    uint64_t bits = legal[word];
    const int count = std::popcount(bits);
    const auto write = [&](int i) {
      out[i] = static_cast<uint16_t>(
          word * 64 + static_cast<size_t>(std::countr_zero(bits)));
      bits &= bits - 1;
    };
    for (int i = 0; i < kUsualMoves; ++i) write(i);
    for (int i = kUsualMoves; i < count; ++i) write(i);
    out += count;
  }
  return static_cast<uint16_t>(out - moves.data());
}

LC_FOR_EACH_TARGET void PackPolicy(const FrameView& frame, Writer& writer) {
  const auto probabilities = frame.probabilities();
  // Not initialised: zeros would cost more than the rest.
  MoveIndices moves;
  const uint16_t count = FindMoves(LegalMoves(probabilities), moves);
  writer.Value(count);
  size_t next = 0;
  for (const uint16_t i : std::span(moves).first(count)) {
    size_t gap = i - next;
    for (; gap >= kLongGap; gap -= kLongGap) writer.Byte(kLongGap);
    writer.Byte(static_cast<uint8_t>(gap));
    writer.Value(probabilities[i]);
    next = size_t{i} + 1;
  }
}

// Most of what unpacking costs is this, at the speed of memory. Rows of a batch
// are not aligned for vectors, and every other vector would cross a cache line.
LC_FOR_EACH_TARGET void FillIllegal(Probabilities probabilities) {
  constexpr size_t kVectorBytes = 32;
  constexpr size_t kFloats = kVectorBytes / sizeof(float);
  float* const begin = probabilities.data();
  const size_t past = reinterpret_cast<uintptr_t>(begin) % kVectorBytes;
  const size_t head = past == 0 ? 0 : (kVectorBytes - past) / sizeof(float);
  std::fill_n(begin, kFloats, -1.0f);
  auto* const vectors =
      static_cast<float*>(__builtin_assume_aligned(begin + head, kVectorBytes));
  constexpr size_t kWhole = kPolicySize / kFloats - 1;
  for (size_t i = 0; i < kWhole * kFloats; ++i) vectors[i] = -1.0f;
  std::fill_n(begin + kPolicySize - 2 * kFloats, 2 * kFloats, -1.0f);
}

LC_FOR_EACH_TARGET void UnpackPolicy(Reader& reader,
                                     Probabilities probabilities) {
  FillIllegal(probabilities);
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
  std::byte* const out = writer.next();
  const auto write = [&](int i) {
    out[i] = static_cast<std::byte>(std::countr_zero(board));
    board &= board - 1;
  };
  for (int i = 0; i < kUsualSquares; ++i) write(i);
  for (int i = kUsualSquares; i < squares; ++i) write(i);
  writer.Advance(squares);
}

LC_FOR_EACH_TARGET uint64_t UnpackBoard(Reader& reader) {
  const uint8_t squares = reader.Byte();
  if (squares == kWholeBoard) return reader.Value<uint64_t>();
  const std::byte* const in = reader.next();
  uint64_t board = 0;
  for (int i = 0; i < kUsualSquares; ++i) {
    const uint64_t is_there = i < squares ? 1 : 0;
    board |= is_there << (std::to_integer<uint32_t>(in[i]) & 63u);
  }
  for (int i = kUsualSquares; i < squares; ++i) {
    board |= uint64_t{1} << (std::to_integer<uint32_t>(in[i]) & 63u);
  }
  reader.Advance(squares);
  return board;
}

// Bitboard `i` of those that begin at `boards`, which need not be aligned.
LC_FOR_EACH_TARGET uint64_t BoardAt(const std::byte* boards, size_t i) {
  uint64_t board;
  std::memcpy(&board, boards + i * sizeof(board), sizeof(board));
  return board;
}

LC_FOR_EACH_TARGET void PackPlanes(const FrameView& frame, Writer& writer) {
  constexpr std::array<std::byte, kStepBytes> kNoBoards{};
  const std::byte* before = kNoBoards.data();
  const std::byte* step = frame.bytes_at(offsetof(Frame, planes));
  const std::byte* const end = step + kHistorySteps * kStepBytes;
  for (; step != end; before = step, step += kStepBytes) {
    uint16_t changed = 0;
    for (size_t i = 0; i < kBitboardsPerStep; ++i) {
      const bool differs = BoardAt(step, i) != BoardAt(before, i);
      changed |= static_cast<uint16_t>(differs << i);
    }
    writer.Value(changed);
    for (uint32_t mask = changed; mask != 0; mask &= mask - 1) {
      const auto i = static_cast<size_t>(std::countr_zero(mask));
      PackBoard(BoardAt(step, i) ^ BoardAt(before, i), writer);
    }
  }
}

// The differences first, then their sums: a board that was just written and is
// read as part of a vector makes the processor wait.
LC_FOR_EACH_TARGET void UnpackPlanes(Reader& reader, Frame& frame) {
  std::array<uint64_t, kHistorySteps * kBitboardsPerStep> changes{};
  for (size_t step = 0; step < kHistorySteps; ++step) {
    for (uint32_t mask = reader.Value<uint16_t>(); mask != 0;
         mask &= mask - 1) {
      const auto i = static_cast<size_t>(std::countr_zero(mask));
      changes[step * kBitboardsPerStep + i] = UnpackBoard(reader);
    }
  }
  std::array<uint64_t, kBitboardsPerStep> boards{};
  for (size_t begin = 0; begin < changes.size(); begin += kBitboardsPerStep) {
    for (size_t i = 0; i < kBitboardsPerStep; ++i) {
      boards[i] ^= changes[begin + i];
      frame.planes[begin + i] = boards[i];
    }
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

[[gnu::target("avx2,bmi,popcnt")]] size_t PackAvx2(const FrameView& frame,
                                                   std::byte* out) {
  return PackInline(frame, out);
}

[[gnu::target("avx2,bmi,popcnt")]] void UnpackAvx2(const std::byte* packed,
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
    : bytes_(static_cast<uint32_t>(packed.size())) {
  std::memcpy(bytes_.data(), packed.data(), packed.size());
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
