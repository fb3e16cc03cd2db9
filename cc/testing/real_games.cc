#include "cc/testing/real_games.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "cc/chunks/chunk_source.h"
#include "cc/chunks/open_source.h"
#include "cc/files/file_path.h"
#include "cc/records/parse.h"

namespace lczero::testing {
namespace {

[[noreturn]] void Fail(const std::string& message) {
  std::fprintf(stderr, "bundled games: %s\n", message.c_str());
  std::abort();
}

std::vector<Frame> ReadGame(const ChunkSource& source, size_t index) {
  const auto content = source.Read(index);
  if (!content) Fail(content.error().message);
  auto frames = ParseChunk(content->inflated().bytes());
  if (!frames) Fail(source.ChunkName(index) + ": " + frames.error().detail);
  return *std::move(frames);
}

std::vector<std::vector<Frame>> GamesIn(const std::vector<std::string>& paths) {
  std::vector<std::vector<Frame>> games;
  for (const std::string& path : paths) {
    const auto source = OpenChunkSource(FilePath(path));
    if (!source) Fail(source.error().message);
    for (size_t i = 0; i < (*source)->ChunkCount(); ++i) {
      games.push_back(ReadGame(**source, i));
    }
  }
  return games;
}

}  // namespace

std::vector<std::string> RealArchives() {
  return {"configs/quickstart_games/training-run1-test80-20251122-0017.tar",
          "configs/quickstart_games/training-run1-test80-20251122-0117.tar"};
}

std::vector<std::vector<Frame>> RealGames() { return GamesIn(RealArchives()); }

std::vector<std::vector<Frame>> RealGamesOf(InputFormat format) {
  const std::string start = "cc/testing/input_formats/format_" +
                            std::to_string(static_cast<uint32_t>(format));
  return GamesIn({start + "_1.gz", start + "_2.gz"});
}

}  // namespace lczero::testing
