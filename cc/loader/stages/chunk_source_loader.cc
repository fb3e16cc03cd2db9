#include "cc/loader/stages/chunk_source_loader.h"

#include <memory>
#include <utility>
#include <variant>

#include "cc/chunks/open_source.h"
#include "cc/loader/bad_data_log.h"
#include "cc/loader/pipe_stage.h"

namespace lczero {
namespace {

class ChunkSourceLoaderStage : public PipeStage<FileItem, SourceItem> {
 public:
  explicit ChunkSourceLoaderStage(const StageContext& context)
      : PipeStage(context, *context.config.chunk_source_loader->threads),
        bad_data_(context.log, &metrics()) {}

 private:
  Result<void> Process(FileItem&& item) override {
    if (std::holds_alternative<FirstScanDone>(item)) {
      return Push(FirstScanDone{}, 0, 0);
    }
    auto source = OpenChunkSource(std::get<FoundFile>(item).path);
    if (!source) {
      bad_data_.Bad(source.error());
      return {};
    }
    bad_data_.Good();
    for (const std::string& problem : (*source)->Problems()) {
      bad_data_.Bad("member", problem);
    }
    metrics().Count("chunks", (*source)->ChunkCount());
    return Push(*std::move(source), 0);
  }

  BadDataLog bad_data_;
};

Result<std::unique_ptr<Stage>> Create(const StageContext& context) {
  return std::make_unique<ChunkSourceLoaderStage>(context);
}

}  // namespace

constexpr StageKind kChunkSourceLoaderStage = {
    .name = "chunk_source_loader",
    .input = ItemType::kFiles,
    .output = ItemType::kChunkSources,
    .is_configured =
        [](const StageConfig& config) {
          return config.chunk_source_loader.has_value();
        },
    .find_problems = nullptr,
    .create = Create,
};

}  // namespace lczero
