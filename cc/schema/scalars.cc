#include "cc/schema/scalars.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "cc/schema/problem.h"
#include "nlohmann/json.hpp"

namespace lczero::schema {
namespace {

using nlohmann::json;

constexpr size_t kNumberCharacters = 400;
constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr double kTwoTo64 = 18446744073709551616.0;
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The number that `value` is, or that it holds as a string; nullopt if neither.
std::optional<json> NumberIn(const json& value) {
  if (value.is_number()) return value;
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  // The parser would skip space around the number.
  const auto is_space = [](char c) { return c == ' ' || (c >= 9 && c <= 13); };
  if (text.empty() || text.size() > kNumberCharacters ||
      is_space(text.front()) || is_space(text.back())) {
    return std::nullopt;
  }
  json number = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!number.is_number()) return std::nullopt;
  return number;
}

// The whole number `value`, if T holds it.
template <typename T>
std::optional<T> WholeNumber(double value) {
  if (std::trunc(value) != value) return std::nullopt;
  if (value < 0) {
    // At -2^63 too: what the parser gives there may have been less.
    if (value <= -kTwoTo63) return std::nullopt;
    const auto whole = static_cast<int64_t>(value);
    return std::in_range<T>(whole) ? std::optional(static_cast<T>(whole))
                                   : std::nullopt;
  }
  if (!(value < kTwoTo64)) return std::nullopt;
  const auto whole = static_cast<uint64_t>(value);
  return std::in_range<T>(whole) ? std::optional(static_cast<T>(whole))
                                 : std::nullopt;
}

template <typename T>
std::optional<T> IntegerIn(const json& number) {
  if (number.is_number_float()) return WholeNumber<T>(number.get<double>());
  if (number.is_number_unsigned()) {
    const auto whole = number.get<uint64_t>();
    if (std::in_range<T>(whole)) return static_cast<T>(whole);
  } else {
    const auto whole = number.get<int64_t>();
    if (std::in_range<T>(whole)) return static_cast<T>(whole);
  }
  return std::nullopt;
}

template <typename T>
Outcome ReadInteger(const json& value, T& out) {
  const auto number = NumberIn(value);
  const auto whole = number ? IntegerIn<T>(*number) : std::nullopt;
  if (!whole) {
    using Limits = std::numeric_limits<T>;
    return Mismatch("an integer from " + std::to_string(Limits::min()) +
                        " to " + std::to_string(Limits::max()),
                    value);
  }
  out = *whole;
  return {};
}

template <typename T>
Outcome ReadFloat(const json& value, std::string_view name, T& out) {
  using Limits = std::numeric_limits<T>;
  if (value == "NaN") {
    out = Limits::quiet_NaN();
  } else if (value == "Infinity") {
    out = Limits::infinity();
  } else if (value == "-Infinity") {
    out = -Limits::infinity();
  } else {
    const auto number = NumberIn(value);
    const T parsed =
        number ? static_cast<T>(number->get<double>()) : Limits::infinity();
    if (!std::isfinite(parsed)) {
      return Mismatch("a finite " + std::string(name) +
                          R"(, or "NaN", "Infinity" or "-Infinity")",
                      value);
    }
    out = parsed;
  }
  return {};
}

// Value of a base64 digit of either alphabet; nullopt for another character.
std::optional<uint32_t> Base64Digit(char c) {
  if (c == '-') c = '+';
  if (c == '_') c = '/';
  const size_t digit = kBase64.find(c);
  if (digit == std::string_view::npos) return std::nullopt;
  return static_cast<uint32_t>(digit);
}

std::optional<Bytes> DecodeBase64(std::string_view text) {
  const size_t padded = text.size();
  while (text.ends_with('=')) text.remove_suffix(1);
  const size_t padding = padded - text.size();
  if (padding > 2 || (padding > 0 && padded % 4 != 0)) return std::nullopt;
  if (text.size() % 4 == 1) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    const auto digit = Base64Digit(c);
    if (!digit) return std::nullopt;
    bits = (bits << 6 | *digit) & 0xFFFFFF;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<uint8_t>(bits >> count));
    }
  }
  return bytes;
}

