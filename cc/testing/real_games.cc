#include "cc/testing/real_games.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "cc/chunks/chunk_source.h"
#include "cc/chunks/open_source.h"
#include "cc/records/parse.h"

namespace lczero::testing {
namespace {

[[noreturn]] void Fail(const std::string& message) {
  std::fprintf(stderr, "bundled games: %s\n", message.c_str());
  std::abort();
}

std::vector<Frame> ReadGame(const ChunkSource& source, size_t index) {
  const auto bytes = source.Read(index);
  if (!bytes) Fail(bytes.error().message);
  auto frames = ParseChunk(bytes->bytes());
  if (!frames) Fail(source.ChunkName(index) + ": " + frames.error().detail);
  return *std::move(frames);
}

}  // namespace

std::vector<std::string> RealArchives() {
  return {"configs/quickstart_games/training-run1-test80-20251122-0017.tar",
          "configs/quickstart_games/training-run1-test80-20251122-0117.tar"};
}

std::vector<std::vector<Frame>> RealGames() {
  std::vector<std::vector<Frame>> games;
  for (const std::string& path : RealArchives()) {
    const auto source = OpenChunkSource(path);
    if (!source) Fail(source.error().message);
    for (size_t i = 0; i < (*source)->ChunkCount(); ++i) {
      games.push_back(ReadGame(**source, i));
    }
  }
  return games;
}

}  // namespace lczero::testing
