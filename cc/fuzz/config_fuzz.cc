// The loader's config: refused with words, or a graph that could be built.
#include "cc/base/check.h"
#include "cc/fuzz/fuzz_target.h"
#include "cc/loader/loader.h"
#include "cc/testing/loader_configs.h"
#include "nlohmann/json.hpp"

std::vector<std::string> lczero::fuzz::Seeds() {
  const testing::UsualGraph graph;
  DataLoaderConfig joined = testing::MakeConfig(graph);
  joined.stages["both"].inputs = {"unpacker"};
  joined.stages["both"].join.emplace().weights["unpacker"] = 3;
  joined.stages.at("shuffle").inputs = {"both"};
  auto& unpacker = *joined.stages.at("unpacker").chunk_unpacker;
  unpacker.diff_focus.emplace();
  unpacker.length_correction.emplace().threshold = 40;
  const std::vector<std::string> seeds = {
      ToJson(testing::MakeConfig(graph)).dump(), ToJson(joined).dump(),
      ToJson(testing::MakeSplitConfig(graph, {{"test", 1}, {"train", 9}}))
          .dump()};
  for (const std::string& seed : seeds) {
    LC_CHECK(Loader::CheckJson(seed).has_value(), "seeds are good");
  }
  return seeds;
}

std::vector<std::string> lczero::fuzz::Words() {
  return {"\"stages\"",
          "\"outputs\"",
          "\"inputs\"",
          "\"join\"",
          "\"pool\"",
          "\"seed\"",
          "\"queue_capacity\"",
          "\"splitter.train\"",
          "\"train\"",
          "\"\\ud800\"",
          "\"\"",
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "null",
          "true",
          "-1",
          "1e999",
          std::string(2000, '['),
          std::string(2000, '{')};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lczero;
  const auto checked =
      Loader::CheckJson({reinterpret_cast<const char*>(data), size});
  if (checked) return 0;
  LC_CHECK(checked.error().code == ErrorCode::kBadConfig,
           "a config is good or bad");
  LC_CHECK(!checked.error().message.empty(), "an error says something");
  return 0;
}
