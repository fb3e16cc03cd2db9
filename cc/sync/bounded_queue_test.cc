#include "cc/sync/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "cc/sync/await_blocked_for_test.h"
#include "cc/sync/race_harness.h"

namespace lczero {
namespace {

using Queue = BoundedQueue<int>;

void ExpectBalanced(const QueueCounts& counts) {
  EXPECT_EQ(counts.put, counts.get + counts.dropped + counts.size);
}

TEST(BoundedQueueTest, KeepsTheOrder) {
  Queue queue(3);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(queue.Push(int{i}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.Pop(), i);
}

TEST(BoundedQueueTest, FinishDrains) {
  Queue queue(3);
  ASSERT_TRUE(queue.Push(1));
  ASSERT_TRUE(queue.Push(2));
  queue.Finish();
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), 2);
  EXPECT_EQ(queue.Pop().error().code, ErrorCode::kEndOfData);
  EXPECT_EQ(queue.Pop().error().code, ErrorCode::kEndOfData);
  EXPECT_EQ(queue.Counts().dropped, 0u);
}

TEST(BoundedQueueTest, StopDrops) {
  Queue queue(3);
  ASSERT_TRUE(queue.Push(1));
  ASSERT_TRUE(queue.Push(2));
  EXPECT_EQ(queue.Pop(), 1);
  queue.Stop();
  EXPECT_EQ(queue.Pop().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(queue.Push(3).error().code, ErrorCode::kCancelled);
  const QueueCounts counts = queue.Counts();
  EXPECT_EQ(counts.size, 0u);
  EXPECT_EQ(counts.put, 2u);
  EXPECT_EQ(counts.get, 1u);
  EXPECT_EQ(counts.dropped, 1u);
  EXPECT_EQ(counts.capacity, 3u);
}

TEST(BoundedQueueTest, StopAfterFinishStillDrops) {
  Queue queue(3);
  ASSERT_TRUE(queue.Push(1));
  queue.Finish();
  queue.Stop();
  EXPECT_EQ(queue.Pop().error().code, ErrorCode::kCancelled);
  queue.Stop();
  EXPECT_EQ(queue.Counts().dropped, 1u);
}

TEST(BoundedQueueTest, FinishAfterStopDoesNothing) {
  Queue queue(3);
  queue.Stop();
  queue.Finish();
  queue.Finish();
  EXPECT_EQ(queue.Pop().error().code, ErrorCode::kCancelled);
}

TEST(BoundedQueueTest, ItemIsConsumedOnlyOnSuccess) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  queue.Stop();
  auto item = std::make_unique<int>(5);
  EXPECT_FALSE(queue.Push(std::move(item)));
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(*item, 5);
}

TEST(BoundedQueueTest, StopDestroysTheItems) {
  const auto item = std::make_shared<int>(5);
  BoundedQueue<std::shared_ptr<int>> queue(1);
  ASSERT_TRUE(queue.Push(std::shared_ptr<int>(item)));
  EXPECT_EQ(item.use_count(), 2);
  queue.Stop();
  EXPECT_EQ(item.use_count(), 1);
}

TEST(BoundedQueueTest, EndsOnlyWhenEveryProducerHasFinished) {
  Queue queue(4, 3);
  queue.Finish();
  queue.Finish();
  ASSERT_TRUE(queue.Push(7));
  WaitMeter waits;
  std::optional<Result<int>> second;
  std::thread consumer([&] {
    EXPECT_EQ(queue.Pop(), 7);
    second = queue.Pop(&waits);
  });
  AwaitBlocked(waits);
  queue.Finish();
  consumer.join();
  EXPECT_EQ(second->error().code, ErrorCode::kEndOfData);
}

TEST(BoundedQueueTest, PushWaitsForRoom) {
  Queue queue(1);
  ASSERT_TRUE(queue.Push(1));
  WaitMeter waits;
  std::thread producer([&] { EXPECT_TRUE(queue.Push(2, &waits)); });
  AwaitBlocked(waits);
  EXPECT_EQ(queue.Counts().put, 1u);
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), 2);
  producer.join();
  EXPECT_EQ(waits.Waiting(), 0);
  EXPECT_GT(waits.Total().count(), 0);
}

TEST(BoundedQueueTest, AnUnblockedCallIsNoWait) {
  Queue queue(1);
  WaitMeter waits;
  ASSERT_TRUE(queue.Push(1, &waits));
  EXPECT_EQ(queue.Pop(&waits), 1);
  EXPECT_EQ(waits.Total().count(), 0);
}

// The states in which a Stop can meet the queue: threads that wait to push, to
// pop, both sides in turn, none.
TEST(BoundedQueueTest, StopWakesWaitingProducers) {
  Queue queue(1);
  ASSERT_TRUE(queue.Push(0));
  WaitMeter waits;
  std::vector<std::thread> producers;
  for (int i = 0; i < 3; ++i) {
    producers.emplace_back([&] {
      EXPECT_EQ(queue.Push(1, &waits).error().code, ErrorCode::kCancelled);
    });
  }
  AwaitBlocked(waits, 3);
  queue.Stop();
  for (std::thread& producer : producers) producer.join();
  ExpectBalanced(queue.Counts());
}

