#include "cc/bench/floors.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "cc/base/buffer.h"
#include "cc/base/check.h"
#include "cc/base/random.h"
#include "cc/batches/batch.h"
#include "cc/batches/tensors.h"
#include "cc/bench/clocks.h"
#include "cc/bench/system_zlib.h"
#include "cc/chunks/gzip.h"
#include "cc/chunks/tar_index.h"
#include "cc/files/random_access.h"
#include "cc/records/parse.h"

namespace lczero::bench {
namespace {

constexpr size_t kGames = 300;
constexpr size_t kMaxGameBytes = size_t{16} << 20;
constexpr size_t kPasses = 7;
constexpr size_t kBatchSize = 1024;

using Bytes = std::span<const std::byte>;

// The median of kPasses calls of `pass`, which returns microseconds.
template <typename Pass>
double Median(const Pass& pass) {
  std::array<double, kPasses> costs;
  for (double& cost : costs) cost = pass();
  std::nth_element(costs.begin(), costs.begin() + kPasses / 2, costs.end());
  return costs[kPasses / 2];
}

std::vector<std::string> NewestArchives(const std::string& directory) {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.path().extension() == ".tar") paths.push_back(entry.path());
  }
  std::sort(paths.rbegin(), paths.rend());
  return paths;
}

// Gzipped members of the archive, until there are kGames.
Result<void> ReadMembers(const std::string& path, std::vector<Buffer>& games) {
  const auto file = RandomAccessFile::Open(path);
  if (!file) return std::unexpected(file.error());
  const auto index = IndexTar(**file);
  if (!index) return std::unexpected(index.error());
  for (const TarMember& member : index->members) {
    if (games.size() == kGames) break;
    Buffer bytes(member.size);
    auto read = (*file)->ReadAt(member.offset, bytes.bytes());
    if (!read) return read;
    if (HasGzipMagic(bytes.bytes())) games.push_back(std::move(bytes));
  }
  return {};
}

Result<std::vector<Buffer>> CompressedGames(const std::string& directory) {
  std::vector<Buffer> games;
  for (const std::string& path : NewestArchives(directory)) {
    if (games.size() == kGames) break;
    if (auto read = ReadMembers(path, games); !read) {
      return std::unexpected(read.error());
    }
  }
  if (games.empty()) {
    return MakeError(ErrorCode::kIo,
                     "no gzipped games in archives *.tar under " + directory +
                         "; make some by //tools:make_chunks");
  }
  return games;
}

// What was written there counts as read, so that no copy is left out.
void KeepWrites(const void* memory) {
  asm volatile("" : : "r"(memory) : "memory");
}

// Of all games together; `inflate` takes one of them and the memory for it.
template <typename Inflate>
double CostOfAll(const std::vector<Buffer>& games, const Inflate& inflate) {
  // Zeroed, so that no pass pays for its pages.
  std::vector<std::byte> out(kMaxGameBytes);
  return Median([&] {
    const Stopwatch watch(CpuOf::kThread);
    for (const Buffer& game : games) {
      LC_CHECK(inflate(game.bytes(), std::span(out)),
               "the games were inflated before");
    }
    return watch.Elapsed().cpu_us;
  });
}

double InflateCost(const std::vector<Buffer>& games) {
  const std::unique_ptr<libdeflate_decompressor,
                        decltype(&libdeflate_free_decompressor)>
      decompressor(libdeflate_alloc_decompressor(),
                   &libdeflate_free_decompressor);
  return CostOfAll(games, [&](Bytes game, std::span<std::byte> out) {
    size_t size = 0;
    return libdeflate_gzip_decompress(decompressor.get(), game.data(),
                                      game.size(), out.data(), out.size(),
                                      &size) == LIBDEFLATE_SUCCESS;
  });
}

// A member's last four bytes: its size, of games that are no larger than 4 GiB.
uint32_t InflatedSize(Bytes game) {
  uint32_t size;
  std::memcpy(&size, &game[game.size() - sizeof(size)], sizeof(size));
  return size;
}

