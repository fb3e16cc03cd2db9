#include "cc/files/inotify.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>

#include <filesystem>
#include <memory>

#include "cc/sync/race_harness.h"
#include "cc/testing/chunk_files.h"

namespace lczero {
namespace {

namespace fs = std::filesystem;

TEST(InotifyTest, TellsEventsInOrder) {
  testing::TempFolder folder;
  const auto inotify = Inotify::Create().value();
  const int watch = inotify->Watch(folder.path(), IN_CREATE | IN_DELETE_SELF);
  ASSERT_GE(watch, 0);
  fs::create_directory(folder.path() / "one");
  fs::create_directory(folder.path() / "a much longer name of a folder");
  const auto events = inotify->Wait().value();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].watch, watch);
  EXPECT_EQ(events[0].mask, uint32_t{IN_CREATE | IN_ISDIR});
  EXPECT_EQ(events[0].name, "one");
  EXPECT_EQ(events[1].name, "a much longer name of a folder");
}

TEST(InotifyTest, TellsWhyAFolderCannotBeWatched) {
  testing::TempFolder folder;
  const auto inotify = Inotify::Create().value();
  EXPECT_EQ(inotify->Watch(folder.path() / "absent", IN_CREATE), -ENOENT);
}

TEST(InotifyTest, AnEndedWatchIsSilent) {
  testing::TempFolder folder;
  const auto inotify = Inotify::Create().value();
  const int watch = inotify->Watch(folder.path(), IN_CREATE);
  inotify->Unwatch(watch);
  fs::create_directory(folder.path() / "one");
  const auto events = inotify->Wait().value();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].mask, uint32_t{IN_IGNORED});
  EXPECT_EQ(events[0].name, "");
}

TEST(InotifyTest, StopComesBeforeEvents) {
  testing::TempFolder folder;
  const auto inotify = Inotify::Create().value();
  inotify->Watch(folder.path(), IN_CREATE);
  fs::create_directory(folder.path() / "one");
  EXPECT_FALSE(inotify->IsStopped());
  inotify->Stop();
  inotify->Stop();
  EXPECT_TRUE(inotify->IsStopped());
  EXPECT_EQ(inotify->Wait().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(inotify->Wait().error().code, ErrorCode::kCancelled);
}

TEST(InotifyRaceTest, StopEndsAWait) {
  std::unique_ptr<Inotify> inotify;
  RunRace(
      300, [&] { inotify = Inotify::Create().value(); },
      {[&] { EXPECT_EQ(inotify->Wait().error().code, ErrorCode::kCancelled); },
       [&] { inotify->Stop(); }},
      [] {});
}

}  // namespace
}  // namespace lczero
