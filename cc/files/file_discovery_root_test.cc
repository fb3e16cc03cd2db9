// FileDiscovery where its root comes and goes, and where it is stopped.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "cc/files/file_discovery.h"
#include "cc/files/file_discovery_fixture_for_test.h"
#include "cc/sync/race_harness.h"

namespace lczero {
namespace {

namespace fs = std::filesystem;

TEST_F(FileDiscoveryTest, TheRootMayBeALink) {
  PutOutside("outside/1.tar");
  fs::create_directory_symlink(folder_.path() / "outside", root_);
  Start();
  EXPECT_EQ(NextMany(2), (Told{"1.tar", "done"}));
  Put("2.tar");
  EXPECT_EQ(Next(), "2.tar");
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

// However the path to the root comes up, with the reader waking at any step.
TEST_F(FileDiscoveryTest, AnAbsentRootIsToldOnceWhateverHappensAboveIt) {
  for (int round = 0; round < 50; ++round) {
    root_ = folder_.path() / std::to_string(round) / "not/there";
    Start();
    std::thread maker([this, round] {
      const fs::path above = folder_.path() / std::to_string(round);
      fs::create_directory(above);
      fs::create_directory(above / "something else");
      fs::create_directory(above / "not");
      fs::create_directory(above / "not/here");
      Put("1.tar");
    });
    int notices = 0;
    Told told;
    while (told.empty() || told.back() != "done") {
      told.push_back(Next());
      notices += told.back() == "notice" ? 1 : 0;
    }
    maker.join();
    EXPECT_LE(notices, 1) << "round " << round;
    // The scan may have been too early to see the file.
    if (std::ranges::find(told, "1.tar") == told.end()) {
      EXPECT_EQ(Next(), "1.tar");
    }
  }
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
