#include "cc/schema/codec.h"

#include <cmath>

namespace lczero::schema {

using nlohmann::json;

void Reader::RefuseUnknown(const json& value,
                           std::span<const std::string_view> names) {
  for (const auto& [name, item] : value.items()) {
    if (std::ranges::find(names, name) != names.end()) continue;
    Path::Scope scope(path_, name);
    Add(UnknownField(name, names));
  }
}

void Reader::CheckOneof(const json& value, const OneofInfo& oneof) {
  std::string_view first;
  for (std::string_view member : oneof.members) {
    const auto found = value.find(member);
    if (found == value.end() || found->is_null()) continue;
    if (first.empty()) {
      first = member;
      continue;
    }
    Path::Scope scope(path_, member);
    Add("only one " + std::string(oneof.name) + " may be given, and " +
        std::string(first) + " is given too");
  }
}

std::optional<size_t> Reader::FindEnum(const json& value,
                                       std::span<const std::string_view> names,
                                       std::span<const int32_t> numbers) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (value.is_string() ? value.get_ref<const std::string&>() == names[i]
                          : value.is_number() && value == numbers[i]) {
      return i;
    }
  }
  std::string message = Mismatch("one of " + Join(names), value).error();
  if (value.is_string()) {
    if (const auto near = Nearest(value.get_ref<const std::string&>(), names)) {
      message += "; did you mean " + std::string(*near) + "?";
    }
  }
  Add(std::move(message));
  return std::nullopt;
}

namespace {

// A bound as a reader would write it: 1, not 1.0.
std::string BoundText(double bound) {
  if (std::trunc(bound) == bound && std::abs(bound) < 1e15) {
    return std::to_string(static_cast<int64_t>(bound));
  }
  return json(bound).dump();
}

}  // namespace

bool Validator::InBounds(const FieldInfo& field, double value) {
  // Not `value < minimum`: NaN is out of any bounds.
  return (!field.minimum || value >= *field.minimum) &&
         (!field.maximum || value <= *field.maximum);
}

void Validator::AddBounds(const FieldInfo& field, const json& value) {
  std::string bounds;
  if (!field.minimum) {
    bounds = "at most " + BoundText(*field.maximum);
  } else if (!field.maximum) {
    bounds = "at least " + BoundText(*field.minimum);
  } else {
    bounds = "a value from " + BoundText(*field.minimum) + " to " +
             BoundText(*field.maximum);
  }
  Add("expected " + bounds + ", got " + Shown(value));
}

void Validator::CheckOneof(const OneofInfo& oneof,
                           std::span<const std::string_view> present) {
  std::vector<std::string_view> given;
  for (std::string_view member : oneof.members) {
    if (std::ranges::find(present, member) != present.end()) {
      given.push_back(member);
    }
  }
  if (given.empty() && oneof.required) {
    Add("needs one " + std::string(oneof.name) + ": " + Join(oneof.members));
  } else if (given.size() > 1) {
    Add("only one " + std::string(oneof.name) + " may be given, not " +
        Join(given));
  }
}

}  // namespace lczero::schema
