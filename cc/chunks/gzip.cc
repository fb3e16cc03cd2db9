#include "cc/chunks/gzip.h"

#include <libdeflate.h>

#include <array>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "cc/base/check.h"
#include "cc/base/crc32.h"

namespace lczero {

namespace {

// RFC 1952, section 2.3: the header without its optional fields, of which the
// flags tell.
constexpr size_t kHeaderBytes = 10;
constexpr size_t kFlagsAt = 3;
constexpr size_t kTrailerBytes = 8;
// With an empty block.
constexpr size_t kMinMemberBytes = kHeaderBytes + 2 + kTrailerBytes;
// Deflate cannot do better: a match of 258 bytes takes at least two bits.
constexpr size_t kLongestMatch = 258;
constexpr size_t kMaxRatio = 1032;

uint32_t LittleEndian(std::span<const std::byte, 4> bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    value |= std::to_integer<uint32_t>(bytes[i]) << (8 * i);
  }
  return value;
}

// The last four bytes of a member: its inflated size modulo 2^32.
uint32_t DeclaredSize(std::span<const std::byte> compressed) {
  return LittleEndian(compressed.last<4>());
}

std::unexpected<Error> Corrupt(std::span<const std::byte> compressed,
                               const std::string& what) {
  return MakeError(
      ErrorCode::kCorruptData,
      "gzip member of " + std::to_string(compressed.size()) + " bytes " + what);
}

using Decompressor = std::unique_ptr<libdeflate_decompressor,
                                     decltype(&libdeflate_free_decompressor)>;

// libdeflate chooses its code for this processor at the first call, and keeps
// the choice in plain variables. Made here and by Crc32, no two threads meet in
// it.
bool InflateNothing(libdeflate_decompressor* decompressor) {
  constexpr std::array<uint8_t, kMinMemberBytes> kNothing = {
      0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 3, 0};
  std::byte out;
  return Crc32({}) == 0 && libdeflate_gzip_decompress(
                               decompressor, kNothing.data(), kNothing.size(),
                               &out, 0, nullptr) == LIBDEFLATE_SUCCESS;
}

Decompressor NewDecompressor() {
  Decompressor decompressor(libdeflate_alloc_decompressor(),
                            &libdeflate_free_decompressor);
  if (decompressor == nullptr) throw std::bad_alloc();
  static const bool has_chosen = InflateNothing(decompressor.get());
  LC_CHECK(has_chosen, "an empty member is a whole one");
  return decompressor;
}

// One for each thread, since it keeps nothing from one member to the next but
// its tables' memory.
libdeflate_decompressor* ThreadsDecompressor() {
  thread_local const Decompressor decompressor = NewDecompressor();
  return decompressor.get();
}

Result<Buffer> InflateWhole(std::span<const std::byte> compressed,
                            size_t declared) {
  Buffer out(declared);
  size_t bytes_in = 0;
  size_t bytes_out = 0;
  if (libdeflate_gzip_decompress_ex(ThreadsDecompressor(), compressed.data(),
                                    compressed.size(), out.data(), out.size(),
                                    &bytes_in,
                                    &bytes_out) != LIBDEFLATE_SUCCESS) {
    return Corrupt(compressed,
                   "does not inflate to the " + std::to_string(declared) +
                       " bytes that its last four declare; it is cut off, "
                       "damaged, or followed by other bytes");
  }
  if (bytes_in != compressed.size() || bytes_out != declared) {
    return Corrupt(compressed, "ends after " + std::to_string(bytes_in) +
                                   " bytes, other bytes follow");
  }
  return out;
}

// At least the first `count` bytes; nothing where that takes a look at the
// whole member: it is damaged, a header with optional fields hides where its
// body begins, or a block that is stored as it is ends too far behind them.
std::optional<Buffer> InflateFirst(std::span<const std::byte> compressed,
                                   size_t count) {
  if (compressed[kFlagsAt] != std::byte{0}) return std::nullopt;
  const auto body = compressed.subspan(
      kHeaderBytes, compressed.size() - kHeaderBytes - kTrailerBytes);
  Buffer out(count + kLongestMatch);
  size_t bytes_in = 0;
  size_t bytes_out = 0;
  const libdeflate_result result = libdeflate_deflate_decompress_ex(
      ThreadsDecompressor(), body.data(), body.size(), out.data(), out.size(),
      &bytes_in, &bytes_out);
  const bool is_good =
      result == LIBDEFLATE_SUCCESS || result == LIBDEFLATE_INSUFFICIENT_SPACE;
  if (!is_good || bytes_out < count) return std::nullopt;
  out.Truncate(bytes_out);
  return out;
}

}  // namespace

bool HasGzipMagic(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} &&
         bytes[1] == std::byte{0x8b};
}

Result<size_t> InflatedSize(std::span<const std::byte> compressed,
                            size_t max_bytes) {
  if (!HasGzipMagic(compressed)) {
    return Corrupt(compressed, "does not begin with 1f 8b");
  }
  if (compressed.size() < kMinMemberBytes) {
    return Corrupt(compressed, "is cut off");
  }
  const size_t declared = DeclaredSize(compressed);
  if (declared > max_bytes || declared / kMaxRatio > compressed.size()) {
    return Corrupt(compressed,
                   "declares " + std::to_string(declared) +
                       " bytes inflated, which is more than it can hold or "
                       "than the limit of " +
                       std::to_string(max_bytes) +
                       "; it is cut off, damaged, or followed by other bytes");
  }
  return declared;
}

Result<Buffer> InflateGzip(std::span<const std::byte> compressed,
                           size_t max_bytes) {
  const Result<size_t> declared = InflatedSize(compressed, max_bytes);
  if (!declared) return std::unexpected(declared.error());
  return InflateWhole(compressed, *declared);
}

Result<Buffer> InflateGzipFirst(std::span<const std::byte> compressed,
                                size_t count) {
  const size_t declared = DeclaredSize(compressed);
  LC_CHECK(count <= declared, "no more is asked for than there is");
  if (std::optional<Buffer> first = InflateFirst(compressed, count)) {
    return *std::move(first);
  }
  return InflateWhole(compressed, declared);
}

}  // namespace lczero
