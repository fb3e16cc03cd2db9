#include "cc/files/writer_check.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cc/testing/chunk_files.h"

namespace lczero {
namespace {

TEST(WriterCheckTest, SeesAWriterUntilItCloses) {
  testing::TempFolder folder;
  const std::string path = folder.path() / "a.gz";
  std::ofstream writer(path);
  if (CheckWriter(path) == WriterState::kUnknown) {
    GTEST_SKIP() << "the file system under " << path << " has no leases";
  }
  EXPECT_EQ(CheckWriter(path), WriterState::kWriting);
  writer.close();
  EXPECT_EQ(CheckWriter(path), WriterState::kNone);
}

TEST(WriterCheckTest, AReaderIsNoWriter) {
  testing::TempFolder folder;
  const std::string path = folder.path() / "a.gz";
  testing::WriteFile(path, {});
  const std::ifstream reader(path);
  EXPECT_NE(CheckWriter(path), WriterState::kWriting);
}

TEST(WriterCheckTest, NothingIsKnownOfAnAbsentFile) {
  EXPECT_EQ(CheckWriter("absent"), WriterState::kUnknown);
}

}  // namespace
}  // namespace lczero
