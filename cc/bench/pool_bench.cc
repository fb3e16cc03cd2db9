// Measures a pool of very many games: memory for each, and time to start.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "cc/bench/in_child.h"
#include "cc/bench/pool_case.h"
#include "cc/testing/chunk_files.h"
#include "cc/testing/heap_meter.h"

namespace lczero::bench {
namespace {

constexpr const char* kUsage =
    R"(usage: pool_bench [GAMES [START_GAMES]]

Prints what a pool of GAMES games (default: 1000000) takes for each, in archives
of several sizes, none of which is written; then how long a loader over
START_GAMES very small games (default: 100000), which are written to a temporary
folder (some 2 kB each), takes until its first batch, and what memory all of it
then takes for each.
)";

// With what the allocator adds: a header of 8 bytes.
int64_t HeapBytes() {
  const testing::HeapUse use = testing::GetHeapUse();
  return use.bytes + 8 * use.blocks;
}

Result<void> ShowPool(uint64_t games, uint64_t games_per_archive) {
  const auto cost = InChild<PoolCost>(
      [&] { return MeasurePool(games, games_per_archive, HeapBytes); });
  if (!cost) return std::unexpected(cost.error());
  std::printf("%11llu %14.1f %12.2f %9.3f %14.2f\n",
              static_cast<unsigned long long>(games_per_archive),
              cost->bytes_per_game,
              cost->add_seconds * 100'000 / static_cast<double>(games),
              cost->next_us, cost->state_bytes_per_game);
  return {};
}

Result<void> ShowStart(uint64_t games, uint64_t games_per_archive) {
  const testing::TempFolder folder;
  WriteGames(folder.path(), games, games_per_archive);
  const auto cost = InChild<StartCost>(
      [&] { return MeasureStart(folder.path(), games, HeapBytes); });
  if (!cost) return std::unexpected(cost.error());
  std::printf("%11llu %14.1f %12.2f\n",
              static_cast<unsigned long long>(games_per_archive),
              cost->bytes_per_game, cost->seconds);
  return {};
}

Result<void> RunAll(uint64_t games, uint64_t start_games) {
  std::printf("pool of %llu games\n%11s %14s %12s %9s %14s\n",
              static_cast<unsigned long long>(games), "per archive",
              "bytes a game", "s / 100,000", "Next us", "state bytes");
  for (const uint64_t games_per_archive : {1000u, 100u, 1u}) {
    if (auto done = ShowPool(games, games_per_archive); !done) return done;
  }
  std::printf("start of a loader over %llu games\n%11s %14s %12s\n",
              static_cast<unsigned long long>(start_games), "per archive",
              "bytes a game", "s");
  for (const uint64_t games_per_archive : {1000u, 1u}) {
    if (auto done = ShowStart(start_games, games_per_archive); !done) {
      return done;
    }
  }
  return {};
}

}  // namespace
}  // namespace lczero::bench

int main(int count, char** arguments) {
  uint64_t games[] = {1'000'000, 100'000};
  for (int i = 1; i < count && i <= 2; ++i) {
    games[i - 1] = std::strtoull(arguments[i], nullptr, 10);
  }
  if (count > 3 || games[0] < 1000 || games[1] < 1000) {
    std::fputs(lczero::bench::kUsage, stderr);
    return 2;
  }
  const auto done = lczero::bench::RunAll(games[0], games[1]);
  if (done) return 0;
  std::fprintf(stderr, "pool_bench: %s\n", done.error().message.c_str());
  return 1;
}
