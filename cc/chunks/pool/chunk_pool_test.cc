#include "cc/chunks/pool/chunk_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "cc/chunks/fake_source_for_test.h"
#include "cc/sync/await_blocked_for_test.h"
#include "cc/sync/race_harness.h"

namespace lczero {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;

std::unique_ptr<ChunkPool> MakePool(uint64_t window, uint64_t startup = 1) {
  return ChunkPool::Create(
             {.window_chunks = window, .startup_chunks = startup, .seed = 1})
      .value();
}

// Next in a thread of its own; Release is what should wake it.
template <typename Release>
Result<ChunkRef> NextBlockedUntil(ChunkPool& pool, Release release) {
  WaitMeter waits;
  Result<ChunkRef> result = MakeError(ErrorCode::kInternal, "not run");
  std::thread reader([&] { result = pool.Next(&waits); });
  AwaitBlocked(waits);
  release();
  reader.join();
  return result;
}

TEST(ChunkPoolTest, RefusesBadOptions) {
  const auto zero = ChunkPool::Create({.window_chunks = 0});
  EXPECT_EQ(zero.error().code, ErrorCode::kBadConfig);
  const auto never =
      ChunkPool::Create({.window_chunks = 10, .startup_chunks = 11, .seed = 0});
  EXPECT_EQ(never.error().code, ErrorCode::kBadConfig);
  EXPECT_NE(never.error().message.find("startup_chunks is 11"),
            std::string::npos);
  const auto none =
      ChunkPool::Create({.window_chunks = 10, .startup_chunks = 0, .seed = 0});
  EXPECT_EQ(none.error().code, ErrorCode::kBadConfig);
}

TEST(ChunkPoolTest, ByDefaultItStartsWhenTheFirstScanIsOver) {
  const auto pool = MakePool(100);
  pool->Add(MakeFakeSource("a", 4));
  const auto chunk = NextBlockedUntil(*pool, [&] { pool->FirstScanDone(); });
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->source->sort_key(), "a");
}

TEST(ChunkPoolTest, AfterAnEmptyScanItStartsWithTheFirstChunk) {
  const auto pool = MakePool(100);
  pool->FirstScanDone();
  EXPECT_TRUE(
      NextBlockedUntil(*pool, [&] { pool->Add(MakeFakeSource("a", 1)); }));
}

TEST(ChunkPoolTest, AFullWindowNeedsNoEndOfTheScan) {
  const auto pool = MakePool(8);
  pool->Add(MakeFakeSource("b", 4));
  EXPECT_TRUE(
      NextBlockedUntil(*pool, [&] { pool->Add(MakeFakeSource("a", 4)); }));
}

TEST(ChunkPoolTest, StartupChunksAreWaitedFor) {
  const auto pool = MakePool(100, 8);
  pool->FirstScanDone();
  pool->Add(MakeFakeSource("b", 7));
  EXPECT_TRUE(
      NextBlockedUntil(*pool, [&] { pool->Add(MakeFakeSource("c", 1)); }));
}

TEST(ChunkPoolTest, StartupChunksNeedNoEndOfTheScan) {
  const auto pool = MakePool(100, 8);
  pool->Add(MakeFakeSource("b", 8));
  EXPECT_TRUE(pool->Next());
}

TEST(ChunkPoolTest, OnceStartedAShrunkenWindowGoesOn) {
  const auto pool = MakePool(100, 8);
  const auto large = MakeFakeSource("a", 8);
  pool->Add(large);
  pool->Add(MakeFakeSource("b", 2));
  ASSERT_TRUE(pool->Next());
  pool->Unread({.source = large});
  EXPECT_EQ(pool->Next()->source->sort_key(), "b");
}

TEST(ChunkPoolTest, AnEmptiedWindowWaitsForMore) {
  const auto pool = MakePool(100);
  const auto source = MakeFakeSource("a", 1);
  pool->FirstScanDone();
  pool->Add(source);
  pool->Unread(pool->Next().value());
  EXPECT_TRUE(
      NextBlockedUntil(*pool, [&] { pool->Add(MakeFakeSource("b", 1)); }));
}

TEST(ChunkPoolTest, FinishedInputStartsWithWhatIsThere) {
  const auto pool = MakePool(100, 50);
  pool->Add(MakeFakeSource("a", 4));
  EXPECT_TRUE(NextBlockedUntil(*pool, [&] { pool->FinishInput(); }));
  EXPECT_TRUE(pool->Next());
}

TEST(ChunkPoolTest, FinishedInputWithoutChunksIsTheEnd) {
  const auto pool = MakePool(100, 50);
  const auto end = NextBlockedUntil(*pool, [&] { pool->FinishInput(); });
  EXPECT_EQ(end.error().code, ErrorCode::kEndOfData);
}

