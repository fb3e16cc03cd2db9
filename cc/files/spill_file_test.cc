#include "cc/files/spill_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "cc/testing/chunk_files.h"

namespace lczero {
namespace {

constexpr uint64_t kBlock = Extents::kBlockBytes;

std::span<const std::byte> AsBytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::shared_ptr<const SpilledPiece> Write(SpillFile& file,
                                          const std::string& text) {
  auto piece = file.Write(AsBytes(text));
  EXPECT_TRUE(piece) << piece.error().message;
  return piece ? *piece : nullptr;
}

std::string Read(const SpilledPiece& piece) {
  std::string text(piece.size(), '?');
  const auto done = piece.Read(std::as_writable_bytes(std::span(text)));
  return done ? text : done.error().message;
}

// Two descriptors of one file: for a SpillFile, and for the test.
std::pair<int, int> TwoDescriptors() {
  const int own = ::memfd_create("spill", MFD_CLOEXEC);
  return {::dup(own), own};
}

TEST(SpillFileTest, GivesBackWhatWasWritten) {
  testing::TempFolder folder;
  const auto file = SpillFile::Create(folder.path(), 100 * kBlock).value();
  std::vector<std::shared_ptr<const SpilledPiece>> pieces;
  for (size_t i = 1; i < 20; ++i) {
    pieces.push_back(
        Write(*file, std::string(i * 999, static_cast<char>('a' + i))));
  }
  EXPECT_EQ(file->pieces(), 19u);
  for (size_t i = 19; i-- > 1;) {
    EXPECT_EQ(Read(*pieces[i - 1]),
              std::string(i * 999, static_cast<char>('a' + i)));
  }
  pieces.clear();
  EXPECT_EQ(file->used_bytes(), 0u);
  EXPECT_EQ(file->pieces(), 0u);
}

TEST(SpillFileTest, HasNoName) {
  testing::TempFolder folder;
  const auto file = SpillFile::Create(folder.path(), kBlock).value();
  const auto piece = Write(*file, "x");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SpillFileTest, TakesNoMoreThanItsCapacity) {
  testing::TempFolder folder;
  const auto file = SpillFile::Create(folder.path(), 2 * kBlock + 1).value();
  EXPECT_TRUE(file->HasRoom());
  auto first = Write(*file, std::string(kBlock, 'a'));
  const auto second = Write(*file, "b");
  EXPECT_TRUE(file->HasRoom()) << "nothing was refused yet";
  EXPECT_EQ(Write(*file, "c"), nullptr);
  EXPECT_FALSE(file->HasRoom());
  EXPECT_EQ(file->used_bytes(), 2 * kBlock);
  first.reset();
  EXPECT_TRUE(file->HasRoom());
  const auto third = Write(*file, "c");
  EXPECT_EQ(Read(*third), "c");
  EXPECT_EQ(Read(*second), "b");
  EXPECT_FALSE(SpillFile::Create(folder.path(), kBlock - 1).value()->HasRoom());
}

TEST(SpillFileTest, PiecesOutliveTheirFilesOwner) {
  testing::TempFolder folder;
  auto file = SpillFile::Create(folder.path(), kBlock).value();
  const auto piece = Write(*file, "still here");
  file.reset();
  EXPECT_EQ(Read(*piece), "still here");
}

TEST(SpillFileTest, AFolderThatIsNotThereIsAnError) {
  const auto file = SpillFile::Create("/nowhere/at/all", kBlock);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kIo);
  EXPECT_EQ(file.error().message,
            "cannot make a file in /nowhere/at/all: No such file or directory");
}

TEST(SpillFileTest, AWriteThatFailsKeepsNoRoom) {
  testing::TempFolder folder;
  const std::string path = folder.path() / "read_only";
  testing::WriteFile(path, AsBytes(""));
  const auto file = SpillFile::Over(::open(path.c_str(), O_RDONLY | O_CLOEXEC),
                                    "a read-only file", 10 * kBlock);
  const auto piece = file->Write(AsBytes("x"));
  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().code, ErrorCode::kIo);
  EXPECT_EQ(piece.error().message,
            "cannot write to a read-only file: Bad file descriptor");
  EXPECT_EQ(file->used_bytes(), 0u);
}

TEST(SpillFileTest, AFileThatShrinksIsAnError) {
  const auto [descriptor, own] = TwoDescriptors();
  const auto file = SpillFile::Over(descriptor, "spill", 10 * kBlock);
  const auto piece = Write(*file, "0123456789");
  ASSERT_EQ(::ftruncate(own, 4), 0);
  EXPECT_EQ(Read(*piece),
            "spill ends at byte 4, before what was written to it");
  ::close(own);
}

TEST(SpillFileTest, AChangedBitIsAnError) {
  const auto [descriptor, own] = TwoDescriptors();
  const auto file = SpillFile::Over(descriptor, "spill", 10 * kBlock);
  const auto piece = Write(*file, "0123456789");
  ASSERT_EQ(::pwrite(own, "4", 1, 5), 1);
  EXPECT_EQ(Read(*piece),
            "spill: the 10 bytes from byte 0 on are not those that were "
            "written");
  ::close(own);
}

TEST(SpillFileTest, ThreadsDoNotDisturbEachOther) {
  testing::TempFolder folder;
  const auto file = SpillFile::Create(folder.path(), 40 * kBlock).value();
  const auto work = [&](char letter) {
    for (size_t i = 1; i < 500; ++i) {
      const std::string text(i * 20, letter);
      if (const auto piece = Write(*file, text)) {
        EXPECT_EQ(Read(*piece), text);
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (char letter : {'a', 'b', 'c', 'd'}) threads.emplace_back(work, letter);
  }
  EXPECT_EQ(file->used_bytes(), 0u);
}

}  // namespace
}  // namespace lczero
