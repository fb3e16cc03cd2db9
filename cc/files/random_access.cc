#include "cc/files/random_access.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

namespace lczero {

namespace {

std::unexpected<Error> IoError(const std::string& path, const char* what,
                               int error_number) {
  return MakeError(ErrorCode::kIo,
                   "cannot " + std::string(what) + " " + path + ": " +
                       std::generic_category().message(error_number));
}

std::unexpected<Error> TooShort(const std::string& place, uint64_t size,
                                uint64_t offset, uint64_t wanted) {
  return MakeError(ErrorCode::kIo,
                   place + " ends at byte " + std::to_string(size) +
                       ", before the " + std::to_string(wanted) +
                       " bytes from byte " + std::to_string(offset) +
                       " on; it has shrunk, or is still being written");
}

}  // namespace

Result<std::unique_ptr<RandomAccessFile>> RandomAccessFile::Open(
    const std::string& path) {
  // O_NONBLOCK: opening a pipe that carries a data file's name must not hang.
  const int descriptor =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return IoError(path, "open", errno);
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) {
    const int error_number = errno;
    ::close(descriptor);
    return IoError(path, "stat", error_number);
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return MakeError(ErrorCode::kIo, path + " is not a regular file");
  }
  return std::unique_ptr<RandomAccessFile>(new RandomAccessFile(
      path, descriptor, static_cast<uint64_t>(status.st_size),
      {.device = status.st_dev, .inode = status.st_ino}));
}

RandomAccessFile::RandomAccessFile(std::string path, int descriptor,
                                   uint64_t size, FileIdentity identity)
    : path_(std::move(path)),
      descriptor_(descriptor),
      size_(size),
      identity_(identity) {}

RandomAccessFile::~RandomAccessFile() { ::close(descriptor_); }

Result<void> RandomAccessFile::ReadAt(uint64_t offset,
                                      std::span<std::byte> out) const {
  const uint64_t start = offset;
  const size_t wanted = out.size();
  while (!out.empty()) {
    const ssize_t count = ::pread(descriptor_, out.data(), out.size(),
                                  static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return IoError(path_, "read", errno);
    if (count == 0) return TooShort(path_, offset, start, wanted);
    offset += static_cast<uint64_t>(count);
    out = out.subspan(static_cast<size_t>(count));
  }
  return {};
}

Result<void> RandomAccessMemory::ReadAt(uint64_t offset,
                                        std::span<std::byte> out) const {
  if (offset > bytes_.size() || out.size() > bytes_.size() - offset) {
    return TooShort("memory", bytes_.size(), offset, out.size());
  }
  if (!out.empty()) std::memcpy(out.data(), &bytes_[offset], out.size());
  return {};
}

}  // namespace lczero
