#include "cc/chunks/open_source.h"

#include <utility>

#include "cc/chunks/gz_source.h"
#include "cc/chunks/tar_source.h"

namespace lczero {

namespace {

using SharedSource = Result<std::shared_ptr<const ChunkSource>>;

template <typename Source>
SharedSource Share(Result<std::unique_ptr<Source>> source,
                   const std::string& path) {
  if (!source) {
    return MakeError(source.error().code,
                     "file " + path + ": " + source.error().message);
  }
  return std::shared_ptr<const ChunkSource>(*std::move(source));
}

}  // namespace

SharedSource OpenChunkSource(const std::string& path) {
  if (path.ends_with(".tar")) return Share(TarSource::Open(path), path);
  if (path.ends_with(".gz")) return Share(GzSource::Open(path), path);
  return MakeError(ErrorCode::kBadConfig,
                   "file " + path + ": neither *.tar nor *.gz");
}

}  // namespace lczero
