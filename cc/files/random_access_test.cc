#include "cc/files/random_access.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <string>

#include "cc/testing/chunk_files.h"

namespace lczero {
namespace {

using testing::TempFolder;
using testing::WriteFile;

std::span<const std::byte> AsBytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string Read(const RandomAccess& from, uint64_t offset, size_t size) {
  std::string text(size, '?');
  const Result<void> result =
      from.ReadAt(offset, std::as_writable_bytes(std::span(text)));
  return result ? text : result.error().message;
}

TEST(RandomAccessFileTest, ReadsAnywhere) {
  TempFolder folder;
  const std::string path = folder.path() / "a.gz";
  WriteFile(path, AsBytes("0123456789"));
  const auto file = RandomAccessFile::Open(path);
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->Size(), 10u);
  EXPECT_EQ(Read(**file, 3, 4), "3456");
  EXPECT_EQ(Read(**file, 0, 10), "0123456789");
  EXPECT_EQ(Read(**file, 10, 0), "");
}

TEST(RandomAccessFileTest, ReadingPastTheEndIsAnError) {
  TempFolder folder;
  const std::string path = folder.path() / "a.gz";
  WriteFile(path, AsBytes("0123456789"));
  const auto file = RandomAccessFile::Open(path);
  EXPECT_EQ(Read(**file, 8, 3),
            path +
                " ends at byte 10, before the 3 bytes from byte 8 on; it has "
                "shrunk, or is still being written");
}

TEST(RandomAccessFileTest, AReplacedFileHasAnotherIdentity) {
  TempFolder folder;
  const std::string path = folder.path() / "a.gz";
  WriteFile(path, AsBytes("one"));
  const auto first = RandomAccessFile::Open(path);
  const auto same = RandomAccessFile::Open(path);
  WriteFile(path, AsBytes("two"));
  const auto second = RandomAccessFile::Open(path);
  EXPECT_EQ((*first)->identity(), (*same)->identity());
  EXPECT_NE((*first)->identity(), (*second)->identity());
  EXPECT_EQ(Read(**first, 0, 3), "one");
}

TEST(RandomAccessFileTest, FollowsLinks) {
  TempFolder folder;
  WriteFile(folder.path() / "a.gz", AsBytes("one"));
  std::filesystem::create_symlink("a.gz", folder.path() / "b.gz");
  EXPECT_EQ(Read(**RandomAccessFile::Open(folder.path() / "b.gz"), 0, 3),
            "one");
}

TEST(RandomAccessFileTest, RefusesWhatIsNoFile) {
  TempFolder folder;
  const std::string pipe = folder.path() / "pipe.gz";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(RandomAccessFile::Open(pipe).error().message,
            pipe + " is not a regular file");
  EXPECT_EQ(RandomAccessFile::Open(folder.path()).error().code, ErrorCode::kIo);
  const std::string absent = folder.path() / "absent.gz";
  EXPECT_EQ(RandomAccessFile::Open(absent).error().message,
            "cannot open " + absent + ": No such file or directory");
}

TEST(RandomAccessMemoryTest, ChecksItsBounds) {
  const std::string text = "0123456789";
  const RandomAccessMemory memory(AsBytes(text));
  EXPECT_EQ(memory.Size(), 10u);
  EXPECT_EQ(Read(memory, 3, 4), "3456");
  EXPECT_EQ(Read(memory, 10, 0), "");
  std::array<std::byte, 2> out;
  EXPECT_FALSE(memory.ReadAt(9, out));
  EXPECT_FALSE(memory.ReadAt(11, {}));
  EXPECT_FALSE(memory.ReadAt(~uint64_t{0}, out));
}

}  // namespace
}  // namespace lczero
