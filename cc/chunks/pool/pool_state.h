// What a ChunkPool must know to go on after a restart.
//
// Purpose: how often each chunk was emitted, and which ones in the current
//          pass; where the generator of the order stands. Sources are known by
//          the hash of their sort key, so that a state does not name files, and
//          is small: a source of consecutive visits (as nearly all are) takes
//          an eighth of a byte for a chunk and 11 bytes for itself.
// Format:  sources, one after the other: the hash (8 bytes, little-endian), the
//          number of chunks n, then runs (length, visits before this pass)
//          until n chunks are covered, then n bits, the lowest of a byte first:
//          was emitted in this pass. Numbers are LEB128 varints.
// Threads: pure functions.
// Errors:  any bytes may be given to the decoders. They allocate no more than
//          32 times what they are given.
#ifndef CC_CHUNKS_POOL_POOL_STATE_H_
#define CC_CHUNKS_POOL_POOL_STATE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cc/base/random.h"

namespace lczero {

struct ChunkVisits {
  // Times that the chunk was emitted, this pass included; below 2^31.
  uint32_t count : 31 = 0;
  // Was emitted in this pass; then `count` is at least 1.
  uint32_t emitted : 1 = 0;

  bool operator==(const ChunkVisits&) const = default;
};

struct SourceState {
  // HashBytes(sort key).
  uint64_t key_hash = 0;
  // EncodeVisits of its chunks.
  std::string visits;

  bool operator==(const SourceState&) const = default;
};

struct PoolState {
  Random::State random = {};
  // Passes that ended and were followed by another.
  uint64_t exhaustions = 0;
  // By rising hash, none twice.
  std::vector<SourceState> sources;
};

std::string EncodeVisits(std::span<const ChunkVisits> visits);

// Takes what EncodeVisits gave from the front of `bytes`; nothing when it is
// not that.
std::optional<std::vector<ChunkVisits>> TakeVisits(std::string_view& bytes);

std::string EncodeSources(std::span<const SourceState> sources);

// Nothing when `bytes` are not what EncodeSources gave.
std::optional<std::vector<SourceState>> DecodeSources(std::string_view bytes);

}  // namespace lczero

#endif  // CC_CHUNKS_POOL_POOL_STATE_H_
