#include "cc/loader/stages/chunk_validator.h"

#include <atomic>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cc/chunks/read_chunk.h"
#include "cc/loader/bad_data_log.h"
#include "cc/loader/pipe_stage.h"
#include "cc/records/input_format.h"
#include "cc/records/parse.h"
#include "cc/records/validate.h"

namespace lczero {
namespace {

constexpr const char* kFormatNumbers = "1, 2, 3, 4, 5, 132, 133";

std::string_view RemedyFor(BadReason reason) {
  switch (reason) {
    case BadReason::kInputFormat:
      return "Keep games of one format in the folder, or choose the format "
             "by chunk_validator.input_format.";
    case BadReason::kUnknownInputFormat:
      return "The loader knows the formats 1, 2, 3, 4, 5, 132 and 133.";
    default:
      return "Check the download.";
  }
}

class ChunkValidatorStage : public PipeStage<RawChunk, Chunk> {
 public:
  explicit ChunkValidatorStage(const StageContext& context)
      : PipeStage(context, *context.config.chunk_validator->threads),
        bad_data_(context.log, &metrics()),
        format_(context.config.chunk_validator->input_format.value_or(0)) {}

 private:
  Result<void> Process(RawChunk&& raw) override {
    if (raw.ref.packed != nullptr) {
      // It was good when it was kept.
      bad_data_.Good();
      return PushGood({.ref = std::move(raw.ref)});
    }
    const bool is_known = IsKnownToBeGood(raw);
    const auto record_bytes = RecordBytesIn(raw.content.size());
    if (is_known && record_bytes && !raw.has_cache_room) {
      // What is not looked at need not be inflated.
      bad_data_.Good();
      return PushGood({.ref = std::move(raw.ref),
                       .content = std::move(raw.content),
                       .record_bytes = *record_bytes});
    }
    return LookThrough(std::move(raw), is_known);
  }

  Result<void> LookThrough(RawChunk raw, bool is_known) {
    const size_t inflated = raw.content.inflated().size();
    const auto bytes = raw.content.All();
    if (!bytes) {
      bad_data_.Bad(NameError(bytes.error(), raw.ref.Name()).error());
      return {};
    }
    if (bytes->size() > inflated) {
      metrics().Count("inflated_bytes", bytes->size());
    }
    const auto frames = ViewChunk(*bytes);
    if (!frames) return Skip(raw.ref, frames.error());
    if (!is_known) {
      if (auto ok = CheckFrames(*frames); !ok) {
        return Skip(raw.ref, ok.error());
      }
      MarkGood(raw);
    }
    bad_data_.Good();
    if (raw.has_cache_room) {
      raw.ref.packed = std::make_shared<const PackedChunk>(*frames);
      raw.pool->Keep(raw.ref, raw.ref.packed);
      return PushGood({.ref = std::move(raw.ref)});
    }
    return PushGood({.ref = std::move(raw.ref),
                     .content = std::move(raw.content),
                     .record_bytes = frames->stride()});
  }

  // What these same stored bytes inflate to was good at an earlier visit.
  static bool IsKnownToBeGood(const RawChunk& raw) {
    return raw.ref.good_crc32 != 0 &&
           raw.content.stored_crc32() == raw.ref.good_crc32;
  }

  static void MarkGood(const RawChunk& raw) {
    if (raw.pool == nullptr) return;
    raw.pool->MarkGood(raw.ref, raw.content.stored_crc32());
  }

  Result<void> PushGood(Chunk chunk) {
    const uint64_t positions = chunk.size();
    return Push(std::move(chunk), positions);
  }

  // The first good chunk decides the format, unless the config did.
  std::expected<void, Defect> CheckFrames(const ChunkView& frames) {
    uint32_t format = format_.load();
    auto ok = ValidateChunk(frames,
                            format == 0 ? std::nullopt : std::optional(format));
    if (!ok || format != 0) return ok;
    const uint32_t first = frames[0].Get(&Frame::input_format);
    if (format_.compare_exchange_strong(format, first)) return {};
    // Another thread was first.
    return ValidateChunk(frames, format);
  }

  Result<void> Skip(const ChunkRef& ref, const Defect& defect) {
    bad_data_.Bad(BadReasonName(defect.reason),
                  "chunk " + ref.Name() + ": " + defect.detail,
                  RemedyFor(defect.reason));
    return {};
  }

  BadDataLog bad_data_;
  // 0: not yet decided.
  std::atomic<uint32_t> format_;
};

Result<std::unique_ptr<Stage>> Create(const StageContext& context) {
  return std::make_unique<ChunkValidatorStage>(context);
}

std::vector<std::string> FindProblems(const StageConfig& config) {
  const auto& format = config.chunk_validator->input_format;
  if (!format || IsKnownInputFormat(*format)) return {};
  return {"chunk_validator.input_format: " + std::to_string(*format) +
          " is no known format; use one of " + kFormatNumbers +
          ", or leave it out and let the first good game decide"};
}

}  // namespace

constexpr StageKind kChunkValidatorStage = {
    .name = "chunk_validator",
    .input = ItemType::kRawChunks,
    .output = ItemType::kChunks,
    .is_configured =
        [](const StageConfig& config) {
          return config.chunk_validator.has_value();
        },
    .find_problems = FindProblems,
    .create = Create,
};

}  // namespace lczero