TEST(BoundedQueueTest, StopWakesWaitingConsumers) {
  Queue queue(1);
  WaitMeter waits;
  std::vector<std::thread> consumers;
  for (int i = 0; i < 3; ++i) {
    consumers.emplace_back([&] {
      EXPECT_EQ(queue.Pop(&waits).error().code, ErrorCode::kCancelled);
    });
  }
  AwaitBlocked(waits, 3);
  queue.Stop();
  for (std::thread& consumer : consumers) consumer.join();
}

TEST(BoundedQueueTest, FinishWakesWaitingConsumers) {
  Queue queue(1);
  WaitMeter waits;
  std::vector<std::thread> consumers;
  for (int i = 0; i < 3; ++i) {
    consumers.emplace_back([&] {
      EXPECT_EQ(queue.Pop(&waits).error().code, ErrorCode::kEndOfData);
    });
  }
  AwaitBlocked(waits, 3);
  queue.Finish();
  for (std::thread& consumer : consumers) consumer.join();
}

TEST(BoundedQueueTest, EveryItemArrivesOnce) {
  constexpr int kProducers = 3, kConsumers = 3, kEach = 2000;
  Queue queue(4, kProducers);
  std::vector<std::vector<int>> received(kConsumers);
  std::vector<std::thread> threads;
  for (int p = 0; p < kProducers; ++p) {
    threads.emplace_back([&queue, p] {
      for (int i = 0; i < kEach; ++i) EXPECT_TRUE(queue.Push(p * kEach + i));
      queue.Finish();
    });
  }
  for (std::vector<int>& mine : received) {
    threads.emplace_back([&queue, &mine] {
      while (Result<int> item = queue.Pop()) mine.push_back(*item);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::multiset<int> all;
  for (const std::vector<int>& mine : received) {
    all.insert(mine.begin(), mine.end());
  }
  ASSERT_EQ(all.size(), size_t{kProducers * kEach});
  int expected = 0;
  for (int item : all) EXPECT_EQ(item, expected++);
  EXPECT_EQ(queue.Counts().get, all.size());
}

TEST(BoundedQueueRaceTest, StopAgainstSeveralAtOnce) {
  std::unique_ptr<Queue> queue;
  const auto push = [&] {
    std::vector<int> items;
    do items.assign(5, 1);
    while (queue->PushAll(items));
  };
  const auto pop = [&] {
    std::vector<int> items;
    while (queue->PopSome(3, items)) items.clear();
  };
  RunRace(
      500,
      [&] {
        queue = std::make_unique<Queue>(6, 2);
        queue->GatherForPopSome(3);
      },
      {push, pop, pop, [&] { queue->Stop(); }},
      [&] { ExpectBalanced(queue->Counts()); });
}

TEST(BoundedQueueRaceTest, StopAgainstPushPopAndFinish) {
  std::unique_ptr<Queue> queue;
  std::atomic<uint64_t> pushed, popped;
  const auto push = [&] {
    while (queue->Push(1)) ++pushed;
  };
  const auto pop = [&] {
    while (queue->Pop()) ++popped;
  };
  const auto finish_and_stop = [&] {
    queue->Finish();
    queue->Stop();
  };
  RunRace(
      500,
      [&] {
        queue = std::make_unique<Queue>(2, 2);
        pushed = popped = 0;
      },
      {push, pop, pop, finish_and_stop},
      [&] {
        const QueueCounts counts = queue->Counts();
        ExpectBalanced(counts);
        EXPECT_EQ(counts.put, pushed);
        EXPECT_EQ(counts.get, popped);
        EXPECT_EQ(counts.size, 0u);
      });
}

TEST(BoundedQueueRaceTest, FinishAgainstWaitingConsumers) {
  std::unique_ptr<Queue> queue;
  std::atomic<int> popped;
  const auto produce = [&] {
    (void)queue->Push(1);
    queue->Finish();
  };
  const auto consume = [&] {
    while (queue->Pop()) ++popped;
  };
  RunRace(
      500,
      [&] {
        queue = std::make_unique<Queue>(1, 2);
        popped = 0;
      },
      {produce, produce, consume, consume}, [&] { EXPECT_EQ(popped, 2); });
}

TEST(BoundedQueueDeathTest, OneFinishTooManyIsABug) {
  Queue queue(1);
  queue.Finish();
  EXPECT_DEATH(queue.Finish(), "more often than there are producers");
}

TEST(BoundedQueueDeathTest, PushAfterFinishIsABug) {
  Queue queue(1);
  queue.Finish();
  EXPECT_DEATH((void)queue.Push(1), "Push after every producer");
}

}  // namespace
}  // namespace lczero
