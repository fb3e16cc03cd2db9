#include "cc/files/file_discovery.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>
#include <vector>

#include "cc/files/writer_check.h"
#include "cc/sync/race_harness.h"
#include "cc/testing/chunk_files.h"

namespace lczero {
namespace {

namespace fs = std::filesystem;

// What a test expects next: a path below the root, "done", or "notice".
using Told = std::vector<std::string>;

// Every test that expects silence writes a file and expects that one next: so
// nothing is waited for in vain, and nothing sleeps.
class FileDiscoveryTest : public ::testing::Test {
 protected:
  // Whole at once: written under another name and renamed.
  void Put(const std::string& name, const std::string& content = "x") {
    Write(root_ / name, content);
  }
  void PutOutside(const std::string& name) {
    Write(folder_.path() / name, "x");
  }

  void Start() { discovery_ = FileDiscovery::Create(root_).value(); }

  // The first scan, with nothing in the tree yet.
  void StartEmpty() {
    fs::create_directories(root_);
    Start();
    EXPECT_EQ(Next(), "done");
  }

  std::string Next() {
    const Result<DiscoveryEvent> event = discovery_->Next();
    if (!event) return "error: " + event.error().message;
    if (const auto* file = std::get_if<FoundFile>(&*event)) {
      EXPECT_EQ(file->sort_key, fs::path(file->path).filename());
      return fs::path(file->path).lexically_relative(root_);
    }
    if (const auto* notice = std::get_if<Notice>(&*event)) {
      notice_ = notice->message;
      return "notice";
    }
    return "done";
  }

  Told NextMany(int count) {
    Told told;
    for (int i = 0; i < count; ++i) told.push_back(Next());
    return told;
  }

  static void Write(const fs::path& path, const std::string& content) {
    fs::create_directories(path.parent_path());
    testing::WriteFile(path, std::as_bytes(std::span(content)));
  }

  testing::TempFolder folder_;
  fs::path root_ = folder_.path() / "root";
  std::unique_ptr<FileDiscovery> discovery_;
  std::string notice_;
};

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

TEST_F(FileDiscoveryTest, TheRootMayBeALink) {
  PutOutside("outside/1.tar");
  fs::create_directory_symlink(folder_.path() / "outside", root_);
  Start();
  EXPECT_EQ(NextMany(2), (Told{"1.tar", "done"}));
  Put("2.tar");
  EXPECT_EQ(Next(), "2.tar");
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

TEST_F(FileDiscoveryTest, AnAbsentRootIsToldOnceAndWaitedFor) {
  root_ = folder_.path() / "not/there/yet";
  Start();
  EXPECT_EQ(Next(), "notice");
  EXPECT_TRUE(notice_.starts_with("folder " + root_.string() +
                                  " cannot be read: No such file"))
      << notice_;
  fs::create_directories(folder_.path() / "not/here");
  Put("1.tar");
  EXPECT_EQ(NextMany(2), (Told{"1.tar", "done"}));
  Put("2.tar");
  EXPECT_EQ(Next(), "2.tar");
}

TEST_F(FileDiscoveryTest, AFileInTheRootsPlaceIsToldAndWaitedOut) {
  std::ofstream(root_) << "in the way";
  Start();
  EXPECT_EQ(Next(), "notice");
  EXPECT_NE(notice_.find("Not a directory"), std::string::npos) << notice_;
  fs::remove(root_);
  Put("1.tar");
  EXPECT_EQ(NextMany(2), (Told{"1.tar", "done"}));
}

TEST_F(FileDiscoveryTest, AVanishedRootIsToldAndWaitedFor) {
  Put("a/1.tar");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"a/1.tar", "done"}));
  fs::remove_all(root_);
  EXPECT_EQ(Next(), "notice");
  Put("a/1.tar");
  EXPECT_EQ(Next(), "a/1.tar");
  Put("a/2.tar");
  EXPECT_EQ(Next(), "a/2.tar");
}

TEST_F(FileDiscoveryTest, AnotherFolderInTheRootsPlaceIsTaken) {
  Put("1.tar");
  Start();
  EXPECT_EQ(NextMany(2), (Told{"1.tar", "done"}));
  PutOutside("other/2.tar");
  fs::rename(root_, folder_.path() / "aside");
  fs::rename(folder_.path() / "other", root_);
  std::string told = Next();
  if (told == "notice") told = Next();  // Seen between the two renames.
  EXPECT_EQ(told, "2.tar");
  PutOutside("aside/3.tar");
  Put("4.tar");
  EXPECT_EQ(Next(), "4.tar");
}

TEST_F(FileDiscoveryTest, ARootLinkThatIsTurnedIsFollowed) {
  PutOutside("one/1.tar");
  PutOutside("two/2.tar");
  fs::create_directory_symlink("one", root_);
  Start();
  EXPECT_EQ(NextMany(2), (Told{"1.tar", "done"}));
  fs::create_directory_symlink("two", folder_.path() / "link");
  fs::rename(folder_.path() / "link", root_);
  EXPECT_EQ(Next(), "2.tar");
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

// Stop in every state: never started, results pending, waiting for events,
// waiting for the root, in the middle of a scan.
TEST_F(FileDiscoveryTest, StopBeforeTheFirstCall) {
  Put("1.tar");
  Start();
  discovery_->Stop();
  EXPECT_EQ(discovery_->Next().error().code, ErrorCode::kCancelled);
}

TEST_F(FileDiscoveryTest, StopWithResultsPending) {
  for (const char* name : {"1.tar", "2.tar"}) Put(name);
  Start();
  EXPECT_EQ(Next(), "2.tar");
  discovery_->Stop();
  discovery_->Stop();
  EXPECT_EQ(discovery_->Next().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(discovery_->Next().error().code, ErrorCode::kCancelled);
}

TEST_F(FileDiscoveryTest, StopAtAnyMoment) {
  for (int i = 0; i < 20; ++i) Put(std::to_string(i) + "/1.tar");
  const fs::path absent = folder_.path() / "absent";
  std::unique_ptr<FileDiscovery> waiting;
  const auto read = [](FileDiscovery& discovery) {
    while (true) {
      const auto event = discovery.Next();
      if (event) continue;
      EXPECT_EQ(event.error().code, ErrorCode::kCancelled);
      return;
    }
  };
  RunRace(
      100,
      [&] {
        Start();
        waiting = FileDiscovery::Create(absent).value();
      },
      {[&] { read(*discovery_); }, [&] { read(*waiting); },
       [&] {
         discovery_->Stop();
         waiting->Stop();
       }},
      [] {});
}

}  // namespace
}  // namespace lczero
