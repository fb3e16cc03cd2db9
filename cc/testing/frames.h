// Synthetic frames for tests: valid by construction, random in every field that
// a tensor shows.
//
// Threads:     pure functions.
// Determinism: the same arguments give the same frames everywhere.
#ifndef CC_TESTING_FRAMES_H_
#define CC_TESTING_FRAMES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cc/records/frame.h"
#include "cc/records/input_format.h"

namespace lczero::testing {

// A valid frame. Bitboards are random (each with one king a side), so it is no
// position that chess allows.
Frame RandomFrame(uint64_t seed, InputFormat format = InputFormat::kClassical,
                  uint32_t version = kVersion6);

// `count` of them, each from its own seed; `visits` holds the frame's index, so
// that tests can tell where a frame came from.
std::vector<Frame> RandomGame(uint64_t seed, size_t count,
                              InputFormat format = InputFormat::kClassical,
                              uint32_t version = kVersion6);

// The bytes of a chunk, as a file holds them; each frame in its own version.
std::vector<std::byte> ChunkBytes(std::span<const Frame> frames);

}  // namespace lczero::testing

#endif  // CC_TESTING_FRAMES_H_