TEST(ChunkPoolTest, EachChunkOncePerPassAndVisitsCount) {
  const auto pool = MakePool(100);
  pool->Add(MakeFakeSource("a", 4));
  pool->Add(MakeFakeSource("b", 3));
  pool->FirstScanDone();
  for (uint32_t pass = 0; pass < 5; ++pass) {
    std::set<uint64_t> ids;
    for (int i = 0; i < 7; ++i) {
      const Result<ChunkRef> chunk = pool->Next();
      EXPECT_EQ(chunk->visit, pass);
      ids.insert(chunk->id);
    }
    EXPECT_EQ(ids.size(), 7u);
    EXPECT_EQ(pool->GetStats().exhaustions, pass);
  }
}

TEST(ChunkPoolTest, WhatWasFoundGoodComesWithLaterVisits) {
  const auto pool = MakePool(1);
  pool->Add(MakeFakeSource("a", 1));
  pool->FirstScanDone();
  const ChunkRef first = pool->Next().value();
  EXPECT_EQ(first.good_crc32, 0u);
  pool->MarkGood(first, 17);
  EXPECT_EQ(pool->Next()->good_crc32, 17u);
}

TEST(ChunkPoolTest, TheSeedDecidesTheOrder) {
  std::vector<std::vector<uint64_t>> orders;
  for (const uint64_t seed : {1, 1, 2}) {
    const auto pool =
        ChunkPool::Create(
            {.window_chunks = 50, .startup_chunks = 50, .seed = seed})
            .value();
    pool->Add(MakeFakeSource("a", 50));
    std::vector<uint64_t>& order = orders.emplace_back();
    for (int i = 0; i < 100; ++i) order.push_back(pool->Next()->id);
  }
  EXPECT_EQ(orders[0], orders[1]);
  EXPECT_NE(orders[0], orders[2]);
}

TEST(ChunkPoolTest, StatsTellTheWindowAndTheAnchor) {
  const auto pool = MakePool(6);
  EXPECT_EQ(pool->GetStats().newest_key, "");
  pool->Add(MakeFakeSource("a", 4));
  pool->SetAnchor("a");
  pool->Add(MakeFakeSource("b", 5));
  pool->Add(MakeFakeSource("c", 5));
  const ChunkPool::Stats stats = pool->GetStats();
  EXPECT_EQ(stats.chunks, 10u);
  EXPECT_EQ(stats.capacity, 6u);
  EXPECT_EQ(stats.sources, 2u);
  EXPECT_EQ(stats.chunks_since_anchor, 10u);
  EXPECT_EQ(stats.anchor, "a");
  EXPECT_EQ(stats.newest_key, "c");
}

TEST(ChunkPoolTest, ChunksSinceTheAnchorOutliveTheWindow) {
  const auto pool = MakePool(4);
  for (const char* key : {"a", "b", "c", "d"}) {
    pool->Add(MakeFakeSource(key, 4));
  }
  EXPECT_EQ(pool->GetStats().chunks, 4u);
  EXPECT_EQ(pool->GetStats().chunks_since_anchor, 16u);
  EXPECT_EQ(pool->ResetAnchor(), "d");
  EXPECT_EQ(pool->GetStats().chunks_since_anchor, 0u);
  pool->Add(MakeFakeSource("e", 4));
  EXPECT_EQ(pool->GetStats().chunks_since_anchor, 4u);
}

TEST(ChunkPoolTest, ResetAnchorWithoutSourcesIsEmpty) {
  EXPECT_EQ(MakePool(4)->ResetAnchor(), "");
}

TEST(ChunkPoolTest, WaitForChunksEndsWithTheArrival) {
  const auto pool = MakePool(100);
  EXPECT_TRUE(pool->WaitForChunks(0, nanoseconds(0)).value());
  std::thread feeder([&] {
    for (const char* key : {"a", "b", "c"}) pool->Add(MakeFakeSource(key, 4));
  });
  EXPECT_TRUE(pool->WaitForChunks(12, hours(1)).value());
  feeder.join();
}

TEST(ChunkPoolTest, WaitForChunksEndsAtItsTimeout) {
  const auto pool = MakePool(100);
  pool->Add(MakeFakeSource("a", 4));
  EXPECT_FALSE(pool->WaitForChunks(5, nanoseconds(0)).value());
  EXPECT_FALSE(pool->WaitForChunks(5, nanoseconds(1)).value());
  EXPECT_FALSE(pool->WaitForChunks(5, nanoseconds(-1)).value());
  EXPECT_TRUE(pool->WaitForChunks(4, nanoseconds::max()).value());
}

