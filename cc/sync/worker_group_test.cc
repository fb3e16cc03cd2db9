#include "cc/sync/worker_group.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>

#include "cc/sync/bounded_queue.h"
#include "cc/sync/race_harness.h"

namespace lczero {
namespace {

TEST(WorkerGroupTest, RunsEachWorkerOnceThenFinishes) {
  std::atomic<int> sum = 0, finished = 0;
  WorkerGroup group({.name = "stage",
                     .threads = 4,
                     .body = [&](int worker) -> Result<void> {
                       sum += 1 << worker;
                       return {};
                     },
                     .on_finished = [&] { ++finished; },
                     .on_error = {}});
  EXPECT_TRUE(group.Join());
  EXPECT_TRUE(group.Join());
  EXPECT_EQ(sum, 15);
  EXPECT_EQ(finished, 1);
}

TEST(WorkerGroupTest, EndOfDataIsAnOrdinaryEnd) {
  std::atomic<int> finished = 0;
  WorkerGroup group({.name = "stage",
                     .threads = 2,
                     .body = [](int) -> Result<void> {
                       return MakeError(ErrorCode::kEndOfData, "end");
                     },
                     .on_finished = [&] { ++finished; },
                     .on_error = [](const Error&) { ADD_FAILURE(); }});
  EXPECT_TRUE(group.Join());
  EXPECT_EQ(finished, 1);
}

TEST(WorkerGroupTest, ACancelledWorkerIsNoErrorAndNoFinish) {
  WorkerGroup group({.name = "stage",
                     .threads = 2,
                     .body = [](int worker) -> Result<void> {
                       if (worker == 0) return {};
                       return MakeError(ErrorCode::kCancelled, "stopped");
                     },
                     .on_finished = [] { ADD_FAILURE(); },
                     .on_error = [](const Error&) { ADD_FAILURE(); }});
  EXPECT_TRUE(group.Join());
}

TEST(WorkerGroupTest, TheFirstErrorIsKept) {
  std::latch first_failed(1);
  std::atomic<int> errors = 0;
  WorkerGroup group({.name = "stage",
                     .threads = 2,
                     .body = [&](int worker) -> Result<void> {
                       if (worker == 1) {
                         first_failed.wait();
                         return MakeError(ErrorCode::kIo, "second");
                       }
                       return MakeError(ErrorCode::kCorruptData, "first");
                     },
                     .on_finished = [] { ADD_FAILURE(); },
                     .on_error =
                         [&](const Error& error) {
                           EXPECT_EQ(error.message, "first");
                           ++errors;
                           first_failed.count_down();
                         }});
  const Result<void> result = group.Join();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(result.error().message, "first");
  EXPECT_EQ(errors, 1);
  EXPECT_EQ(group.Join().error().message, "first");
}

TEST(WorkerGroupTest, AnExceptionReachesTheOwner) {
  WorkerGroup group({.name = "unpacker",
                     .threads = 1,
                     .body = [](int) -> Result<void> {
                       throw std::runtime_error("broken promise");
                     },
                     .on_finished = {},
                     .on_error = {}});
  const Result<void> result = group.Join();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInternal);
  EXPECT_EQ(result.error().message,
            "worker 0 of unpacker threw an exception: broken promise");
}

TEST(WorkerGroupTest, AThrownNumberReachesTheOwnerToo) {
  WorkerGroup group({.name = "unpacker",
                     .threads = 1,
                     .body = [](int) -> Result<void> { throw 5; },
                     .on_finished = {},
                     .on_error = {}});
  EXPECT_EQ(group.Join().error().code, ErrorCode::kInternal);
}

TEST(WorkerGroupTest, AnErrorCanStopTheOtherWorkers) {
  // Worker 0 fails; worker 1 waits for an item that never comes.
  BoundedQueue<int> queue(1);
  WorkerGroup group({.name = "stage",
                     .threads = 2,
                     .body = [&](int worker) -> Result<void> {
                       if (worker == 0) {
                         return MakeError(ErrorCode::kIo, "disk");
                       }
                       const Result<int> item = queue.Pop();
                       if (!item) return std::unexpected(item.error());
                       return {};
                     },
                     .on_finished = [] { ADD_FAILURE(); },
                     .on_error = [&](const Error&) { queue.Stop(); }});
  EXPECT_EQ(group.Join().error().message, "disk");
  EXPECT_EQ(group.FirstError()->message, "disk");
}

TEST(WorkerGroupTest, TheDestructorJoins) {
  std::atomic<bool> done = false;
  {
    WorkerGroup group({.name = "stage",
                       .threads = 1,
                       .body = [&](int) -> Result<void> {
                         done = true;
                         return {};
                       },
                       .on_finished = {},
                       .on_error = {}});
  }
  EXPECT_TRUE(done);
}

TEST(WorkerGroupRaceTest, StopWhileTwoStagesHandOverItems) {
  // A producing group and a consuming group, stopped at any moment.
  std::unique_ptr<BoundedQueue<int>> queue;
  const auto run_stages = [&] {
    WorkerGroup producers({.name = "producer",
                           .threads = 2,
                           .body = [&](int) -> Result<void> {
                             for (int i = 0; i < 20; ++i) {
                               if (Result<void> r = queue->Push(int{i}); !r) {
                                 return r;
                               }
                             }
                             return {};
                           },
                           .on_finished = [&] { queue->Finish(); },
                           .on_error = {}});
    WorkerGroup consumers({.name = "consumer",
                           .threads = 2,
                           .body = [&](int) -> Result<void> {
                             while (true) {
                               Result<int> item = queue->Pop();
                               if (!item) return std::unexpected(item.error());
                             }
                           },
                           .on_finished = {},
                           .on_error = {}});
    EXPECT_TRUE(producers.Join());
    EXPECT_TRUE(consumers.Join());
  };
  RunRace(
      200, [&] { queue = std::make_unique<BoundedQueue<int>>(2); },
      {run_stages, [&] { queue->Stop(); }},
      [&] { EXPECT_EQ(queue->Counts().size, 0u); });
}

}  // namespace
}  // namespace lczero
