// Bytes that can be read at any offset: a file, or memory in tests and fuzzers.
#ifndef CC_FILES_RANDOM_ACCESS_H_
#define CC_FILES_RANDOM_ACCESS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "cc/base/error.h"

namespace lczero {

// Threads: Size and ReadAt may be called from any thread at the same time.
// Errors:  kIo when the system refuses, or when fewer bytes are there.
class RandomAccess {
 public:
  virtual ~RandomAccess() = default;

  // As it was when opened.
  virtual uint64_t Size() const = 0;

  // Fills all of `out` from `offset` on.
  virtual Result<void> ReadAt(uint64_t offset,
                              std::span<std::byte> out) const = 0;
};

// Which file a path led to. Two equal values mean the same file.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;

  bool operator==(const FileIdentity&) const = default;
};

// A regular file open for reading; holds one descriptor until destroyed. Reads
// by pread, so threads do not disturb each other.
class RandomAccessFile : public RandomAccess {
 public:
  // Follows symbolic links. kIo when it cannot be opened or is not a regular
  // file; never blocks on a pipe.
  static Result<std::unique_ptr<RandomAccessFile>> Open(
      const std::string& path);

  ~RandomAccessFile() override;
  RandomAccessFile(const RandomAccessFile&) = delete;
  RandomAccessFile& operator=(const RandomAccessFile&) = delete;

  uint64_t Size() const override { return size_; }
  Result<void> ReadAt(uint64_t offset, std::span<std::byte> out) const override;
  FileIdentity identity() const { return identity_; }

 private:
  RandomAccessFile(std::string path, int descriptor, uint64_t size,
                   FileIdentity identity);

  const std::string path_;
  const int descriptor_;
  const uint64_t size_;
  const FileIdentity identity_;
};

// Reads from memory that the caller keeps alive.
class RandomAccessMemory : public RandomAccess {
 public:
  explicit RandomAccessMemory(std::span<const std::byte> bytes)
      : bytes_(bytes) {}

  uint64_t Size() const override { return bytes_.size(); }
  Result<void> ReadAt(uint64_t offset, std::span<std::byte> out) const override;

 private:
  const std::span<const std::byte> bytes_;
};

}  // namespace lczero

#endif  // CC_FILES_RANDOM_ACCESS_H_
