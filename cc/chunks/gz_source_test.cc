#include "cc/chunks/gz_source.h"

#include <gtest/gtest.h>

#include <filesystem>

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

TEST(GzSourceTest, HoldsOneChunk) {
  TempFolder folder;
  const std::string path = folder.path() / "training.1.gz";
  WriteFile(path, Gzip(ToBytes("one game")));
  const auto source = GzSource::Open(FilePath(path));
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->ChunkCount(), 1u);
  EXPECT_EQ((*source)->sort_key(), "training.1.gz");
  EXPECT_EQ((*source)->path().ToString(), path);
  EXPECT_TRUE((*source)->Problems().empty());
  EXPECT_EQ((*source)->Read(0)->inflated().text(), "one game");
}

TEST(GzSourceTest, AbsentFilesAreRefused) {
  EXPECT_EQ(GzSource::Open(FilePath("absent.gz")).error().code, ErrorCode::kIo);
}

TEST(GzSourceTest, EveryTruncationIsReportedWithItsPlace) {
  TempFolder folder;
  const std::string path = folder.path() / "a.gz";
  const Bytes whole = Gzip(ToBytes("one game"));
  for (size_t size = 0; size < whole.size(); ++size) {
    WriteFile(path, std::span(whole).first(size));
    const auto content = (*GzSource::Open(FilePath(path)))->Read(0);
    ASSERT_FALSE(content) << size;
    EXPECT_EQ(content.error().code, ErrorCode::kCorruptData);
    EXPECT_TRUE(content.error().message.starts_with(
        "chunk " + path + "#0: gzip member of " + std::to_string(size) +
        " bytes"))
        << content.error().message;
  }
}

TEST(GzSourceTest, AVanishedFileIsReported) {
  TempFolder folder;
  const std::string path = folder.path() / "a.gz";
  WriteFile(path, Gzip(ToBytes("one game")));
  const auto source = GzSource::Open(FilePath(path));
  std::filesystem::remove(path);
  const auto content = (*source)->Read(0);
  EXPECT_EQ(content.error().code, ErrorCode::kIo);
  EXPECT_EQ(content.error().message, "chunk " + path + "#0: cannot open " +
                                         path + ": No such file or directory");
}

TEST(GzSourceTest, AHugeFileIsRefusedUnread) {
  TempFolder folder;
  const std::string path = folder.path() / "a.gz";
  WriteFile(path, {});
  std::filesystem::resize_file(path, uint64_t{1} << 40);
  const auto content = (*GzSource::Open(FilePath(path)))->Read(0);
  EXPECT_EQ(content.error().code, ErrorCode::kCorruptData);
  EXPECT_NE(content.error().message.find("size 1099511627776 bytes is more"),
            std::string::npos);
}

}  // namespace
}  // namespace lczero
