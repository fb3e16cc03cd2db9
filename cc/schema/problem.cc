#include "cc/schema/problem.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace lczero::schema {
namespace {

constexpr size_t kShownCharacters = 60;
constexpr size_t kComparedCharacters = 64;

// Levenshtein distance. Names are short; longer ones are cut.
size_t Distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kComparedCharacters);
  b = b.substr(0, kComparedCharacters);
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t previous = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = previous + (a[i - 1] == b[j - 1] ? 0 : 1);
      previous = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string ToText(const Problem& problem) {
  if (problem.field.empty()) return problem.message;
  return problem.field + ": " + problem.message;
}

Path::Scope::Scope(Path& path, std::string_view name)
    : path_(path), length_(path.text_.size()) {
  if (!path.text_.empty()) path.text_ += '.';
  path.text_ += name;
}

Path::Scope::Scope(Path& path, size_t index)
    : path_(path), length_(path.text_.size()) {
  path.text_ += '[' + std::to_string(index) + ']';
}

std::string Shown(const nlohmann::json& value) {
  if (value.is_object()) {
    return value.empty() ? "an empty object" : "an object";
  }
  if (value.is_array()) return value.empty() ? "an empty list" : "a list";
  if (value.is_number_float()) {
    // JSON has no such numbers, but a message may.
    const double number = value.get<double>();
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  }
  std::string text =
      value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (text.size() > kShownCharacters) {
    text.resize(kShownCharacters);
    text += "...";
  }
  return text;
}

std::optional<std::string_view> Nearest(
    std::string_view name, std::span<const std::string_view> known) {
  std::optional<std::string_view> best;
  size_t least = std::max(size_t{2}, name.size() / 3) + 1;
  for (std::string_view candidate : known) {
    const size_t distance = Distance(name, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::string UnknownField(std::string_view name,
                         std::span<const std::string_view> known) {
  if (const auto near = Nearest(name, known)) {
    return "unknown field; did you mean " + std::string(*near) + "?";
  }
  if (known.empty()) return "unknown field; there are no fields here";
  return "unknown field; known are " + Join(known);
}

std::string Join(std::span<const std::string_view> names) {
  std::string text;
  for (std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

}  // namespace lczero::schema
