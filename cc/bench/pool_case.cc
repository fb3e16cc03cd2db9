#include "cc/bench/pool_case.h"

#include <format>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cc/bench/clocks.h"
#include "cc/bench/loader_case.h"
#include "cc/chunks/gz_source.h"
#include "cc/chunks/pool/chunk_pool.h"
#include "cc/chunks/pool/pool_state.h"
#include "cc/chunks/tar_source.h"
#include "cc/files/file_path.h"
#include "cc/loader/loader.h"
#include "cc/testing/chunk_files.h"
#include "cc/testing/frames.h"

namespace lczero::bench {
namespace {

// Names as long as real ones.
std::string FileName(uint64_t number, std::string_view extension) {
  return std::format("training-run1-test80-{:08}-0017.{}", number, extension);
}

// Sources as they are when their files, which do not exist, have been opened.
std::shared_ptr<const ChunkSource> MakeSource(const FilePath& folder,
                                              uint64_t number, uint64_t games) {
  if (games == 1) {
    return std::make_shared<const GzSource>(
        FilePath(folder, FileName(number, "gz")));
  }
  return std::make_shared<const TarSource>(
      FilePath(folder, FileName(number, "tar")), FileIdentity(),
      TarIndex{.members = std::vector<TarMember>(games), .problems = {}});
}

double SecondsOf(const Stopwatch& watch) {
  return watch.Elapsed().wall_us / 1e6;
}

void FillPool(ChunkPool& pool, uint64_t games, uint64_t games_per_archive) {
  const FilePath folder("/data");
  // Newest first, as the first scan gives them.
  for (uint64_t left = games / games_per_archive; left > 0; --left) {
    pool.Add(MakeSource(folder, left - 1, games_per_archive));
  }
  pool.FirstScanDone();
}

}  // namespace

Result<PoolCost> MeasurePool(uint64_t games, uint64_t games_per_archive,
                             const std::function<int64_t()>& heap_bytes) {
  const int64_t before = heap_bytes();
  auto pool = ChunkPool::Create({.window_chunks = games});
  if (!pool) return std::unexpected(pool.error());
  const auto count = static_cast<double>(games);
  PoolCost cost{};
  const Stopwatch add(CpuOf::kThread);
  FillPool(**pool, games, games_per_archive);
  cost.add_seconds = SecondsOf(add);
  const Stopwatch next(CpuOf::kThread);
  for (uint64_t i = 0; i < games; ++i) {
    if (auto chunk = (*pool)->Next(); !chunk) {
      return std::unexpected(chunk.error());
    }
  }
  cost.next_us = next.Elapsed().wall_us / count;
  cost.bytes_per_game = static_cast<double>(heap_bytes() - before) / count;
  for (const SourceState& source : (*pool)->GetState().sources) {
    cost.state_bytes_per_game +=
        static_cast<double>(source.visits.size() + sizeof(source.key_hash)) /
        count;
  }
  return cost;
}

void WriteGames(const std::string& folder, uint64_t games,
                uint64_t games_per_archive) {
  const testing::Bytes game = testing::ChunkBytes(testing::RandomGame(1, 1));
  if (games_per_archive == 1) {
    const testing::Bytes file = testing::Gzip(game);
    for (uint64_t at = 0; at < games; ++at) {
      testing::WriteFile(folder + "/" + FileName(at, "gz"), file);
    }
    return;
  }
  const testing::Bytes archive =
      testing::TarOfGames(std::vector<testing::Bytes>(games_per_archive, game));
  for (uint64_t at = 0; at < games; at += games_per_archive) {
    testing::WriteFile(folder + "/" + FileName(at / games_per_archive, "tar"),
                       archive);
  }
}

Result<StartCost> MeasureStart(const std::string& folder, uint64_t games,
                               const std::function<int64_t()>& heap_bytes) {
  const CaseOptions options{.directory = folder,
                            .batch_size = 1,
                            .pool_chunks = games,
                            .reservoir_frames = 1};
  const int64_t before = heap_bytes();
  const Stopwatch watch(CpuOf::kProcess);
  auto loader = Loader::Create(ConfigOf(options));
  if (!loader) return std::unexpected(loader.error());
  if (auto batch = (*loader)->GetNextBatch(); !batch) {
    return std::unexpected(batch.error());
  }
  return StartCost{
      .seconds = SecondsOf(watch),
      .bytes_per_game = static_cast<double>(heap_bytes() - before) /
                        static_cast<double>(games)};
}

}  // namespace lczero::bench