// 0 without zlib.
double ZlibCost(const std::vector<Buffer>& games) {
  const SystemZlib* const zlib = SystemZlib::Find();
  if (zlib == nullptr) return 0;
  return CostOfAll(games, [&](Bytes game, std::span<std::byte> out) {
    return zlib->InflateGzip(game, out.first(InflatedSize(game)));
  });
}

double MemcpyCost() {
  constexpr size_t kBytes = size_t{600} << 20;
  constexpr size_t kFrames = kBytes / kFrameV7Bytes;
  constexpr size_t kCopies = 10000;
  std::vector<std::byte> memory(kBytes, std::byte{1});
  std::vector<std::byte> batch(kBatchSize * kFrameV7Bytes);
  Random random(1);
  return Median([&] {
           const Stopwatch watch(CpuOf::kThread);
           for (size_t i = 0; i < kCopies; ++i) {
             std::memcpy(&batch[i % kBatchSize * kFrameV7Bytes],
                         &memory[random.Below(kFrames) * kFrameV7Bytes],
                         kFrameV7Bytes);
             KeepWrites(batch.data());
           }
           return watch.Elapsed().cpu_us;
         }) /
         kCopies;
}

double PlanesCost(const std::vector<Frame>& frames) {
  BatchAllocator allocator(kBatchSize, 1);
  const std::unique_ptr<Batch> batch = allocator.Allocate();
  const auto write_all = [&] {
    const Stopwatch watch(CpuOf::kThread);
    for (size_t i = 0; i < kBatchSize; ++i) {
      WritePlanes(frames[i % frames.size()],
                  batch->row(Tensor::kPlanes, i).first<kPlanesRowSize>());
    }
    return watch.Elapsed().cpu_us;
  };
  write_all();  // Touches the pages.
  return Median(write_all) / kBatchSize;
}

// The games' frames and bytes.
struct Content {
  size_t frames = 0;
  size_t compressed = 0;
  size_t inflated = 0;
  // The first kBatchSize of them.
  std::vector<Frame> some;
};

Result<Content> ContentOf(const std::vector<Buffer>& games) {
  Content content;
  for (const Buffer& game : games) {
    const auto bytes = InflateGzip(game.bytes(), kMaxGameBytes);
    if (!bytes) return std::unexpected(bytes.error());
    const auto frames = ViewChunk(bytes->bytes());
    if (!frames) {
      return MakeError(ErrorCode::kCorruptData, frames.error().detail);
    }
    content.compressed += game.size();
    content.inflated += bytes->size();
    content.frames += frames->size();
    for (size_t i = 0; i < frames->size() && content.some.size() < kBatchSize;
         ++i) {
      content.some.push_back((*frames)[i].Copy());
    }
  }
  return content;
}

}  // namespace

Result<double> MeasureInflate(const std::string& directory) {
  const auto games = CompressedGames(directory);
  if (!games) return std::unexpected(games.error());
  const auto content = ContentOf(*games);
  if (!content) return std::unexpected(content.error());
  return InflateCost(*games) / static_cast<double>(content->frames);
}

Result<Floors> MeasureFloors(const std::string& directory) {
  const auto games = CompressedGames(directory);
  if (!games) return std::unexpected(games.error());
  const auto content = ContentOf(*games);
  if (!content) return std::unexpected(content.error());
  const auto frames = static_cast<double>(content->frames);
  return Floors{.libdeflate_us = InflateCost(*games) / frames,
                .zlib_us = ZlibCost(*games) / frames,
                .memcpy_us = MemcpyCost(),
                .planes_us = PlanesCost(content->some),
                .frames_per_game = frames / static_cast<double>(games->size()),
                .compression = static_cast<double>(content->inflated) /
                               static_cast<double>(content->compressed)};
}

}  // namespace lczero::bench
