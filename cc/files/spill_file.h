// A file without a name for what does not fit into memory.
//
// Purpose:   pieces of bytes are written once, read often, and given up one by
//            one. The file has no name from the start, or loses it before
//            anything is written: whatever ends the process, nothing stays.
// Threads:   every method may be called from any thread. Reads and writes go on
//            side by side; only taking and giving room is locked.
// Ownership: holds one descriptor. A piece keeps the file alive and gives its
//            room back when it is destroyed.
// Blocking:  Write and Read wait for the disk.
// Errors:    kIo when the system refuses, e.g. because the disk is full;
//            kCorruptData when bytes read are not those that were written.
#ifndef CC_FILES_SPILL_FILE_H_
#define CC_FILES_SPILL_FILE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "cc/base/error.h"
#include "cc/base/thread_annotations.h"
#include "cc/files/extents.h"

namespace lczero {

class SpillFile;

class SpilledPiece {
 public:
  ~SpilledPiece();
  SpilledPiece(const SpilledPiece&) = delete;
  SpilledPiece& operator=(const SpilledPiece&) = delete;

  size_t size() const { return size_; }

  // Fills `out`, which has size() bytes.
  Result<void> Read(std::span<std::byte> out) const;

 private:
  friend class SpillFile;
  SpilledPiece(std::shared_ptr<SpillFile> file, uint64_t offset, uint32_t size);

  const std::shared_ptr<SpillFile> file_;
  const uint64_t offset_;
  const uint32_t size_;
  uint32_t checksum_ = 0;
};

class SpillFile : public std::enable_shared_from_this<SpillFile> {
 public:
  // At most `capacity` bytes in a folder that exists.
  static Result<std::shared_ptr<SpillFile>> Create(const std::string& folder,
                                                   uint64_t capacity);

  // In a file that is open for both; takes the descriptor over. `name` is for
  // messages.
  static std::shared_ptr<SpillFile> Over(int descriptor, std::string name,
                                         uint64_t capacity);

  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  // Null when there is no room for so much (at least a byte, less than 4 GiB).
  Result<std::shared_ptr<const SpilledPiece>> Write(
      std::span<const std::byte> bytes);

  // False from a Write without room until a piece is given up.
  bool HasRoom() const { return has_room_; }
  uint64_t used_bytes() const;
  uint64_t pieces() const;

 private:
  friend class SpilledPiece;
  SpillFile(int descriptor, std::string name, uint64_t capacity);

  std::shared_ptr<SpilledPiece> Take(size_t size);
  void Give(uint64_t offset, uint32_t size);
  Result<void> WriteAt(uint64_t offset, std::span<const std::byte> bytes) const;
  Result<void> ReadAt(uint64_t offset, std::span<std::byte> out) const;

  const int descriptor_;
  const std::string name_;
  std::atomic<bool> has_room_;
  mutable std::mutex mutex_;
  Extents extents_ LC_GUARDED_BY(mutex_);
  uint64_t pieces_ LC_GUARDED_BY(mutex_) = 0;
};

}  // namespace lczero

#endif  // CC_FILES_SPILL_FILE_H_
