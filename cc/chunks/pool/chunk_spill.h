// Games of the frame cache for which memory has no room, in a local file.
//
// Purpose:   the file is a convenience: whatever goes wrong with it costs speed
//            and nothing else. A write that fails ends writing, a read that
//            fails ends all use; failures are counted, and the first one told.
// Threads:   every method may be called from any thread.
// Ownership: a game in the file keeps its room until the last share of it dies.
// Blocking:  Write and Read wait for the disk.
#ifndef CC_CHUNKS_POOL_CHUNK_SPILL_H_
#define CC_CHUNKS_POOL_CHUNK_SPILL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cc/base/error.h"
#include "cc/files/spill_file.h"
#include "cc/records/packed_chunk.h"

namespace lczero {

class ChunkSpill {
 public:
  // Called for the first failure, in the thread that meets it. May be null.
  using OnFailure = std::function<void(const Error&)>;

  // Makes a file of at most `capacity` bytes in `folder`. Where it cannot be
  // made, nothing is ever written.
  ChunkSpill(const std::string& folder, uint64_t capacity,
             OnFailure on_failure);
  // In that file; null: as above.
  ChunkSpill(std::shared_ptr<SpillFile> file, OnFailure on_failure);

  // Null when there is no room, or writing has ended.
  std::shared_ptr<const SpilledPiece> Write(const PackedChunk& game);

  // Null when it cannot be read.
  std::shared_ptr<const PackedChunk> Read(const SpilledPiece& piece);

  // Whether a Write may succeed.
  bool HasRoom() const;

  uint64_t chunks() const;
  uint64_t used_bytes() const;
  // Usually one, after which nothing is tried again; more if several threads
  // were at it.
  uint64_t failures() const { return failures_; }

 private:
  void Fail(const Error& error);

  const OnFailure on_failure_;
  std::atomic<uint64_t> failures_{0};
  std::shared_ptr<SpillFile> file_;
  std::atomic<bool> may_write_{true};
  std::atomic<bool> may_read_{true};
};

}  // namespace lczero

#endif  // CC_CHUNKS_POOL_CHUNK_SPILL_H_
