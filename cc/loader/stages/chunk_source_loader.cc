#include "cc/loader/stages/chunk_source_loader.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cc/chunks/open_source.h"
#include "cc/chunks/share.h"
#include "cc/loader/bad_data_log.h"
#include "cc/loader/pipe_stage.h"

namespace lczero {
namespace {

std::optional<Share> ShareOf(const StageConfig& config) {
  const auto& share = config.chunk_source_loader->share;
  if (!share) return std::nullopt;
  return Share(share->index, share->count);
}

std::vector<std::string> FindProblems(const StageConfig& config) {
  const auto& share = config.chunk_source_loader->share;
  if (!share || share->index < share->count) return {};
  return {"chunk_source_loader.share.index: is " +
          std::to_string(share->index) + ", must be below count (" +
          std::to_string(share->count) + "); the first share is 0"};
}

class ChunkSourceLoaderStage : public PipeStage<FileItem, SourceItem> {
 public:
  explicit ChunkSourceLoaderStage(const StageContext& context)
      : PipeStage(context, *context.config.chunk_source_loader->threads),
        share_(ShareOf(context.config)),
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
    // An empty share too: its name moves the anchor.
    const auto ours = share_ ? share_->Of(*source) : *std::move(source);
    metrics().Count("chunks", ours->ChunkCount());
    return Push(ours, 0);
  }

  const std::optional<Share> share_;
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
    .find_problems = FindProblems,
    .create = Create,
};

}  // namespace lczero
