#include "cc/schema/text.h"

#include <set>
#include <utility>
#include <vector>

#include "cc/schema/problem.h"

namespace lczero::schema {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 500;

// Sees every key and bracket while the parser works; remembers the first fault.
class Guard {
 public:
  // Returns whether to keep the value: always, the fault is asked for later.
  bool operator()(int depth, json::parse_event_t event, const json& parsed) {
    if (event == json::parse_event_t::object_start) {
      keys_.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      keys_.pop_back();
    } else if (event == json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second && fault_.message.empty()) {
        fault_ = {key, "this key is given twice"};
      }
    }
    if (depth > kMaxDepth && fault_.message.empty()) {
      fault_ = {"", "not readable: nested too deeply"};
    }
    return true;
  }

  const Problem& fault() const { return fault_; }

 private:
  std::vector<std::set<std::string>> keys_;
  Problem fault_;
};

}  // namespace

Result<json> ParseJson(std::string_view text) {
  Guard guard;
  try {
    json value = json::parse(text, std::ref(guard));
    if (guard.fault().message.empty()) return value;
    return MakeError(ErrorCode::kBadConfig, ToText(guard.fault()));
  } catch (const json::exception& error) {
    return MakeError(ErrorCode::kBadConfig,
                     std::string("not JSON: ") + error.what());
  }
}

std::string DumpJson(const json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/true,
                    json::error_handler_t::replace);
}

}  // namespace lczero::schema
