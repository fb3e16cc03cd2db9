// Frames: what the validator lets pass can be packed without loss.
#include <cmath>
#include <cstring>
#include <optional>

#include "cc/base/buffer.h"
#include "cc/base/check.h"
#include "cc/fuzz/fuzz_target.h"
#include "cc/records/input_format.h"
#include "cc/records/packed_chunk.h"
#include "cc/records/parse.h"
#include "cc/records/validate.h"
#include "cc/testing/frames.h"
#include "cc/testing/real_games.h"

namespace {

using namespace lczero;

void CheckGood(const ChunkView& frames, const std::vector<Frame>& parsed) {
  LC_CHECK(frames.size() == parsed.size(), "both find the same frames");
  const PackedChunk packed(frames);
  for (size_t i = 0; i < parsed.size(); ++i) {
    Frame unpacked;
    packed[i].Unpack(unpacked);
    LC_CHECK(std::memcmp(&unpacked, &parsed[i], sizeof(Frame)) == 0,
             "packing loses nothing");
    LC_CHECK(std::isfinite(unpacked.best_q) && std::abs(unpacked.best_q) <= 1,
             "a good frame has a q");
    LC_CHECK(IsKnownInputFormat(unpacked.input_format),
             "a good frame has a format");
  }
}

}  // namespace

std::vector<std::string> lczero::fuzz::Seeds() {
  std::vector<std::string> seeds;
  for (const InputFormat format :
       {InputFormat::kClassical, InputFormat::kCanonical}) {
    for (const uint32_t version : {kVersion6, kVersion7}) {
      seeds.push_back(ToText(
          testing::ChunkBytes(testing::RandomGame(1, 2, format, version))));
    }
  }
  const auto games = testing::RealGames();
  for (size_t i = 0; i < games.size(); i += 50) {
    seeds.push_back(ToText(testing::ChunkBytes(std::span(games[i]).first(2))));
  }
  return seeds;
}

std::vector<std::string> lczero::fuzz::Words() {
  const auto word = [](float value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  };
  return {word(NAN),  word(INFINITY), word(-1.0f), word(1e30f),
          word(0.0f), word(-0.0f),    word(1e-40f)};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Buffer bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  const auto frames = ViewChunk(bytes.bytes());
  const auto parsed = ParseChunk(bytes.bytes());
  LC_CHECK(frames.has_value() == parsed.has_value(), "both parsers agree");
  if (!frames) return 0;
  const auto good = ValidateChunk(*frames, std::nullopt);
  if (!good) {
    LC_CHECK(!good.error().detail.empty(), "a defect is described");
    return 0;
  }
  CheckGood(*frames, *parsed);
  return 0;
}
