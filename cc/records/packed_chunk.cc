#include "cc/records/packed_chunk.h"

namespace lczero {
namespace {

// glibc's: a header of 8 bytes, rounded up to 16.
size_t Allocated(size_t bytes) { return (bytes + 8 + 15) / 16 * 16; }

}  // namespace

PackedChunk::PackedChunk(std::span<const Frame> frames)
    : bytes_(Allocated(sizeof(PackedChunk)) +
             Allocated(frames.size() * sizeof(PackedFrame))) {
  frames_.reserve(frames.size());
  for (const Frame& frame : frames) {
    bytes_ += Allocated(frames_.emplace_back(frame).size());
  }
}

}  // namespace lczero