// Stop in every state: waiting for the start, for a refill, for chunks; served;
// never used.
TEST(ChunkPoolTest, AnOlderAnchorCountsAgainWhatIsInTheWindow) {
  const auto pool = MakePool(6);
  for (const char* key : {"a", "b", "c", "d"}) {
    pool->Add(MakeFakeSource(key, 3));
  }
  pool->SetAnchor("d");
  EXPECT_EQ(pool->GetStats().chunks_since_anchor, 0u);
  pool->Add(MakeFakeSource("e", 3));
  pool->SetAnchor("c");
  EXPECT_EQ(pool->GetStats().chunks_since_anchor, 6u);
  // What has left the window is forgotten once an anchor was set beyond it.
  pool->SetAnchor("");
  EXPECT_EQ(pool->GetStats().chunks_since_anchor, 6u);
  // Forth again.
  pool->SetAnchor("d");
  EXPECT_EQ(pool->GetStats().chunks_since_anchor, 3u);
}

TEST(ChunkPoolTest, AnOlderAnchorWakesWhoWaitsForChunks) {
  const auto pool = MakePool(100);
  pool->Add(MakeFakeSource("a", 3));
  pool->Add(MakeFakeSource("b", 3));
  pool->SetAnchor("b");
  std::thread waiter(
      [&] { EXPECT_TRUE(pool->WaitForChunks(3, hours(1)).value()); });
  pool->SetAnchor("a");
  waiter.join();
}

TEST(ChunkPoolStopTest, WhileWaitingForTheStart) {
  const auto pool = MakePool(100, 8);
  const auto chunk = NextBlockedUntil(*pool, [&] { pool->Stop(); });
  EXPECT_EQ(chunk.error().code, ErrorCode::kCancelled);
}

TEST(ChunkPoolStopTest, WhileWaitingForARefill) {
  const auto pool = MakePool(100);
  const auto source = MakeFakeSource("a", 1);
  pool->Add(source);
  pool->FirstScanDone();
  pool->Unread(pool->Next().value());
  const auto chunk = NextBlockedUntil(*pool, [&] { pool->Stop(); });
  EXPECT_EQ(chunk.error().code, ErrorCode::kCancelled);
}

TEST(ChunkPoolStopTest, AfterwardsEveryCallIsHarmless) {
  const auto pool = MakePool(100);
  pool->Add(MakeFakeSource("a", 4));
  pool->FirstScanDone();
  ASSERT_TRUE(pool->Next());
  pool->Stop();
  pool->Stop();
  pool->Add(MakeFakeSource("b", 4));
  EXPECT_EQ(pool->Next().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(pool->WaitForChunks(0, hours(1)).error().code,
            ErrorCode::kCancelled);
  EXPECT_EQ(pool->GetStats().newest_key, "a");
}

TEST(ChunkPoolRaceTest, StopAgainstEverything) {
  std::unique_ptr<ChunkPool> pool;
  const auto feed = [&] {
    for (const char* key : {"d", "a", "c", "b", "d", "e"}) {
      pool->Add(MakeFakeSource(key, 3));
    }
    pool->FirstScanDone();
  };
  const auto read = [&] {
    while (const Result<ChunkRef> chunk = pool->Next()) {
      EXPECT_LT(chunk->index, 3u);
      if (chunk->index == 2) pool->Unread(*chunk);
    }
  };
  const auto wait = [&] {
    while (pool->WaitForChunks(9, hours(1))) pool->ResetAnchor();
  };
  const auto stop = [&] {
    (void)pool->GetStats();
    pool->Stop();
  };
  RunRace(
      300, [&] { pool = MakePool(6); }, {feed, read, read, wait, stop},
      [&] { EXPECT_EQ(pool->Next().error().code, ErrorCode::kCancelled); });
}

// Readers share the passes: no chunk goes to two of them in one pass.
TEST(ChunkPoolRaceTest, ReadersShareThePass) {
  std::unique_ptr<ChunkPool> pool;
  std::mutex mutex;
  std::multiset<std::pair<uint64_t, uint32_t>> emitted;
  const auto read = [&] {
    for (int i = 0; i < 100; ++i) {
      const ChunkRef chunk = pool->Next().value();
      const std::lock_guard<std::mutex> lock(mutex);
      emitted.insert({chunk.id, chunk.visit});
    }
  };
  RunRace(
      20,
      [&] {
        pool = MakePool(50);
        pool->Add(MakeFakeSource("a", 50));
        emitted.clear();
      },
      {read, read, read},
      [&] {
        // 300 draws of 50 chunks: six passes, each pair exactly once.
        EXPECT_EQ(std::set(emitted.begin(), emitted.end()).size(), 300u);
        for (const auto& [id, visit] : emitted) EXPECT_LT(visit, 6u);
      });
}

}  // namespace
}  // namespace lczero
