#include "cc/files/watched_tree.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cc/files/writer_check.h"
#include "cc/testing/chunk_files.h"

namespace lczero {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<std::string>;

// The whole path of news is tested in file_discovery_test.cc; here is what only
// the tree's owner sees.
class WatchedTreeTest : public ::testing::Test {
 protected:
  void Put(const std::string& name) {
    fs::create_directories(fs::path(root_ + "/" + name).parent_path());
    testing::WriteFile(root_ + "/" + name, {});
  }

  Files TakeFiles() {
    Files files;
    for (const FilePath& path : tree_.TakeNews().files) {
      files.push_back(path.ToString().substr(root_.size() + 1));
    }
    return files;
  }

  testing::TempFolder folder_;
  const std::string root_ = folder_.path() / "root";
  const std::unique_ptr<Inotify> inotify_ = Inotify::Create().value();
  WatchedTree tree_{*inotify_, root_};
};

TEST_F(WatchedTreeTest, WithoutARootItSaysWhy) {
  EXPECT_EQ(tree_.Attach(), ENOENT);
  EXPECT_FALSE(tree_.IsAttached());
  EXPECT_TRUE(TakeFiles().empty());
}

TEST_F(WatchedTreeTest, AttachingAgainTellsNothingTwice) {
  Put("a/1.tar");
  EXPECT_EQ(tree_.Attach(), 0);
  EXPECT_TRUE(tree_.IsAttached());
  EXPECT_EQ(TakeFiles(), Files{"a/1.tar"});
  EXPECT_EQ(tree_.Attach(), 0);
  EXPECT_TRUE(TakeFiles().empty());
}

TEST_F(WatchedTreeTest, ARescanFindsWhatNoEventTold) {
  Put("a/1.tar");
  ASSERT_EQ(tree_.Attach(), 0);
  TakeFiles();
  fs::remove_all(root_ + "/a");
  Put("b/2.tar");
  Put("a/3.tar");
  tree_.Rescan();
  EXPECT_EQ(TakeFiles(), (Files{"a/3.tar", "b/2.tar"}));
  tree_.Rescan();
  EXPECT_TRUE(TakeFiles().empty());
}

TEST_F(WatchedTreeTest, AnotherFolderInTheRootsPlaceIsNotTheRoot) {
  Put("1.tar");
  ASSERT_EQ(tree_.Attach(), 0);
  fs::rename(root_, root_ + "-aside");
  EXPECT_FALSE(tree_.IsAttached());
  fs::create_directory(root_);
  EXPECT_FALSE(tree_.IsAttached());
}

TEST_F(WatchedTreeTest, DetachForgetsEverything) {
  Put("1.tar");
  ASSERT_EQ(tree_.Attach(), 0);
  TakeFiles();
  tree_.Detach();
  EXPECT_FALSE(tree_.IsAttached());
  ASSERT_EQ(tree_.Attach(), 0);
  EXPECT_EQ(TakeFiles(), Files{"1.tar"});
}

TEST_F(WatchedTreeTest, EventsOfOtherWatchesAreIgnored) {
  Put("1.tar");
  ASSERT_EQ(tree_.Attach(), 0);
  TakeFiles();
  EXPECT_FALSE(tree_.Owns(12345));
  tree_.Handle({.watch = 12345, .mask = ~0u, .name = "1.tar"});
  EXPECT_TRUE(tree_.IsAttached());
  EXPECT_TRUE(TakeFiles().empty());
}

// The kernel tells that a file was closed a moment before it counts the writer
// off. Here a second writer makes that moment last.
TEST_F(WatchedTreeTest, AWriterThatIsSeenAfterItsCloseWasToldIsNoObstacle) {
  fs::create_directory(root_);
  ASSERT_EQ(tree_.Attach(), 0);
  std::ofstream writer(root_ + "/1.tar");
  if (CheckWriter(root_ + "/1.tar") != WriterState::kWriting) {
    GTEST_SKIP() << "this file system does not tell of writers";
  }
  std::ofstream(root_ + "/1.tar", std::ios::app) << "x";
  const auto events = inotify_->Wait().value();
  for (const InotifyEvent& event : events) tree_.Handle(event);
  EXPECT_TRUE(TakeFiles().empty());
  EXPECT_TRUE(tree_.HasWriters());
  tree_.LookAgain();
  EXPECT_TRUE(TakeFiles().empty());
  writer.close();
  tree_.LookAgain();
  EXPECT_EQ(TakeFiles(), Files{"1.tar"});
  EXPECT_FALSE(tree_.HasWriters());
}

TEST_F(WatchedTreeTest, AWrittenFileThatGoesAwayIsForgotten) {
  fs::create_directories(root_ + "/a");
  ASSERT_EQ(tree_.Attach(), 0);
  std::ofstream writer(root_ + "/a/1.tar");
  tree_.Rescan();
  fs::remove_all(root_ + "/a");
  tree_.LookAgain();
  EXPECT_FALSE(tree_.HasWriters());
  EXPECT_TRUE(TakeFiles().empty());
}

}  // namespace
}  // namespace lczero
