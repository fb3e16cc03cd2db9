#include "cc/chunks/open_source.h"

#include <gtest/gtest.h>

#include "cc/testing/chunk_files.h"

namespace lczero {
namespace {

using testing::Bytes;
using testing::TempFolder;
using testing::WriteFile;

TEST(OpenSourceTest, TheNameDecides) {
  TempFolder folder;
  const Bytes game = {std::byte{1}, std::byte{2}};
  WriteFile(folder.path() / "a.tar", testing::TarOfGames(std::span(&game, 1)));
  WriteFile(folder.path() / "b.gz", testing::Gzip(game));
  for (const char* name : {"a.tar", "b.gz"}) {
    const auto source =
        OpenChunkSource(FilePath((folder.path() / name).string()));
    ASSERT_TRUE(source) << source.error().message;
    EXPECT_EQ((*source)->ChunkCount(), 1u);
    EXPECT_EQ((*source)->Read(0)->inflated().text(), "\x01\x02");
  }
}

TEST(OpenSourceTest, ErrorsNameTheFile) {
  TempFolder folder;
  const std::string path = folder.path() / "a.tar";
  WriteFile(path, Bytes(2000, std::byte{'x'}));
  const auto source = OpenChunkSource(FilePath(path));
  EXPECT_EQ(source.error().code, ErrorCode::kCorruptData);
  EXPECT_TRUE(source.error().message.starts_with("file " + path + ": none of"));
  EXPECT_EQ(OpenChunkSource(FilePath("absent.gz")).error().code,
            ErrorCode::kIo);
}

TEST(OpenSourceTest, OtherNamesAreRefused) {
  EXPECT_EQ(OpenChunkSource(FilePath("a.zip")).error().message,
            "file a.zip: neither *.tar nor *.gz");
}

}  // namespace
}  // namespace lczero
