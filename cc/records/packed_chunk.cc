#include "cc/records/packed_chunk.h"

namespace lczero {
namespace {

// glibc's: a header of 8 bytes, rounded up to 16.
size_t Allocated(size_t bytes) { return (bytes + 8 + 15) / 16 * 16; }

}  // namespace

PackedChunk::PackedChunk(const ChunkView& frames)
    : bytes_(Allocated(sizeof(PackedChunk)) +
             Allocated(frames.size() * sizeof(PackedFrame))) {
  frames_.reserve(frames.size());
  for (size_t i = 0; i < frames.size(); ++i) {
    bytes_ += Allocated(frames_.emplace_back(frames[i]).size());
  }
}

}  // namespace lczero
