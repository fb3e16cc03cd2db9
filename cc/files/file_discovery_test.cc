#include "cc/files/file_discovery.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cc/files/file_discovery_fixture_for_test.h"
#include "cc/files/writer_check.h"

namespace lczero {
namespace {

namespace fs = std::filesystem;

TEST_F(FileDiscoveryTest, TheFirstScanIsNewestFirstOverAllFolders) {
  for (const char* name : {"b/2.tar", "a/3.gz", "1.tar", "a/deep/4.tar"}) {
    Put(name);
  }
  Start();
  EXPECT_EQ(NextMany(5),
            (Told{"a/deep/4.tar", "a/3.gz", "b/2.tar", "1.tar", "done"}));
}

TEST_F(FileDiscoveryTest, OtherNamesAreLeft) {
  for (const char* name : {".hidden.tar", "a.txt", "a.tar.tmp", "a.tmp.tar",
                           ".hidden/1.tar", "LICENSE"}) {
    Put(name);
  }
  fs::create_directories(root_ / "folder.tar");
  fs::create_symlink("nowhere.tar", root_ / "dangling.tar");
  Start();
  EXPECT_EQ(Next(), "done");
  for (const char* name : {".late.tar", "late.txt", ".late/1.tar"}) Put(name);
  fs::create_directories(root_ / "late.tar");
  Put("1.tar");
  EXPECT_EQ(Next(), "1.tar");
}

TEST_F(FileDiscoveryTest, ANameThatIsNotTextIsToldOnceAndLeft) {
  Put("1\xff.tar");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"notice", "done"}));
  EXPECT_NE(notice_.find("not UTF-8"), std::string::npos) << notice_;
  Put("2\xff.tar");
  EXPECT_EQ(Next(), "notice");
  Put("caf\u00e9.tar");
  EXPECT_EQ(Next(), "caf\u00e9.tar");
}

TEST_F(FileDiscoveryTest, AFolderMayHaveADataFilesName) {
  Put("folder.tar/1.tar");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"folder.tar/1.tar", "done"}));
}

TEST_F(FileDiscoveryTest, LaterFilesComeAsTheyArrive) {
  StartEmpty();
  Put("2.tar");
  EXPECT_EQ(Next(), "2.tar");
  Put("1.tar");
  Put("3.gz");
  EXPECT_EQ(NextMany(2), (Told{"1.tar", "3.gz"}));
}

TEST_F(FileDiscoveryTest, AFileBeingWrittenIsToldWhenItIsClosed) {
  StartEmpty();
  std::ofstream writer(root_ / "1.tar");
  writer << "half" << std::flush;
  Put("2.tar");
  EXPECT_EQ(Next(), "2.tar");
  writer << "whole";
  writer.close();
  EXPECT_EQ(Next(), "1.tar");
}

TEST_F(FileDiscoveryTest, ThatHoldsForTheFirstScanToo) {
  fs::create_directories(root_);
  std::ofstream writer(root_ / "1.tar");
  writer << "half" << std::flush;
  if (CheckWriter(root_ / "1.tar") == WriterState::kUnknown) {
    GTEST_SKIP() << "this file system does not tell of writers";
  }
  Put("2.tar");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"2.tar", "done"}));
  writer.close();
  EXPECT_EQ(Next(), "1.tar");
}

TEST_F(FileDiscoveryTest, MovedWhileWrittenIsToldWhenClosed) {
  StartEmpty();
  std::ofstream writer(root_ / "1.tar.part");
  if (CheckWriter(root_ / "1.tar.part") == WriterState::kUnknown) {
    GTEST_SKIP() << "this file system does not tell of writers";
  }
  fs::rename(root_ / "1.tar.part", root_ / "1.tar");
  Put("2.tar");
  EXPECT_EQ(Next(), "2.tar");
  writer.close();
  EXPECT_EQ(Next(), "1.tar");
}

