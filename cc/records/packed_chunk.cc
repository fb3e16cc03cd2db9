#include "cc/records/packed_chunk.h"

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "cc/base/check.h"

namespace lczero {
namespace {

// glibc's: a header of 8 bytes, rounded up to 16.
size_t Allocated(size_t bytes) { return (bytes + 8 + 15) / 16 * 16; }

// What a frame usually takes, to allocate once.
constexpr size_t kUsualFrameBytes = 400;

size_t HeadBytes(size_t frames) { return (frames + 2) * sizeof(uint32_t); }

}  // namespace

PackedChunk::PackedChunk(const ChunkView& frames)
    : count_(static_cast<uint32_t>(frames.size())) {
  std::vector<uint32_t> head = {count_};
  std::vector<std::byte> body;
  head.reserve(frames.size() + 2);
  body.reserve(frames.size() * kUsualFrameBytes);
  const size_t begin = HeadBytes(frames.size());
  std::array<std::byte, PackedFrame::kMaxBytes> scratch;
  for (size_t i = 0; i < frames.size(); ++i) {
    head.push_back(static_cast<uint32_t>(begin + body.size()));
    const size_t size = PackFrame(frames[i], scratch);
    body.insert(body.end(), scratch.data(), scratch.data() + size);
  }
  size_ = begin + body.size();
  LC_CHECK(size_ <= UINT32_MAX, "games are limited to some hundred megabytes");
  head.push_back(static_cast<uint32_t>(size_));
  block_ = std::make_unique_for_overwrite<std::byte[]>(size_);
  std::memcpy(block_.get(), head.data(), begin);
  if (!body.empty()) {
    std::memcpy(block_.get() + begin, body.data(), body.size());
  }
}

PackedChunk::PackedChunk(Block block, size_t block_bytes)
    : block_(std::move(block)), size_(block_bytes) {
  std::memcpy(&count_, block_.get(), sizeof(count_));
  LC_CHECK(OffsetOf(count_) == size_, "the block is a whole one");
}

uint32_t PackedChunk::OffsetOf(size_t index) const {
  uint32_t offset;
  std::memcpy(&offset, block_.get() + (index + 1) * sizeof(offset),
              sizeof(offset));
  return offset;
}

PackedFrameView PackedChunk::operator[](size_t index) const {
  LC_CHECK(index < count_, "the chunk has fewer frames");
  const uint32_t begin = OffsetOf(index);
  return PackedFrameView({block_.get() + begin, OffsetOf(index + 1) - begin});
}

size_t PackedChunk::bytes() const {
  return Allocated(sizeof(PackedChunk)) + Allocated(size_);
}

}  // namespace lczero
