#include "cc/files/spill_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <system_error>
#include <utility>

#include "cc/base/check.h"
#include "cc/base/crc32.h"

namespace lczero {
namespace {

std::unexpected<Error> IoError(const std::string& what, const std::string& name,
                               int error_number) {
  return MakeError(ErrorCode::kIo,
                   "cannot " + what + " " + name + ": " +
                       std::generic_category().message(error_number));
}

// For file systems that have no files without a name. Negative: see errno.
int OpenAndUnlink(const std::string& folder) {
  std::string path = folder + "/lczero_spill_XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor >= 0) ::unlink(path.c_str());
  return descriptor;
}

int OpenNameless(const std::string& folder) {
  const int descriptor =
      ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) {
    return descriptor;
  }
  return OpenAndUnlink(folder);
}

}  // namespace

SpilledPiece::SpilledPiece(std::shared_ptr<SpillFile> file, uint64_t offset,
                           uint32_t size)
    : file_(std::move(file)), offset_(offset), size_(size) {}

SpilledPiece::~SpilledPiece() { file_->Give(offset_, size_); }

Result<void> SpilledPiece::Read(std::span<std::byte> out) const {
  LC_CHECK(out.size() == size_, "a piece is read whole");
  if (auto read = file_->ReadAt(offset_, out); !read) return read;
  if (Crc32(out) == checksum_) return {};
  return MakeError(ErrorCode::kCorruptData,
                   file_->name_ + ": the " + std::to_string(size_) +
                       " bytes from byte " + std::to_string(offset_) +
                       " on are not those that were written");
}

Result<std::shared_ptr<SpillFile>> SpillFile::Create(const std::string& folder,
                                                     uint64_t capacity) {
  const int descriptor = OpenNameless(folder);
  if (descriptor < 0) return IoError("make a file in", folder, errno);
  return Over(descriptor, "the file in " + folder, capacity);
}

std::shared_ptr<SpillFile> SpillFile::Over(int descriptor, std::string name,
                                           uint64_t capacity) {
  return std::shared_ptr<SpillFile>(
      new SpillFile(descriptor, std::move(name), capacity));
}

SpillFile::SpillFile(int descriptor, std::string name, uint64_t capacity)
    : descriptor_(descriptor),
      name_(std::move(name)),
      has_room_(capacity >= Extents::kBlockBytes),
      extents_(capacity) {}

SpillFile::~SpillFile() { ::close(descriptor_); }

Result<std::shared_ptr<const SpilledPiece>> SpillFile::Write(
    std::span<const std::byte> bytes) {
  LC_CHECK(!bytes.empty() && bytes.size() <= UINT32_MAX, "the size of a piece");
  std::shared_ptr<SpilledPiece> piece = Take(bytes.size());
  if (piece == nullptr) return nullptr;
  if (auto done = WriteAt(piece->offset_, bytes); !done) {
    return std::unexpected(done.error());
  }
  piece->checksum_ = Crc32(bytes);
  return piece;
}

std::shared_ptr<SpilledPiece> SpillFile::Take(size_t size) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::optional<uint64_t> offset = extents_.Take(size);
  has_room_ = offset.has_value();
  if (!offset) return nullptr;
  ++pieces_;
  return std::shared_ptr<SpilledPiece>(new SpilledPiece(
      shared_from_this(), *offset, static_cast<uint32_t>(size)));
}

void SpillFile::Give(uint64_t offset, uint32_t size) {
  std::lock_guard<std::mutex> lock(mutex_);
  extents_.Give(offset, size);
  --pieces_;
  has_room_ = true;
}

uint64_t SpillFile::used_bytes() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return extents_.used();
}

uint64_t SpillFile::pieces() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return pieces_;
}

Result<void> SpillFile::WriteAt(uint64_t offset,
                                std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(),
                                   static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return IoError("write to", name_, errno);
    offset += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return {};
}

Result<void> SpillFile::ReadAt(uint64_t offset,
                               std::span<std::byte> out) const {
  while (!out.empty()) {
    const ssize_t count = ::pread(descriptor_, out.data(), out.size(),
                                  static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return IoError("read from", name_, errno);
    if (count == 0) {
      return MakeError(ErrorCode::kIo, name_ + " ends at byte " +
                                           std::to_string(offset) +
                                           ", before what was written to it");
    }
    offset += static_cast<uint64_t>(count);
    out = out.subspan(static_cast<size_t>(count));
  }
  return {};
}

}  // namespace lczero