TEST_F(FileDiscoveryTest, LinksAreFollowed) {
  PutOutside("outside/1.tar");
  PutOutside("outside/2.tar");
  fs::create_directories(root_);
  fs::create_symlink(folder_.path() / "outside/1.tar", root_ / "1.tar");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"1.tar", "done"}));
  fs::create_symlink(folder_.path() / "outside/2.tar", root_ / "2.tar");
  EXPECT_EQ(Next(), "2.tar");
  fs::create_hard_link(folder_.path() / "outside/2.tar", root_ / "3.tar");
  EXPECT_EQ(Next(), "3.tar");
}

TEST_F(FileDiscoveryTest, LinkedFoldersAreNotFollowed) {
  PutOutside("outside/1.tar");
  fs::create_directories(root_);
  fs::create_directory_symlink(root_, root_ / "loop");
  fs::create_directory_symlink(folder_.path() / "outside", root_ / "out");
  Start();
  EXPECT_EQ(Next(), "done");
}

TEST_F(FileDiscoveryTest, AReplacedFileIsANewVersion) {
  Put("1.tar", "old");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"1.tar", "done"}));
  Put("1.tar", "new");
  EXPECT_EQ(Next(), "1.tar");
}

TEST_F(FileDiscoveryTest, AFileThatGrowsIsANewVersion) {
  Put("1.tar", "old");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"1.tar", "done"}));
  std::ofstream(root_ / "1.tar", std::ios::app) << "more";
  EXPECT_EQ(Next(), "1.tar");
}

TEST_F(FileDiscoveryTest, AnUnchangedFileIsNotToldAgain) {
  Put("1.tar");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"1.tar", "done"}));
  std::ofstream(root_ / "1.tar", std::ios::app).flush();
  fs::permissions(root_ / "1.tar", fs::perms::owner_read);
  Put("2.tar");
  EXPECT_EQ(Next(), "2.tar");
}

TEST_F(FileDiscoveryTest, ADeletedFileMayComeAgain) {
  StartEmpty();
  Put("1.tar");
  EXPECT_EQ(Next(), "1.tar");
  fs::rename(root_ / "1.tar", root_ / "aside");
  Put("2.tar");
  EXPECT_EQ(Next(), "2.tar");
  fs::rename(root_ / "aside", root_ / "1.tar");
  EXPECT_EQ(Next(), "1.tar");
}

TEST_F(FileDiscoveryTest, AFileReplacedBeforeItIsLookedAtIsToldOnce) {
  StartEmpty();
  Put("1.tar", "old");
  fs::remove(root_ / "1.tar");
  Put("1.tar", "new");
  Put("2.tar");
  EXPECT_EQ(NextMany(2), (Told{"1.tar", "2.tar"}));
}

TEST_F(FileDiscoveryTest, NewFoldersAreWatched) {
  StartEmpty();
  Put("a/b/c/1.tar");
  EXPECT_EQ(Next(), "a/b/c/1.tar");
  Put("a/b/c/2.tar");
  Put("a/b/3.tar");
  EXPECT_EQ(NextMany(2), (Told{"a/b/c/2.tar", "a/b/3.tar"}));
}

TEST_F(FileDiscoveryTest, FoldersMovedInAreScannedNewestFirst) {
  StartEmpty();
  for (const char* name : {"1.tar", "2.tar", "deep/3.tar"}) {
    PutOutside(std::string("outside/") + name);
  }
  fs::rename(folder_.path() / "outside", root_ / "in");
  EXPECT_EQ(NextMany(3), (Told{"in/deep/3.tar", "in/2.tar", "in/1.tar"}));
  Put("in/deep/4.tar");
  EXPECT_EQ(Next(), "in/deep/4.tar");
}