template <typename T>
json WriteSpecialFloat(T value) {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

}  // namespace

std::unexpected<std::string> Mismatch(std::string_view expected,
                                      const json& found) {
  return std::unexpected("expected " + std::string(expected) + ", got " +
                         Shown(found));
}

Outcome ReadScalar(const json& value, bool& out) {
  if (!value.is_boolean()) return Mismatch("true or false", value);
  out = value.get<bool>();
  return {};
}

Outcome ReadScalar(const json& value, int32_t& out) {
  return ReadInteger(value, out);
}
Outcome ReadScalar(const json& value, uint32_t& out) {
  return ReadInteger(value, out);
}
Outcome ReadScalar(const json& value, int64_t& out) {
  return ReadInteger(value, out);
}
Outcome ReadScalar(const json& value, uint64_t& out) {
  return ReadInteger(value, out);
}
Outcome ReadScalar(const json& value, float& out) {
  return ReadFloat(value, "float", out);
}
Outcome ReadScalar(const json& value, double& out) {
  return ReadFloat(value, "double", out);
}

Outcome ReadScalar(const json& value, std::string& out) {
  if (!value.is_string()) return Mismatch("a string", value);
  out = value.get<std::string>();
  return {};
}

Outcome ReadScalar(const json& value, Bytes& out) {
  auto bytes = value.is_string()
                   ? DecodeBase64(value.get_ref<const std::string&>())
                   : std::nullopt;
  if (!bytes) return Mismatch("bytes in base64", value);
  out = *std::move(bytes);
  return {};
}

json WriteScalar(bool value) { return value; }
json WriteScalar(int32_t value) { return value; }
json WriteScalar(uint32_t value) { return value; }
json WriteScalar(int64_t value) { return std::to_string(value); }
json WriteScalar(uint64_t value) { return std::to_string(value); }
json WriteScalar(const std::string& value) { return value; }

json WriteScalar(double value) {
  return std::isfinite(value) ? json(value) : WriteSpecialFloat(value);
}

json WriteScalar(float value) {
  if (!std::isfinite(value)) return WriteSpecialFloat(value);
  // As protobuf does: the fewest digits, from 6, that read back as the same
  // float. A double's digits would show what a float does not hold: 0.1f is
  // 0.10000000149011612.
  double shortest = 0;
  for (int digits = 6; digits <= 9; ++digits) {
    std::array<char, 64> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(),
                                   value, std::chars_format::general, digits);
    shortest = json::parse(text.data(), end.ptr).get<double>();
    if (static_cast<float>(shortest) == value) break;
  }
  return shortest;
}

json WriteScalar(const Bytes& value) {
  std::string text;
  for (size_t i = 0; i < value.size(); i += 3) {
    const size_t count = std::min<size_t>(3, value.size() - i);
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (j < count ? value[i + j] : 0u);
    }
    for (size_t j = 0; j < 4; ++j) {
      text += j <= count ? kBase64[bits >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

Outcome ReadKey(const std::string& text, bool& out) {
  if (text != "true" && text != "false") {
    return Mismatch(R"("true" or "false")", text);
  }
  out = text == "true";
  return {};
}

Outcome ReadKey(const std::string& text, int32_t& out) {
  return ReadScalar(text, out);
}
Outcome ReadKey(const std::string& text, uint32_t& out) {
  return ReadScalar(text, out);
}
Outcome ReadKey(const std::string& text, int64_t& out) {
  return ReadScalar(text, out);
}
Outcome ReadKey(const std::string& text, uint64_t& out) {
  return ReadScalar(text, out);
}
Outcome ReadKey(const std::string& text, std::string& out) {
  out = text;
  return {};
}

std::string WriteKey(bool key) { return key ? "true" : "false"; }
std::string WriteKey(int64_t key) { return std::to_string(key); }
std::string WriteKey(uint64_t key) { return std::to_string(key); }

}  // namespace lczero::schema
