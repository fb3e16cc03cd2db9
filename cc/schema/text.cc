#include "cc/schema/text.h"

#include <functional>
#include <set>
#include <string>
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
  // Returns whether the parser is to keep the value.
  bool operator()(int depth, json::parse_event_t event, const json& parsed) {
    using Event = json::parse_event_t;
    if ((event == Event::object_start || event == Event::array_start) &&
        depth >= kMaxDepth) {
      SetFault({"", "not readable: nested too deeply"});
      return false;
    }
    // Within what was refused above; no keys_ were kept for it.
    if (depth > kMaxDepth) return false;
    if (event == Event::object_start) {
      keys_.emplace_back();
    } else if (event == Event::object_end) {
      keys_.pop_back();
    } else if (event == Event::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) {
        SetFault({key, "this key is given twice"});
      }
    }
    return true;
  }

  const Problem& fault() const { return fault_; }

 private:
  void SetFault(Problem fault) {
    if (fault_.message.empty()) fault_ = std::move(fault);
  }

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
