// Writes chunk files for tests: gzip members, tar archives, temporary folders.
//
// Purpose: an independent writer of the formats that cc/chunks reads (plain
//          ustar members; other dialects are built where they are tested).
// Threads: pure functions; a TempFolder belongs to one thread.
// Errors:  a failed system call ends the test (abort): these are helpers.
#ifndef CC_TESTING_CHUNK_FILES_H_
#define CC_TESTING_CHUNK_FILES_H_

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lczero::testing {

using Bytes = std::vector<std::byte>;

// One gzip member (RFC 1952) that inflates to `content`.
Bytes Gzip(std::span<const std::byte> content);

// A ustar archive of (name, content) members, with its final zero blocks.
Bytes Tar(std::span<const std::pair<std::string, Bytes>> members);

// The archive's content as tests need it most: games 0.gz, 1.gz, ... gzipped.
Bytes TarOfGames(std::span<const Bytes> chunks);

// Writes under another name and renames, so that a watcher sees a whole file.
void WriteFile(const std::filesystem::path& path,
               std::span<const std::byte> content);
Bytes ReadFile(const std::filesystem::path& path);

// A fresh folder, deleted with all its content on destruction.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace lczero::testing

#endif  // CC_TESTING_CHUNK_FILES_H_
