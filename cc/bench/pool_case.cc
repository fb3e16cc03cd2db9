#include "cc/bench/pool_case.h"

#include <format>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cc/bench/clocks.h"
#include "cc/bench/loader_case.h"
#include "cc/chunks/chunk_pool.h"
#include "cc/chunks/pool_state.h"
#include "cc/chunks/tar_index.h"
#include "cc/files/random_access.h"
#include "cc/loader/loader.h"
#include "cc/testing/chunk_files.h"
#include "cc/testing/frames.h"

namespace lczero::bench {
namespace {

// Names as long as real ones.
std::string ArchiveName(uint64_t number) {
  return std::format("training-run1-test80-{:08}-0017.tar", number);
}

// Has what a TarSource has, but for the file.
class IndexOnly : public ChunkSource {
 public:
  IndexOnly(std::string path, size_t games)
      : ChunkSource(std::move(path)), index_{.members = {}, .problems = {}} {
    index_.members.resize(games);
  }
  size_t ChunkCount() const override { return index_.members.size(); }
  Result<ChunkContent> DoRead(size_t, uint32_t) const override {
    return ChunkContent();
  }

 private:
  [[maybe_unused]] const FileIdentity identity_;
  TarIndex index_;
};

double SecondsOf(const Stopwatch& watch) {
  return watch.Elapsed().wall_us / 1e6;
}

void FillPool(ChunkPool& pool, uint64_t games, uint64_t games_per_archive) {
  for (uint64_t at = 0; at < games; at += games_per_archive) {
    pool.Add(std::make_shared<IndexOnly>(
        "/data/" + ArchiveName(at / games_per_archive), games_per_archive));
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

void WriteArchives(const std::string& folder, uint64_t games,
                   uint64_t games_per_archive) {
  const testing::Bytes game = testing::ChunkBytes(testing::RandomGame(1, 1));
  const testing::Bytes archive =
      testing::TarOfGames(std::vector<testing::Bytes>(games_per_archive, game));
  for (uint64_t at = 0; at < games; at += games_per_archive) {
    testing::WriteFile(folder + "/" + ArchiveName(at / games_per_archive),
                       archive);
  }
}

Result<double> MeasureStart(const std::string& folder, uint64_t games) {
  const CaseOptions options{.directory = folder,
                            .batch_size = 1,
                            .pool_chunks = games,
                            .reservoir_frames = 1};
  const Stopwatch watch(CpuOf::kProcess);
  auto loader = Loader::Create(ConfigOf(options));
  if (!loader) return std::unexpected(loader.error());
  if (auto batch = (*loader)->GetNextBatch(); !batch) {
    return std::unexpected(batch.error());
  }
  return SecondsOf(watch);
}

}  // namespace lczero::bench
