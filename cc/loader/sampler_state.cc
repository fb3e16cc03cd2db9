#include "cc/loader/sampler_state.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cc/base/hash.h"
#include "cc/schema/text.h"
#include "nlohmann/json.hpp"

namespace lczero {

namespace {

constexpr uint32_t kVersion = 1;

std::unexpected<Error> Unusable(const std::string& what) {
  return MakeError(ErrorCode::kCorruptData,
                   "sampler_state: " + what +
                       "; give the one that was saved with this config, or "
                       "none, and sampling starts afresh");
}

uint64_t ChecksumOf(SamplerState state) {
  state.checksum = 0;
  return HashBytes(schema::DumpJson(ToJson(state)));
}

bool HasPool(const GraphPlan& graph, const std::string& name) {
  return std::ranges::any_of(graph.stages, [&](const StagePlan& stage) {
    return stage.name == name && stage.kind->output == ItemType::kRawChunks;
  });
}

std::string PoolNames(const GraphPlan& graph) {
  std::string names;
  for (const StagePlan& stage : graph.stages) {
    if (stage.kind->output != ItemType::kRawChunks) continue;
    names += (names.empty() ? "" : ", ") + stage.name;
  }
  return names;
}

}  // namespace

bool DrawsFrames(const StageKind& kind) {
  return kind.input == ItemType::kFrames && kind.output == ItemType::kFrames;
}

PoolSamplerState ToMessage(const PoolState& state) {
  const std::string sources = EncodeSources(state.sources);
  const auto& words = state.random.words;
  return {.exhaustions = state.exhaustions,
          .seed = state.random.seed,
          .random_words = {words.begin(), words.end()},
          .sources = {sources.begin(), sources.end()}};
}

Result<std::optional<PoolState>> PoolStateOf(const SamplerState& state,
                                             const std::string& pool) {
  const auto place = state.pools.find(pool);
  if (place == state.pools.end()) return std::nullopt;
  const PoolSamplerState& message = place->second;
  auto sources =
      DecodeSources({reinterpret_cast<const char*>(message.sources.data()),
                     message.sources.size()});
  std::array<uint64_t, 4> words;
  if (!sources || message.random_words.size() != words.size()) {
    return Unusable("what it holds for the pool '" + pool +
                    "' cannot be decoded");
  }
  std::ranges::copy(message.random_words, words.begin());
  return PoolState{.random = {.seed = message.seed, .words = words},
                   .exhaustions = message.exhaustions,
                   .sources = *std::move(sources)};
}

std::string SealSamplerState(SamplerState state) {
  state.version = kVersion;
  state.checksum = ChecksumOf(state);
  return schema::DumpJson(ToJson(state));
}

Result<SamplerState> OpenSamplerState(std::string_view text,
                                      const GraphPlan& graph) {
  const std::string size = std::to_string(text.size());
  const auto json = schema::ParseJson(text);
  if (!json) return Unusable("its " + size + " bytes are no JSON");
  // Before the fields, which another version may have changed.
  const auto version = json->is_object() ? json->find("version") : json->end();
  if (version == json->end()) {
    return Unusable("its " + size + " bytes are no sampler state");
  }
  if (*version != kVersion) {
    return Unusable("it is of version " + schema::DumpJson(*version) +
                    ", this loader knows version " + std::to_string(kVersion));
  }
  auto state = SamplerStateFromJson(*json);
  if (!state) return Unusable("it is damaged: " + state.error().message);
  if (ChecksumOf(*state) != state->checksum) {
    return Unusable("it is damaged: its checksum is wrong");
  }
  for (const auto& [pool, pool_state] : state->pools) {
    if (HasPool(graph, pool)) continue;
    return Unusable("it is of a pool '" + pool +
                    "', the config has the pools " + PoolNames(graph));
  }
  return state;
}

}  // namespace lczero
