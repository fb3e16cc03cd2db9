#include "cc/files/file_path.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

#include "cc/files/sort_key.h"
#include "cc/testing/heap_meter.h"

namespace lczero {
namespace {

TEST(FilePathTest, APathComesBackAsItWas) {
  for (const char* text : {"", "a.tar", "/a.tar", "./a.tar", "/data/run1/a.tar",
                           "data//a.tar", "//a.tar", "../data/", "/"}) {
    const FilePath path{std::string_view(text)};
    EXPECT_EQ(path.ToString(), text);
    EXPECT_EQ(path.name(), SortKey(text)) << text;
  }
  EXPECT_EQ(FilePath().ToString(), "");
  EXPECT_EQ(FilePath().name(), "");
}

TEST(FilePathTest, ANameIsJoinedToItsFolder) {
  for (const auto& [folder, joined] :
       {std::pair{"/data/run1", "/data/run1/a.tar"},
        {"/data/run1/", "/data/run1/a.tar"},
        {"run1", "run1/a.tar"},
        {"/", "/a.tar"},
        {"", "a.tar"}}) {
    const FilePath path(FilePath(std::string_view(folder)), "a.tar");
    EXPECT_EQ(path.ToString(), joined);
    EXPECT_EQ(path.name(), "a.tar");
  }
}

TEST(FilePathTest, CopiesOutliveEachOther) {
  std::optional<FilePath> folder(std::string_view("/data"));
  std::optional<FilePath> first(std::in_place, *folder, "a.tar");
  FilePath second = *first, third;
  third = second;
  folder.reset();
  first.reset();
  EXPECT_EQ(second.ToString(), "/data/a.tar");
  second = FilePath(std::string_view("b"));
  EXPECT_EQ(third.ToString(), "/data/a.tar");
  const FilePath fourth = std::move(third);
  third = fourth;
  EXPECT_EQ(third.name().data(), fourth.name().data());
}

#ifndef LC_HEAP_IS_NOT_METERED
TEST(FilePathTest, FilesOfAFolderShareIt) {
  const int64_t before = testing::GetHeapUse().bytes;
  {
    const FilePath folder{std::string(1000, 'x')};
    const int64_t shared = testing::GetHeapUse().bytes;
    EXPECT_GE(shared - before, 1000);
    std::vector<FilePath> files;
    files.reserve(2000);
    const int64_t empty = testing::GetHeapUse().bytes;
    for (int i = 0; i < 1000; ++i) {
      files.emplace_back(folder, "0123456789");
      files.push_back(files.back());
    }
    EXPECT_LE(testing::GetHeapUse().bytes - empty, 1000 * 40);
  }
  EXPECT_EQ(testing::GetHeapUse().bytes, before);
}
#endif

TEST(FilePathTest, ThreadsMayShareIt) {
  std::vector<std::thread> threads;
  const FilePath folder{std::string_view("/data")};
  FilePath path(folder, "a.tar");
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([path] {
      for (int round = 0; round < 1000; ++round) {
        const FilePath copy = path, other(path, "b");
        EXPECT_EQ(copy.ToString(), "/data/a.tar");
        EXPECT_EQ(other.ToString(), "/data/a.tar/b");
      }
    });
  }
  path = {};
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace lczero
