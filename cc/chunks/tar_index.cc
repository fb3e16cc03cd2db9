#include "cc/chunks/tar_index.h"

#include <array>
#include <optional>
#include <utility>

#include "cc/chunks/chunk_source.h"
#include "cc/chunks/tar_header.h"
#include "cc/files/sort_key.h"

namespace lczero {

namespace {

// A long name or pax header larger than this is not a real one.
constexpr uint64_t kMaxMetadataBytes = 1 << 20;

class TarIndexer {
 public:
  explicit TarIndexer(const RandomAccess& archive)
      : archive_(archive), end_(archive.Size()) {}

  Result<TarIndex> Run();

 private:
  // What precedes a member and is about it.
  struct Pending {
    std::optional<std::string> long_name;
    PaxOverrides pax;
  };
  // One step over the archive: where to go on, or nothing at its end.
  using Step = Result<std::optional<uint64_t>>;

  Result<void> ReadBlock();
  Step AtZeroBlock();
  Step AtBadHeader();
  Step AtHeader(const TarHeader& header);
  Step AtMetadata(const TarHeader& header);
  Step AtMember(const TarHeader& header);
  // Notes the impossible size, and searches for the next good header.
  Step Lose(uint64_t size);
  // Behind `size` bytes of data after this header; nothing if not all there.
  std::optional<uint64_t> Behind(uint64_t size) const;
  Result<void> KeepMetadata(char type, uint64_t size);
  void AddProblem(const std::string& what);

  const RandomAccess& archive_;
  const uint64_t end_;
  uint64_t offset_ = 0;
  std::array<std::byte, kTarBlockBytes> block_ = {};
  Pending pending_;
  PaxOverrides global_pax_;
  bool seen_header_ = false;
  // Looking for the next good header.
  bool lost_ = false;
  TarIndex index_;
};

Result<TarIndex> TarIndexer::Run() {
  while (offset_ + kTarBlockBytes <= end_) {
    if (Result<void> read = ReadBlock(); !read) {
      return std::unexpected(read.error());
    }
    Step next = std::nullopt;
    if (const auto header = ParseTarHeader(block_)) {
      seen_header_ = true;
      lost_ = false;
      next = AtHeader(*header);
    } else {
      next = IsZeroBlock(block_) ? AtZeroBlock() : AtBadHeader();
    }
    if (!next) return std::unexpected(next.error());
    if (!*next) break;
    offset_ = **next;
  }
  if (!seen_header_ && lost_) {
    return MakeError(ErrorCode::kCorruptData,
                     "none of its " + std::to_string(end_) +
                         " bytes look like a tar header; skipped. Check the "
                         "download.");
  }
  index_.members.shrink_to_fit();
  return std::move(index_);
}

Result<void> TarIndexer::ReadBlock() {
  return archive_.ReadAt(offset_, block_);
}

// Two zero blocks are the end; a single one is passed over. In the middle of a
// broken stretch they are only data.
TarIndexer::Step TarIndexer::AtZeroBlock() {
  const uint64_t next = offset_ + kTarBlockBytes;
  if (lost_ || next + kTarBlockBytes > end_) return next;
  offset_ = next;
  if (Result<void> read = ReadBlock(); !read) {
    return std::unexpected(read.error());
  }
  if (IsZeroBlock(block_)) return std::nullopt;
  return next;
}

TarIndexer::Step TarIndexer::AtBadHeader() {
  if (!lost_) AddProblem("the header's checksum or size is wrong");
  lost_ = true;
  pending_ = {};
  return offset_ + kTarBlockBytes;
}

TarIndexer::Step TarIndexer::AtHeader(const TarHeader& header) {
  switch (header.type) {
    case 'L':
    case 'x':
    case 'g':
      return AtMetadata(header);
    case 'K':  // The target of a link that follows.
      return Behind(header.size);
    case '1':  // Links, devices, directories: nothing follows the header.
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
      pending_ = {};
      return offset_ + kTarBlockBytes;
    default:
      return AtMember(header);
  }
}

TarIndexer::Step TarIndexer::AtMetadata(const TarHeader& header) {
  if (header.size > kMaxMetadataBytes) return Lose(header.size);
  const std::optional<uint64_t> next = Behind(header.size);
  if (!next) return next;
  if (Result<void> kept = KeepMetadata(header.type, header.size); !kept) {
    return std::unexpected(kept.error());
  }
  return next;
}

TarIndexer::Step TarIndexer::AtMember(const TarHeader& header) {
  const Pending about = std::exchange(pending_, {});
  const uint64_t size =
      about.pax.size.value_or(global_pax_.size.value_or(header.size));
  const std::string name = about.pax.path.value_or(
      about.long_name.value_or(global_pax_.path.value_or(header.name)));
  const bool is_file =
      header.type == '0' || header.type == '\0' || header.type == '7';
  // Before ustar a directory was a file whose name ends in a slash.
  if (is_file && name.ends_with('/')) return offset_ + kTarBlockBytes;
  const std::optional<uint64_t> next = Behind(size);
  // What does not fit is the end of a growing archive; but if no game is that
  // large, the size is wrong.
  if (!next) return size > kMaxChunkBytes ? Lose(size) : Step(std::nullopt);
  if (is_file && SortKey(name) != "LICENSE") {
    index_.members.push_back({.offset = offset_ + kTarBlockBytes,
                              .size = size,
                              .named_gz = name.ends_with(".gz")});
  }
  return next;
}

TarIndexer::Step TarIndexer::Lose(uint64_t size) {
  AddProblem("a header claims " + std::to_string(size) + " bytes");
  lost_ = true;
  pending_ = {};
  return offset_ + kTarBlockBytes;
}

std::optional<uint64_t> TarIndexer::Behind(uint64_t size) const {
  const uint64_t data = offset_ + kTarBlockBytes;
  if (size > end_ - data) return std::nullopt;
  const uint64_t blocks = (size + kTarBlockBytes - 1) / kTarBlockBytes;
  return data + blocks * kTarBlockBytes;
}

Result<void> TarIndexer::KeepMetadata(char type, uint64_t size) {
  std::string content(size, '\0');
  const Result<void> read = archive_.ReadAt(
      offset_ + kTarBlockBytes, std::as_writable_bytes(std::span(content)));
  if (!read) return read;
  if (type == 'L') {
    pending_.long_name = content.substr(0, content.find('\0'));
    return {};
  }
  PaxOverrides& overrides = type == 'g' ? global_pax_ : pending_.pax;
  if (!ParsePaxRecords(content, overrides)) {
    AddProblem("a pax header holds a malformed record");
  }
  return {};
}

void TarIndexer::AddProblem(const std::string& what) {
  if (index_.problems.size() >= kMaxTarProblems) return;
  index_.problems.push_back("at byte " + std::to_string(offset_) + " of " +
                            std::to_string(end_) + ": " + what);
}

}  // namespace

Result<TarIndex> IndexTar(const RandomAccess& archive) {
  Result<TarIndex> index = TarIndexer(archive).Run();
  // It is kept for long.
  if (index) index->members.shrink_to_fit();
  return index;
}

}  // namespace lczero
