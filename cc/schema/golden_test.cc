// proto/golden, read by the C++ codec;
// python/lczero_training/schema/golden_test.py does the same in Python.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "cc/schema/loader_config.h"
#include "cc/schema/messages.h"
#include "cc/schema/text.h"
#include "nlohmann/json.hpp"

namespace lczero {
namespace {

using nlohmann::json;

// What one message type does with a value.
struct Outcome {
  std::string error = {};
  json written = {};
  json filled = {};
  std::vector<std::string> problems = {};
};
using Codec = Outcome (*)(const json&);

template <auto kFromJson>
Outcome Run(const json& value) {
  auto message = kFromJson(value);
  if (!message) return {.error = message.error().message};
  Outcome outcome{.written = ToJson(*message), .problems = Validate(*message)};
  FillDefaults(*message);
  outcome.filled = ToJson(*message);
  return outcome;
}

Codec CodecOf(const std::string& name) {
  static const auto* codecs = new std::map<std::string, Codec>{
      {"Bye", Run<messages::ByeFromJson>},
      {"ChunkUnpackerConfig", Run<ChunkUnpackerConfigFromJson>},
      {"Command", Run<messages::CommandFromJson>},
      {"DataLoaderConfig", Run<DataLoaderConfigFromJson>},
      {"NetworkInfo", Run<messages::NetworkInfoFromJson>},
      {"Notification", Run<messages::NotificationFromJson>},
      {"Pause", Run<messages::PauseFromJson>},
      {"ShufflingChunkPoolConfig", Run<ShufflingChunkPoolConfigFromJson>},
      {"StageConfig", Run<StageConfigFromJson>},
      {"StartTraining", Run<messages::StartTrainingFromJson>},
      {"StateChanged", Run<messages::StateChangedFromJson>},
      {"TrainingProgress", Run<messages::TrainingProgressFromJson>},
      {"TrainingStatus", Run<messages::TrainingStatusFromJson>},
      {"Warning", Run<messages::WarningFromJson>},
  };
  const auto found = codecs->find(name);
  EXPECT_NE(found, codecs->end()) << "add " << name << " to this test";
  return found == codecs->end() ? Run<messages::PauseFromJson> : found->second;
}

std::vector<json> Lines(const std::string& name) {
  std::ifstream file("proto/golden/" + name);
  std::vector<json> lines;
  for (std::string line; std::getline(file, line);) {
    auto value = schema::ParseJson(line);
    EXPECT_TRUE(value.has_value()) << line;
    if (value) lines.push_back(*std::move(value));
  }
  EXPECT_FALSE(lines.empty()) << name;
  return lines;
}

Outcome Read(const json& golden, const std::string& text) {
  const auto value = schema::ParseJson(text);
  if (!value) return {.error = value.error().message};
  return CodecOf(golden["message"])(*value);
}

void ExpectLinesToSurvive(const std::string& file, const char* message) {
  for (const json& line : Lines(file)) {
    const json value = {{line["type"], line["payload"]}};
    const Outcome outcome = CodecOf(message)(value);
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.written, value);
    EXPECT_TRUE(outcome.problems.empty()) << outcome.problems.front();
  }
}

TEST(GoldenTest, Commands) {
  ExpectLinesToSurvive("commands.jsonl", "Command");
}

TEST(GoldenTest, Notifications) {
  ExpectLinesToSurvive("notifications.jsonl", "Notification");
}

TEST(GoldenTest, Valid) {
  for (const json& golden : Lines("valid.jsonl")) {
    const Outcome outcome = Read(golden, golden["text"]);
    EXPECT_EQ(outcome.error, "") << golden["why"];
    // As text: -0.0 equals 0.0 as a number.
    EXPECT_EQ(outcome.written.dump(), golden["json"].dump()) << golden["why"];
  }
}

TEST(GoldenTest, Invalid) {
  for (const json& golden : Lines("invalid.jsonl")) {
    EXPECT_EQ(Read(golden, golden["text"]).error,
              golden["error"].get<std::string>())
        << golden["why"];
  }
}

TEST(GoldenTest, Rules) {
  for (const json& golden : Lines("rules.jsonl")) {
    const Outcome outcome = Read(golden, golden["json"].dump());
    EXPECT_EQ(outcome.error, "") << golden["why"];
    EXPECT_EQ(outcome.filled, golden["filled"]) << golden["why"];
    EXPECT_EQ(json(outcome.problems), golden["problems"]) << golden["why"];
  }
}

}  // namespace
}  // namespace lczero
