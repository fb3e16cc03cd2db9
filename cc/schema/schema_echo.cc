// Reads "MESSAGE JSON" lines and answers each with one line of JSON, so that
// the Python tests can compare both languages' codecs:
//
//   {"message": ..., "filled": ..., "problems": [...]}  or  {"error": "..."}
//
// `message` is the JSON form after reading and writing, `filled` the same after
// FillDefaults(), `problems` what Validate() says of the message as it came.
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

#include "cc/schema/loader_config.h"
#include "cc/schema/loader_stats.h"
#include "cc/schema/messages.h"
#include "cc/schema/sample.h"
#include "cc/schema/text.h"
#include "nlohmann/json.hpp"

namespace lczero {
namespace {

using nlohmann::json;
using Echo = std::function<json(const json&)>;

template <typename Message>
Echo MakeEcho(Result<Message> (*from_json)(const json&)) {
  return [from_json](const json& value) -> json {
    auto message = from_json(value);
    if (!message) return {{"error", message.error().message}};
    json answer = {{"message", ToJson(*message)},
                   {"problems", Validate(*message)}};
    FillDefaults(*message);
    answer["filled"] = ToJson(*message);
    return answer;
  };
}

const std::map<std::string, Echo, std::less<>>& Echoes() {
  static const auto* echoes = new std::map<std::string, Echo, std::less<>>{
      {"DataLoaderConfig", MakeEcho(DataLoaderConfigFromJson)},
      {"LoaderStats", MakeEcho(LoaderStatsFromJson)},
      {"Command", MakeEcho(messages::CommandFromJson)},
      {"Notification", MakeEcho(messages::NotificationFromJson)},
      {"Scalars", MakeEcho(sample::ScalarsFromJson)},
      {"Tree", MakeEcho(sample::TreeFromJson)},
      {"Lists", MakeEcho(sample::ListsFromJson)},
      {"Maps", MakeEcho(sample::MapsFromJson)},
      {"Presence", MakeEcho(sample::PresenceFromJson)},
      {"Rules", MakeEcho(sample::RulesFromJson)},
  };
  return *echoes;
}

json Answer(std::string_view line) {
  const size_t space = line.find(' ');
  const auto echo = Echoes().find(line.substr(0, space));
  if (space == std::string_view::npos || echo == Echoes().end()) {
    return {{"error", "the line does not begin with a known message"}};
  }
  const auto value = schema::ParseJson(line.substr(space + 1));
  if (!value) return {{"error", value.error().message}};
  return echo->second(*value);
}

}  // namespace
}  // namespace lczero

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::cout << lczero::schema::DumpJson(lczero::Answer(line)) << std::endl;
  }
  return 0;
}
