#include "cc/chunks/open_source.h"

#include <utility>

#include "cc/chunks/gz_source.h"
#include "cc/chunks/tar_source.h"

namespace lczero {

namespace {

using SharedSource = Result<std::shared_ptr<const ChunkSource>>;

template <typename Source>
SharedSource Open(const FilePath& path) {
  auto source = Source::Open(path);
  if (!source) {
    return MakeError(source.error().code,
                     "file " + path.ToString() + ": " + source.error().message);
  }
  return *std::move(source);
}

}  // namespace

SharedSource OpenChunkSource(const FilePath& path) {
  if (path.name().ends_with(".tar")) return Open<TarSource>(path);
  if (path.name().ends_with(".gz")) return Open<GzSource>(path);
  return MakeError(ErrorCode::kBadConfig,
                   "file " + path.ToString() + ": neither *.tar nor *.gz");
}

}  // namespace lczero
