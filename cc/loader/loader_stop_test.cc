// Stop() in every state that a loader can be in.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "cc/loader/loader.h"
#include "cc/loader/loader_fixture_for_test.h"

namespace lczero {
namespace {

using testing::MakeConfig;
using testing::UsualGraph;

class LoaderStopTest : public LoaderTest {
 protected:
  static void ExpectStopped(Loader& loader) {
    const auto batch = loader.GetNextBatch();
    ASSERT_FALSE(batch.has_value());
    EXPECT_EQ(batch.error().code, ErrorCode::kCancelled);
    const auto arrived = loader.WaitForChunks(1u << 30, kForever);
    ASSERT_FALSE(arrived.has_value());
    EXPECT_EQ(arrived.error().code, ErrorCode::kCancelled);
    EXPECT_EQ(loader.GetStats().stages.size(), 7u);
  }

  // Until nothing moves any more: every queue from number `first` on is full.
  static void WaitUntilFull(const Loader& loader, ptrdiff_t first) {
    const auto full = [](const QueueStats& queue) {
      return queue.size == queue.capacity;
    };
    while (true) {
      const auto queues = loader.GetStats().queues;
      if (std::all_of(queues.begin() + first, queues.end(), full)) return;
      std::this_thread::yield();
    }
  }
};

TEST_F(LoaderStopTest, RightAfterTheStart) {
  AddArchive("a.tar", 0, 10);
  for (int i = 0; i < 50; ++i) {
    const auto loader = Start(MakeConfig(Graph()));
    loader->Stop();
    ExpectStopped(*loader);
  }
}

TEST_F(LoaderStopTest, WhileTheFolderDoesNotExist) {
  UsualGraph graph = Graph();
  graph.directory += "/later";
  const auto loader = Start(MakeConfig(graph));
  loader->Stop();
  ExpectStopped(*loader);
}

// A split full to the brim, another without a game.
TEST_F(LoaderStopTest, WithSplitsInDifferentStates) {
  AddArchive("a.tar", 0, 10);
  const auto loader = Start(
      testing::MakeSplitConfig(Graph(), {{"test", 1}, {"train", 1'000'000}}));
  ASSERT_TRUE(loader->GetNextBatch("train").has_value());
  std::thread waiter([&] {
    EXPECT_EQ(loader->GetNextBatch("test").error().code, ErrorCode::kCancelled);
  });
  loader->Stop();
  waiter.join();
}

TEST_F(LoaderStopTest, WhileAJoinWaitsForOneOfItsInputs) {
  AddArchive("a.tar", 0, 10);
  UsualGraph graph = Graph();
  DataLoaderConfig config = MakeConfig(graph);
  graph.directory += "/later";
  for (const auto& [name, stage] : MakeConfig(graph).stages) {
    StageConfig& copy = config.stages["later." + name] = stage;
    for (std::string& input : copy.inputs) input = "later." + input;
  }
  config.stages.erase("later.batches");
  config.stages["both"].inputs = {"shuffle", "later.shuffle"};
  config.stages["both"].join.emplace();
  config.stages["batches"].inputs = {"both"};
  const auto loader = Start(config);
  ASSERT_TRUE(loader->WaitForChunks(10, kForever).value());
  std::thread waiter([&] {
    EXPECT_EQ(loader->GetNextBatch().error().code, ErrorCode::kCancelled);
  });
  loader->Stop();
  waiter.join();
}

TEST_F(LoaderStopTest, WhileCallersWait) {
  const auto loader = Start(MakeConfig(Graph()));
  std::thread batches([&] {
    EXPECT_EQ(loader->GetNextBatch().error().code, ErrorCode::kCancelled);
  });
  std::thread arrivals([&] {
    EXPECT_EQ(loader->WaitForChunks(1, kForever).error().code,
              ErrorCode::kCancelled);
  });
  loader->Stop();
  batches.join();
  arrivals.join();
}

TEST_F(LoaderStopTest, WhileALogLineIsAwaited) {
  const auto loader = *Loader::Create(MakeConfig(Graph()), {.log = nullptr});
  std::thread reader([&] {
    EXPECT_EQ(loader->NextLogLine().error().code, ErrorCode::kEndOfData);
  });
  loader->Stop();
  reader.join();
  ExpectStopped(*loader);
}

TEST_F(LoaderStopTest, WhileEveryQueueIsFull) {
  AddArchive("a.tar", 0, 10);
  UsualGraph graph = Graph();
  for (const uint32_t threads : {0u, 1u}) {
    graph.parse_threads = threads;
    const auto loader = Start(MakeConfig(graph));
    // Those behind the pool; but where it validates and unpacks itself, nothing
    // ever waits in the first two.
    WaitUntilFull(*loader, threads == 0 ? 4 : 2);
    loader->Stop();
    ExpectStopped(*loader);
  }
}

TEST_F(LoaderStopTest, WhileBatchesFlow) {
  AddArchive("a.tar", 0, 10);
  for (int batches = 0; batches < 20; ++batches) {
    const auto loader = Start(MakeConfig(Graph()));
    for (int i = 0; i < batches; ++i) {
      ASSERT_TRUE(loader->GetNextBatch().has_value());
    }
    loader->Stop();
    ExpectStopped(*loader);
  }
}

TEST_F(LoaderStopTest, FromSeveralThreadsAndAgain) {
  AddArchive("a.tar", 0, 10);
  const auto loader = Start(MakeConfig(Graph()));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { loader->Stop(); });
  }
  for (std::thread& thread : threads) thread.join();
  loader->Stop();
  ExpectStopped(*loader);
}

TEST_F(LoaderStopTest, TheDestructorStops) {
  AddArchive("a.tar", 0, 10);
  for (int i = 0; i < 20; ++i) (void)Start(MakeConfig(Graph()));
}

}  // namespace
}  // namespace lczero
