#include "cc/records/parse.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace lczero {
namespace {

std::unexpected<Defect> Bad(BadReason reason, std::string detail) {
  return std::unexpected(Defect{reason, std::move(detail)});
}

uint32_t ReadVersion(std::span<const std::byte> frame) {
  uint32_t version;
  std::memcpy(&version, frame.data(), sizeof(version));
  return version;
}

std::string SizeProblem(size_t bytes, uint32_t version, size_t frame_bytes) {
  return "size " + std::to_string(bytes) + " bytes is not a multiple of the V" +
         std::to_string(version) + " frame (" + std::to_string(frame_bytes) +
         ")";
}

// Bytes of each record.
std::expected<size_t, Defect> RecordSize(std::span<const std::byte> bytes) {
  if (bytes.empty()) return Bad(BadReason::kEmpty, "it holds no frame");
  if (bytes.size() < sizeof(uint32_t)) {
    return Bad(BadReason::kSize,
               SizeProblem(bytes.size(), kVersion6, kFrameV6Bytes));
  }
  const uint32_t version = ReadVersion(bytes);
  if (version != kVersion6 && version != kVersion7) {
    return Bad(
        BadReason::kVersion,
        "frame 0: version is " + std::to_string(version) + ", neither 6 nor 7");
  }
  const size_t size = version == kVersion6 ? kFrameV6Bytes : kFrameV7Bytes;
  if (bytes.size() % size != 0) {
    return Bad(BadReason::kSize, SizeProblem(bytes.size(), version, size));
  }
  for (size_t start = size; start < bytes.size(); start += size) {
    if (const uint32_t got = ReadVersion(bytes.subspan(start));
        got != version) {
      return Bad(BadReason::kMixedVersions,
                 "frame " + std::to_string(start / size) + ": version is " +
                     std::to_string(got) + ", frame 0 has " +
                     std::to_string(version));
    }
  }
  return size;
}

}  // namespace

std::expected<ChunkView, Defect> ViewChunk(std::span<const std::byte> bytes) {
  const auto size = RecordSize(bytes);
  if (!size) return std::unexpected(size.error());
  return ChunkView(bytes.data(), *size, bytes.size() / *size);
}

std::optional<size_t> RecordBytesIn(size_t chunk_bytes) {
  const bool may_be_v6 = chunk_bytes % kFrameV6Bytes == 0;
  const bool may_be_v7 = chunk_bytes % kFrameV7Bytes == 0;
  if (may_be_v6 == may_be_v7) return std::nullopt;
  return may_be_v6 ? kFrameV6Bytes : kFrameV7Bytes;
}

std::expected<std::vector<Frame>, Defect> ParseChunk(
    std::span<const std::byte> bytes) {
  const auto size = RecordSize(bytes);
  if (!size) return std::unexpected(size.error());
  std::vector<Frame> frames(bytes.size() / *size);
  for (size_t i = 0; i < frames.size(); ++i) {
    std::memcpy(static_cast<void*>(&frames[i]), &bytes[i * *size], *size);
  }
  return frames;
}

}  // namespace lczero
