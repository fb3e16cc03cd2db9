#include "cc/loader/bad_data_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lczero {
namespace {

class BadDataLogTest : public ::testing::Test {
 protected:
  BadDataLog::Clock::time_point now_{};
  std::vector<std::string> lines_;
  StageMetrics metrics_;
  BadDataLog log_{[this](LogLevel level, std::string_view line) {
                    EXPECT_EQ(level, LogLevel::kWarning);
                    lines_.emplace_back(line);
                  },
                  &metrics_, [this] { return now_; }};

  uint64_t Count(const std::string& key) {
    return metrics_.Totals({}).counters[key].total;
  }
};

TEST_F(BadDataLogTest, SaysWhatWhereHowManyAndWhatToDo) {
  for (int i = 0; i < 9; ++i) log_.Good();
  log_.Bad("size", "chunk run1/x.tar#417: size 8357 bytes is odd");
  EXPECT_EQ(lines_, std::vector<std::string>{
                        "chunk run1/x.tar#417: size 8357 bytes is odd; "
                        "skipped (1 of 10). Check the download."});
  EXPECT_EQ(Count("bad.size"), 1u);
}

TEST_F(BadDataLogTest, IsQuietForAWhileButCountsAll) {
  for (int i = 0; i < 5; ++i) log_.Bad("q", "chunk a");
  EXPECT_EQ(lines_.size(), 1u);
  now_ += BadDataLog::kQuietTime;
  log_.Bad("q", "chunk b");
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_NE(lines_[1].find("(6 of 6)"), std::string::npos);
  EXPECT_EQ(Count("bad.q"), 6u);
}

TEST_F(BadDataLogTest, EachReasonHasItsOwnQuietTime) {
  log_.Bad("q", "chunk a");
  log_.Bad("d", "chunk b");
  EXPECT_EQ(lines_.size(), 2u);
}

TEST_F(BadDataLogTest, ReadErrorsAreCorruptOrIo) {
  log_.Bad(Error{ErrorCode::kCorruptData, "chunk a: bad checksum"});
  log_.Bad(Error{ErrorCode::kIo, "chunk b: vanished"});
  EXPECT_EQ(Count("bad.corrupt"), 1u);
  EXPECT_EQ(Count("bad.io"), 1u);
  EXPECT_EQ(lines_.size(), 2u);
}

}  // namespace
}  // namespace lczero
