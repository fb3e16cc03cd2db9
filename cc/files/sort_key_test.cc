#include "cc/files/sort_key.h"

#include <gtest/gtest.h>

namespace lczero {
namespace {

TEST(SortKeyTest, IsTheBaseName) {
  EXPECT_EQ(SortKey("/data/run1/games-0017.tar"), "games-0017.tar");
  EXPECT_EQ(SortKey("games-0017.tar"), "games-0017.tar");
  EXPECT_EQ(SortKey("folder/"), "");
  EXPECT_EQ(SortKey(""), "");
}

TEST(IsDataFileNameTest, TakesTarAndGz) {
  EXPECT_TRUE(IsDataFileName("training-run1-test80-20251122-0017.tar"));
  EXPECT_TRUE(IsDataFileName("training.1004512301.gz"));
}

TEST(IsDataFileNameTest, LeavesTheRest) {
  for (const char* name : {"", "tar", "games.tar.tmp", "games.tar~", "a.tgz",
                           "games.TAR", "games.gz.part", "LICENSE"}) {
    EXPECT_FALSE(IsDataFileName(name)) << name;
  }
}

TEST(IsDataFileNameTest, LeavesHiddenAndTemporaryNames) {
  for (const char* name :
       {".games.tar", ".tar", "~games.gz", "#games.gz", "games.tmp.tar",
        "games.part.gz", "games.partial.tar"}) {
    EXPECT_FALSE(IsDataFileName(name)) << name;
  }
}

}  // namespace
}  // namespace lczero
