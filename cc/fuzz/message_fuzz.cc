// Messages: what is read can be written, and is the same when read again.
#include "cc/base/check.h"
#include "cc/fuzz/fuzz_target.h"
#include "cc/schema/loader_stats.h"
#include "cc/schema/messages.h"
#include "cc/schema/text.h"
#include "nlohmann/json.hpp"

namespace {

using namespace lczero;

template <typename Message>
void Check(const nlohmann::json& json,
           Result<Message> (*from_json)(const nlohmann::json&)) {
  const Result<Message> message = from_json(json);
  if (!message) {
    LC_CHECK(!message.error().message.empty(), "an error says something");
    return;
  }
  const std::string text = schema::DumpJson(ToJson(*message));
  const auto parsed = schema::ParseJson(text);
  LC_CHECK(parsed.has_value(), "what is written is JSON");
  const Result<Message> again = from_json(*parsed);
  LC_CHECK(again && schema::DumpJson(ToJson(*again)) == text,
           "a message comes back");
}

}  // namespace

std::vector<std::string> lczero::fuzz::Seeds() {
  LoaderStats stats;
  stats.stages.emplace_back().name = "pool";
  stats.stages[0].counters["bad.corrupt"] = {.total = 7, .rate = 0.5};
  stats.stages[0].pool.emplace().shares.emplace_back().first_key = "a.tar";
  stats.queues.emplace_back().from_stage = "pool";
  return {schema::DumpJson(ToJson(stats)),
          R"({"start_training": {"config_filepath": "x.yaml",
          "overrides": ["a=1"]}})",
          R"({"training_status": {"state": "TRAINING", "uptime_seconds": 1.5,
          "loader": {"uptime_seconds": "NaN"},
          "problems": {"a": "18446744073709551615"}}})",
          R"({"error": {"message": "m", "field": "f", "fatal": true}})"};
}

std::vector<std::string> lczero::fuzz::Words() {
  return {"null",
          "true",
          "\"NaN\"",
          "\"-Infinity\"",
          "1e999",
          "-0",
          "0.1",
          "9007199254740993",
          "\"1\"",
          "\"TRAINING\"",
          "\"loader\"",
          "\"stages\"",
          "\"pool\"",
          "\"queues\"",
          "\"counters\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\xff",
          "{",
          "}",
          "[",
          "]",
          ",",
          std::string(600, '[')};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto json =
      schema::ParseJson({reinterpret_cast<const char*>(data), size});
  if (!json) return 0;
  Check<LoaderStats>(*json, LoaderStatsFromJson);
  Check<messages::Command>(*json, messages::CommandFromJson);
  Check<messages::Notification>(*json, messages::NotificationFromJson);
  return 0;
}
