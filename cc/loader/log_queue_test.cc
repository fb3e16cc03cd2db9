#include "cc/loader/log_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "cc/sync/race_harness.h"

namespace lczero {
namespace {

constexpr const char* kDropped =
    " log lines dropped: they came faster than they were read";

// The texts of all lines until the end.
std::vector<std::string> Drain(LogQueue& queue) {
  std::vector<std::string> texts;
  while (auto line = queue.Next()) texts.push_back(line->text);
  return texts;
}

TEST(LogQueueTest, KeepsOrderAndLevel) {
  LogQueue queue(2);
  queue.Put(LogLevel::kWarning, "a");
  queue.Put(LogLevel::kError, "b");
  const auto first = queue.Next();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->text, "a");
  EXPECT_EQ(first->level, LogLevel::kWarning);
  const auto second = queue.Next();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->text, "b");
  EXPECT_EQ(second->level, LogLevel::kError);
}

TEST(LogQueueTest, FullDropsTheOldestAndTellsHowMany) {
  LogQueue queue(2);
  for (const char* text : {"a", "b", "c", "d", "e"}) {
    queue.Put(LogLevel::kError, text);
  }
  const auto note = queue.Next();
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->text, std::string("3") + kDropped);
  EXPECT_EQ(note->level, LogLevel::kWarning);
  queue.Put(LogLevel::kError, "f");
  queue.Finish();
  EXPECT_EQ(Drain(queue),
            (std::vector<std::string>{std::string("1") + kDropped, "e", "f"}));
}

TEST(LogQueueTest, WhatIsThereOutlivesFinishAndNothingFollows) {
  LogQueue queue(2);
  queue.Put(LogLevel::kWarning, "a");
  queue.Finish();
  queue.Finish();
  queue.Put(LogLevel::kWarning, "late");
  EXPECT_EQ(Drain(queue), std::vector<std::string>{"a"});
  EXPECT_EQ(queue.Next().error().code, ErrorCode::kEndOfData);
}

TEST(LogQueueTest, ALineWakesTheReader) {
  LogQueue queue(1);
  std::thread reader([&] {
    const auto line = queue.Next();
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->text, "a");
  });
  queue.Put(LogLevel::kWarning, "a");
  reader.join();
}

// Under a race each line is taken, or counted in a note, or came after the end.
TEST(LogQueueRaceTest, NoLineIsLostUncounted) {
  constexpr int kLines = 5;
  std::unique_ptr<LogQueue> queue;
  std::atomic<int> writers;
  std::atomic<int> seen;
  const auto write = [&] {
    for (int i = 0; i < kLines; ++i) queue->Put(LogLevel::kWarning, "line");
    if (--writers == 0) queue->Finish();
  };
  const auto read = [&] {
    for (const std::string& text : Drain(*queue)) {
      seen += text == "line" ? 1 : std::stoi(text);
    }
  };
  RunRace(
      500,
      [&] {
        queue = std::make_unique<LogQueue>(2);
        writers = 2;
        seen = 0;
      },
      {write, write, read, read}, [&] { EXPECT_EQ(seen, 2 * kLines); });
}

TEST(LogQueueRaceTest, FinishAgainstWaitingReadersAndAWriter) {
  std::unique_ptr<LogQueue> queue;
  const auto read = [&] { (void)Drain(*queue); };
  RunRace(
      500, [&] { queue = std::make_unique<LogQueue>(1); },
      {read, read, [&] { queue->Put(LogLevel::kWarning, "a"); },
       [&] { queue->Finish(); }},
      [&] { EXPECT_EQ(queue->Next().error().code, ErrorCode::kEndOfData); });
}

TEST(LogQueueDeathTest, NoRoomIsABug) {
  EXPECT_DEATH(LogQueue(0), "needs room for one line");
}

}  // namespace
}  // namespace lczero
