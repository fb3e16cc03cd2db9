#include "cc/chunks/tar_source.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "cc/chunks/tar_archive_for_test.h"
#include "cc/testing/chunk_files.h"

namespace lczero {
namespace {

using testing::Bytes;
using testing::Gzip;
using testing::TempFolder;
using testing::WriteFile;

Bytes ToBytes(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string GzipText(const std::string& text) {
  const Bytes bytes = Gzip(ToBytes(text));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class TarSourceTest : public ::testing::Test {
 protected:
  std::shared_ptr<const TarSource> Open(const TarArchiveForTest& archive) {
    WriteFile(path_, ToBytes(archive.bytes()));
    return TarSource::Open(FilePath(path_)).value();
  }

  TempFolder folder_;
  const std::string path_ = folder_.path() / "games.tar";
};

TEST_F(TarSourceTest, ReadsGzippedAndRawMembers) {
  const auto source = Open(TarArchiveForTest()
                               .File("a.gz", GzipText("first"))
                               .File("b", "second")
                               .File("c", GzipText("third"))
                               .End());
  ASSERT_EQ(source->ChunkCount(), 3u);
  EXPECT_EQ(source->sort_key(), "games.tar");
  EXPECT_EQ(source->Read(0)->inflated().text(), "first");
  EXPECT_EQ(source->Read(1)->inflated().text(), "second");
  EXPECT_EQ(source->Read(2)->inflated().text(), "third");
}

TEST_F(TarSourceTest, ABadMemberIsReportedWithItsPlace) {
  const auto source = Open(TarArchiveForTest()
                               .File("a.gz", "no gzip at all")
                               .File("b.gz", GzipText("second"))
                               .End());
  const auto content = source->Read(0);
  EXPECT_EQ(content.error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(content.error().message,
            "chunk " + path_ +
                "#0: gzip member of 14 bytes does not begin with 1f 8b");
  EXPECT_EQ(source->Read(1)->inflated().text(), "second");
}

TEST_F(TarSourceTest, ProblemsAreKept) {
  const auto source =
      Open(TarArchiveForTest().Pax('x', "broken").File("a", "first").End());
  EXPECT_EQ(source->Problems().size(), 1u);
  EXPECT_EQ(source->Read(0)->inflated().text(), "first");
}

TEST_F(TarSourceTest, AGrowingArchiveServesWhatWasThere) {
  const auto source =
      Open(TarArchiveForTest().File("a", "first").Block(UstarBlock("b", 6)));
  EXPECT_EQ(source->ChunkCount(), 1u);
  std::filesystem::resize_file(path_, 5000);
  EXPECT_EQ(source->Read(0)->inflated().text(), "first");
}

TEST_F(TarSourceTest, AReplacedArchiveIsNotReadWithTheOldIndex) {
  const auto source = Open(TarArchiveForTest().File("a", "first").End());
  const auto newer =
      Open(TarArchiveForTest().File("x", "something else").End());
  EXPECT_EQ(source->Read(0).error().code, ErrorCode::kIo);
  EXPECT_NE(source->Read(0).error().message.find("#0: the file was replaced"),
            std::string::npos);
  EXPECT_EQ(newer->Read(0)->inflated().text(), "something else");
}

TEST_F(TarSourceTest, AShrunkenArchiveIsReported) {
  const auto source = Open(TarArchiveForTest().File("a", "first").End());
  std::filesystem::resize_file(path_, 514);
  EXPECT_EQ(source->Read(0).error().code, ErrorCode::kIo);
}

TEST_F(TarSourceTest, AVanishedArchiveIsReported) {
  const auto source = Open(TarArchiveForTest().File("a", "first").End());
  std::filesystem::remove(path_);
  EXPECT_EQ(source->Read(0).error().code, ErrorCode::kIo);
}

TEST_F(TarSourceTest, ALargeMemberIsRefusedUnread) {
  TarArchiveForTest archive;
  const uint64_t size = uint64_t{kMaxChunkBytes} + 1;
  WriteFile(path_, ToBytes(archive.Block(UstarBlock("a", size)).bytes()));
  std::filesystem::resize_file(path_, size + 1024);
  const auto content = (*TarSource::Open(FilePath(path_)))->Read(0);
  EXPECT_EQ(content.error().code, ErrorCode::kCorruptData);
}

TEST_F(TarSourceTest, ThreadsReadAtTheSameTime) {
  TarArchiveForTest archive;
  for (int i = 0; i < 20; ++i) {
    archive.File("a.gz", GzipText("game " + std::to_string(i)));
  }
  const auto source = Open(archive.End());
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 4; ++reader) {
    readers.emplace_back([&source] {
      for (size_t i = 0; i < 20; ++i) {
        EXPECT_EQ(source->Read(i)->inflated().text(),
                  "game " + std::to_string(i));
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
}

// Games that the engine played, as the server packs them.
TEST(TarSourceRealDataTest, EveryGameIsWhole) {
  const auto source = TarSource::Open(FilePath(
      "configs/quickstart_games/training-run1-test80-20251122-0017.tar"));
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ((*source)->ChunkCount(), 78u);
  EXPECT_TRUE((*source)->Problems().empty());
  for (size_t i = 0; i < (*source)->ChunkCount(); ++i) {
    const auto game = (*source)->Read(i);
    ASSERT_TRUE(game) << game.error().message;
    EXPECT_EQ(game->inflated().size() % 8356, 0u);
    EXPECT_EQ(game->inflated().bytes()[0], std::byte{6});
  }
}

}  // namespace
}  // namespace lczero
