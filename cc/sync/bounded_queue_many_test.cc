// Several items at once, and sinks, which take them without waiting.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "cc/sync/await_blocked_for_test.h"
#include "cc/sync/bounded_queue.h"

namespace lczero {
namespace {

using Queue = BoundedQueue<int>;

TEST(BoundedQueueTest, PopSomeTakesWhatIsThereUpToMost) {
  Queue queue(5);
  std::vector<int> items = {1, 2, 3};
  ASSERT_TRUE(queue.PushAll(items));
  EXPECT_TRUE(items.empty());
  std::vector<int> got = {0};
  ASSERT_TRUE(queue.PopSome(2, got));
  EXPECT_EQ(got, (std::vector<int>{0, 1, 2}));
  ASSERT_TRUE(queue.PopSome(2, got));
  EXPECT_EQ(got, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(queue.Counts().put, 3u);
  EXPECT_EQ(queue.Counts().get, 3u);
  queue.Finish();
  EXPECT_EQ(queue.PopSome(2, got).error().code, ErrorCode::kEndOfData);
  queue.Stop();
  EXPECT_EQ(queue.PopSome(2, got).error().code, ErrorCode::kCancelled);
}

TEST(BoundedQueueTest, PopSomeWaitsUntilItemsAreGathered) {
  Queue queue(10);
  queue.GatherForPopSome(3);
  WaitMeter waits;
  std::vector<int> got;
  std::thread consumer([&] { EXPECT_TRUE(queue.PopSome(9, got, &waits)); });
  ASSERT_TRUE(queue.Push(0));
  ASSERT_TRUE(queue.Push(1));
  AwaitBlocked(waits);
  EXPECT_EQ(queue.Counts().get, 0u);
  ASSERT_TRUE(queue.Push(2));
  consumer.join();
  EXPECT_EQ(got, (std::vector<int>{0, 1, 2}));
}

TEST(BoundedQueueTest, PopSomeTakesWhatIsLeftAtTheEnd) {
  Queue queue(10);
  queue.GatherForPopSome(3);
  WaitMeter waits;
  std::vector<int> got;
  std::thread consumer([&] {
    EXPECT_TRUE(queue.PopSome(9, got, &waits));
    EXPECT_EQ(queue.PopSome(9, got).error().code, ErrorCode::kEndOfData);
  });
  ASSERT_TRUE(queue.Push(0));
  AwaitBlocked(waits);
  queue.Finish();
  consumer.join();
  EXPECT_EQ(got, (std::vector<int>{0}));
}

// More than there is room for would never come.
TEST(BoundedQueueTest, NoMoreIsGatheredThanHalfTheCapacity) {
  for (const size_t capacity : {1, 2, 5}) {
    Queue queue(capacity);
    queue.GatherForPopSome(100);
    std::vector<int> items(std::max<size_t>(capacity / 2, 1), 7);
    const size_t count = items.size();
    ASSERT_TRUE(queue.PushAll(items));
    std::vector<int> got;
    ASSERT_TRUE(queue.PopSome(9, got));
    EXPECT_EQ(got.size(), count) << capacity;
  }
}

TEST(BoundedQueueTest, PushAllWaitsForRoomAndKeepsTheOrder) {
  Queue queue(3);
  WaitMeter waits;
  std::thread producer([&] {
    std::vector<int> items = {0, 1, 2, 3, 4, 5, 6, 7};
    EXPECT_TRUE(queue.PushAll(items, &waits));
    queue.Finish();
  });
  AwaitBlocked(waits);
  EXPECT_EQ(queue.Counts().put, 3u);
  std::vector<int> got;
  while (queue.PopSome(2, got)) {
  }
  producer.join();
  EXPECT_EQ(got, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(BoundedQueueTest, PushAllLeavesWhatAStopKeptOut) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  WaitMeter waits;
  std::vector<std::unique_ptr<int>> items;
  for (int i = 0; i < 3; ++i) items.push_back(std::make_unique<int>(i));
  std::thread producer([&] {
    EXPECT_EQ(queue.PushAll(items, &waits).error().code, ErrorCode::kCancelled);
  });
  AwaitBlocked(waits);
  queue.Stop();
  producer.join();
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(*items.front(), 1);
}

class SinkForTest : public ItemSink<int> {
 public:
  void PushedBy(uint32_t) override {}
  Result<void> Take(int&& item) override {
    if (item < 0) return MakeError(ErrorCode::kInternal, "negative");
    items.push_back(item);
    return {};
  }
  void TakeNoMore() override { ++ends; }

  std::vector<int> items;
  int ends = 0;
};

TEST(BoundedQueueTest, ASinkTakesItemsWhereTheyArePushed) {
  Queue queue(1, 2);
  SinkForTest sink;
  queue.SetSink(&sink);
  WaitMeter waits;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(queue.Push(int{i}, &waits));
  std::vector<int> more = {3, 4};
  ASSERT_TRUE(queue.PushAll(more));
  EXPECT_EQ(sink.items, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(queue.Push(-1).error().code, ErrorCode::kInternal);
  EXPECT_GT(waits.Total().count(), 0);
  EXPECT_EQ(queue.Counts().put, 6u);
  EXPECT_EQ(queue.Counts().get, 6u);
  EXPECT_EQ(queue.Counts().size, 0u);
  queue.Finish();
  EXPECT_EQ(sink.ends, 0);
  queue.Finish();
  EXPECT_EQ(sink.ends, 1);
}

TEST(BoundedQueueTest, ASinkTakesNothingAfterAStop) {
  Queue queue(1);
  SinkForTest sink;
  queue.SetSink(&sink);
  queue.Stop();
  EXPECT_EQ(queue.Push(1).error().code, ErrorCode::kCancelled);
  queue.Finish();
  EXPECT_TRUE(sink.items.empty());
  EXPECT_EQ(sink.ends, 0);
}

}  // namespace
}  // namespace lczero