TEST_F(FileDiscoveryTest, FoldersMovedOutAreForgotten) {
  Put("in/deep/1.tar");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"in/deep/1.tar", "done"}));
  fs::rename(root_ / "in", folder_.path() / "outside");
  Put("2.tar");
  EXPECT_EQ(Next(), "2.tar");
  PutOutside("outside/deep/3.tar");
  Put("4.tar");
  EXPECT_EQ(Next(), "4.tar");
  fs::rename(folder_.path() / "outside", root_ / "in");
  EXPECT_EQ(NextMany(2), (Told{"in/deep/3.tar", "in/deep/1.tar"}));
}

TEST_F(FileDiscoveryTest, ARenamedFolderIsFoundUnderItsNewName) {
  Put("old/deep/1.tar");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"old/deep/1.tar", "done"}));
  fs::rename(root_ / "old", root_ / "new");
  EXPECT_EQ(Next(), "new/deep/1.tar");
  Put("new/2.tar");
  Put("new/deep/3.tar");
  EXPECT_EQ(NextMany(2), (Told{"new/2.tar", "new/deep/3.tar"}));
}

TEST_F(FileDiscoveryTest, TheOldNameOfARenamedFolderIsFree) {
  Put("old/1.tar");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"old/1.tar", "done"}));
  fs::rename(root_ / "old", root_ / "new");
  EXPECT_EQ(Next(), "new/1.tar");
  Put("old/2.tar");
  EXPECT_EQ(Next(), "old/2.tar");
  Put("new/3.tar");
  EXPECT_EQ(Next(), "new/3.tar");
}

TEST_F(FileDiscoveryTest, ADeletedFolderMayComeAgain) {
  Put("a/1.tar");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"a/1.tar", "done"}));
  fs::remove_all(root_ / "a");
  Put("a/1.tar");
  EXPECT_EQ(Next(), "a/1.tar");
  Put("a/2.tar");
  EXPECT_EQ(Next(), "a/2.tar");
}

TEST_F(FileDiscoveryTest, LostEventsAreMadeUpForByARescan) {
  StartEmpty();
  Put("1.tar");
  int capacity = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> capacity;
  if (capacity == 0 || capacity > 100000) GTEST_SKIP() << capacity;
  // A pair that the kernel does not fold into one event.
  for (int i = 0; i < capacity / 2; ++i) {
    fs::create_symlink("nowhere", root_ / "noise");
    fs::remove(root_ / "noise");
  }
  Put("3.tar");
  Put("a/2.tar");
  EXPECT_EQ(NextMany(3), (Told{"1.tar", "3.tar", "a/2.tar"}));
  Put("a/4.tar");
  EXPECT_EQ(Next(), "a/4.tar");
}

// Files appear in folders that appear at the same time: each is told once.
TEST_F(FileDiscoveryTest, EachOfManyFilesIsToldOnce) {
  constexpr int kFiles = 300;
  fs::create_directories(root_);
  std::thread writer([this] {
    for (int i = 0; i < kFiles; ++i) {
      const std::string folder = std::to_string(i % 41);
      Put(folder + "/" + std::to_string(i % 7) + "/" + std::to_string(i) +
          ".gz");
    }
  });
  Start();
  std::map<std::string, int> told;
  int files = 0;
  while (files < kFiles) {
    const std::string name = Next();
    if (name == "done") continue;
    ++told[name];
    ++files;
  }
  writer.join();
  EXPECT_EQ(told.size(), size_t{kFiles});
  Put("last.gz");
  EXPECT_EQ(Next(), "last.gz");
}

// Written in place and closed, as fast as can be: the event of a close may be
// here before the kernel has counted the writer off.
TEST_F(FileDiscoveryTest, EachOfManyFilesThatAreClosedIsTold) {
  constexpr int kFiles = 5000;
  StartEmpty();
  std::thread writer([this] {
    for (int i = 0; i < kFiles; ++i) {
      std::ofstream(root_ / (std::to_string(i) + ".gz")) << "x";
    }
  });
  std::set<std::string> told;
  while (told.size() < kFiles) told.insert(Next());
  writer.join();
}

}  // namespace
}  // namespace lczero
