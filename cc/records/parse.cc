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

}  // namespace

std::expected<std::vector<Frame>, Defect> ParseChunk(
    std::span<const std::byte> bytes) {
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
  const size_t frame_bytes =
      version == kVersion6 ? kFrameV6Bytes : kFrameV7Bytes;
  if (bytes.size() % frame_bytes != 0) {
    return Bad(BadReason::kSize,
               SizeProblem(bytes.size(), version, frame_bytes));
  }
  std::vector<Frame> frames(bytes.size() / frame_bytes);
  for (size_t i = 0; i < frames.size(); ++i) {
    const auto record = bytes.subspan(i * frame_bytes, frame_bytes);
    if (const uint32_t got = ReadVersion(record); got != version) {
      return Bad(BadReason::kMixedVersions,
                 "frame " + std::to_string(i) + ": version is " +
                     std::to_string(got) + ", frame 0 has " +
                     std::to_string(version));
    }
    std::memcpy(static_cast<void*>(&frames[i]), record.data(), frame_bytes);
  }
  return frames;
}

}  // namespace lczero
