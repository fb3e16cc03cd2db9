// A file that holds games: the interface over *.gz (one) and *.tar (many).
//
// Purpose:   the content of chunk i, unparsed: inflated, or to be inflated when
//            somebody looks.
// Threads:   immutable once open: every method may be called from any thread at
//            the same time.
// Ownership: shared by the pool and by readers; a source that has left the pool
//            lives until its last reader lets go. It holds no descriptor: each
//            Read opens the file, so that a pool of a hundred thousand sources
//            is no problem.
// Blocking:  Read waits for the disk only.
// Errors:    every message begins `chunk PATH#INDEX:`. kCorruptData: the bytes
//            are not what the format promises. kIo: the file has vanished, was
//            replaced or has shrunk since it was opened, or cannot be read.
#ifndef CC_CHUNKS_CHUNK_SOURCE_H_
#define CC_CHUNKS_CHUNK_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cc/base/error.h"
#include "cc/chunks/chunk_content.h"
#include "cc/files/file_path.h"

namespace lczero {

// The largest chunk, inflated or not, that is read; a real game is some 4 MB.
// What claims to be larger is kCorruptData.
inline constexpr size_t kMaxChunkBytes = size_t{64} << 20;

class ChunkSource {
 public:
  virtual ~ChunkSource() = default;

  const FilePath& path() const { return path_; }
  // Orders sources by age; a view into path().
  std::string_view sort_key() const { return path_.name(); }

  virtual size_t ChunkCount() const = 0;

  // The frames of one game, concatenated. `index` < ChunkCount().
  // `good_crc32`: the stored_crc32 of content that was found good; what is
  // still stored so is not inflated before somebody looks at it, and not
  // compared with its own checksum again. 0: none.
  Result<ChunkContent> Read(size_t index, uint32_t good_crc32 = 0) const {
    return DoRead(index, good_crc32);
  }

  // What had to be skipped when the file was indexed, one message each; a
  // source may serve the rest of its games all the same.
  virtual const std::vector<std::string>& Problems() const;

  // `PATH#INDEX`, as messages name a chunk.
  virtual std::string ChunkName(size_t index) const;

  // Stable across runs: a hash of (sort key, index in the file).
  virtual uint64_t ChunkId(size_t index) const;

 protected:
  explicit ChunkSource(FilePath path) : path_(std::move(path)) {}

  virtual Result<ChunkContent> DoRead(size_t index,
                                      uint32_t good_crc32) const = 0;

 private:
  const FilePath path_;
};

}  // namespace lczero

#endif  // CC_CHUNKS_CHUNK_SOURCE_H_
