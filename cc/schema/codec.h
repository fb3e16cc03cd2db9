// Reads, writes and checks generated messages. Only generated code includes
// this; everyone else uses the functions beside each generated struct.
//
// A generated struct M has a specialisation of Fields<M>, which shows its
// fields one by one; a generated enum E one of EnumNames<E>. The rest is
// driven by the C++ type of each field.
#ifndef CC_SCHEMA_CODEC_H_
#define CC_SCHEMA_CODEC_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "cc/base/error.h"
#include "cc/schema/problem.h"
#include "cc/schema/scalars.h"
#include "nlohmann/json.hpp"

namespace lczero::schema {

// Messages within messages; protobuf's own limit.
inline constexpr int kMaxDepth = 100;

// What a field's C++ type does not say.
struct FieldInfo {
  std::string_view name;
  bool required = false;
  std::optional<double> minimum = std::nullopt;
  std::optional<double> maximum = std::nullopt;
};

// Of `members` at most one is present, or exactly one if `required`.
struct OneofInfo {
  std::string_view name;
  bool required;
  std::span<const std::string_view> members;
};

// static constexpr std::array<std::string_view, N> kNames;
// static constexpr std::array<OneofInfo, K> kOneofs;
// static void Visit(M& or const M&, visitor): visitor(FieldInfo, member&).
template <typename Message>
struct Fields;

// static constexpr std::array<std::string_view, N> kNames;
// static constexpr std::array<Enum, N> kValues;
template <typename Enum>
struct EnumNames;

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename T>
struct IsRepeated : std::false_type {};
template <typename T>
struct IsRepeated<std::vector<T>>
    : std::bool_constant<!std::is_same_v<T, uint8_t>> {};

template <typename T>
struct IsMap : std::false_type {};
template <typename K, typename V>
struct IsMap<std::map<K, V>> : std::true_type {};

template <typename T>
concept IsMessage = requires { Fields<T>::kNames; };

// ---------------------------------------------------------------- reading

class Reader {
 public:
  const std::vector<Problem>& problems() const { return problems_; }

  template <typename T>
  void Read(const nlohmann::json& value, T& out) {
    if constexpr (IsOptional<T>::value) {
      Read(value, out.emplace());
    } else if constexpr (IsRepeated<T>::value) {
      ReadRepeated(value, out);
    } else if constexpr (IsMap<T>::value) {
      ReadMap(value, out);
    } else if constexpr (IsMessage<T>) {
      ReadMessage(value, out);
    } else if constexpr (std::is_enum_v<T>) {
      ReadEnum(value, out);
    } else {
      Check(ReadScalar(value, out));
    }
  }

 private:
  void Add(std::string message) {
    problems_.push_back({path_.text(), std::move(message)});
  }

  bool Check(const Outcome& outcome, std::string_view prefix = "") {
    if (!outcome) Add(std::string(prefix) + outcome.error());
    return outcome.has_value();
  }

  template <typename T>
  void ReadRepeated(const nlohmann::json& value, std::vector<T>& out) {
    if (!value.is_array()) {
      Check(Mismatch("a list", value));
      return;
    }
    for (size_t i = 0; i < value.size(); ++i) {
      Path::Scope scope(path_, i);
      T item{};
      Read(value[i], item);
      out.push_back(std::move(item));
    }
  }

  template <typename K, typename V>
  void ReadMap(const nlohmann::json& value, std::map<K, V>& out) {
    if (!value.is_object()) {
      Check(Mismatch("an object", value));
      return;
    }
    for (const auto& [text, item] : value.items()) {
      Path::Scope scope(path_, text);
      K key{};
      if (!Check(ReadKey(text, key), "as a key: ")) continue;
      if (out.contains(key)) Add("this key is given twice");
      Read(item, out[std::move(key)]);
    }
  }

  template <typename T>
  void ReadMessage(const nlohmann::json& value, T& out) {
    if (!value.is_object()) {
      Check(Mismatch("an object", value));
      return;
    }
    if (depth_ >= kMaxDepth) {
      Add("expected at most " + std::to_string(kMaxDepth) +
          " messages within each other");
      return;
    }
    ++depth_;
    RefuseUnknown(value, Fields<T>::kNames);
    Fields<T>::Visit(out, [&](const FieldInfo& field, auto& member) {
      const auto found = value.find(field.name);
      if (found == value.end() || found->is_null()) return;
      Path::Scope scope(path_, field.name);
      Read(*found, member);
    });
    for (const OneofInfo& oneof : Fields<T>::kOneofs) CheckOneof(value, oneof);
    --depth_;
  }

  void RefuseUnknown(const nlohmann::json& value,
                     std::span<const std::string_view> names);
  void CheckOneof(const nlohmann::json& value, const OneofInfo& oneof);
  // Index into the enum's names and values, or nullopt after Add().
  std::optional<size_t> FindEnum(const nlohmann::json& value,
                                 std::span<const std::string_view> names,
                                 std::span<const int32_t> numbers);

  template <typename T>
  void ReadEnum(const nlohmann::json& value, T& out) {
    using Names = EnumNames<T>;
    const auto index = FindEnum(value, Names::kNames, Names::kNumbers);
    if (index) out = static_cast<T>(Names::kNumbers[*index]);
  }

  Path path_;
  int depth_ = 0;
  std::vector<Problem> problems_;
};

// The message, or kBadConfig with the first problem found.
template <typename Message>
Result<Message> FromJson(const nlohmann::json& value) {
  Reader reader;
  Message message;
  reader.Read(value, message);
  if (reader.problems().empty()) return message;
  return MakeError(ErrorCode::kBadConfig, ToText(reader.problems().front()));
}

// ---------------------------------------------------------------- writing

// Whether a field that is always present is left out. As in protobuf, -0.0 is
// written.
template <typename T>
bool IsZero(const T& value) {
  if constexpr (std::is_floating_point_v<T>) {
    return value == 0 && !std::signbit(value);
  } else {
    return value == T{};
  }
}

template <typename T>
nlohmann::json Write(const T& value);

template <typename Message>
nlohmann::json WriteMessage(const Message& message) {
  nlohmann::json written = nlohmann::json::object();
  Fields<Message>::Visit(
      message, [&](const FieldInfo& field, const auto& member) {
        using Member = std::remove_cvref_t<decltype(member)>;
        const std::string name(field.name);
        if constexpr (IsOptional<Member>::value) {
          if (member.has_value()) written[name] = Write(*member);
        } else if constexpr (IsMessage<Member> || IsRepeated<Member>::value ||
                             IsMap<Member>::value) {
          nlohmann::json item = Write(member);
          if (!item.empty()) written[name] = std::move(item);
        } else if (!IsZero(member)) {
          written[name] = Write(member);
        }
      });
  return written;
}

template <typename T>
nlohmann::json Write(const T& value) {
  if constexpr (IsRepeated<T>::value) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& item : value) list.push_back(Write(item));
    return list;
  } else if constexpr (IsMap<T>::value) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [key, item] : value) object[WriteKey(key)] = Write(item);
    return object;
  } else if constexpr (IsMessage<T>) {
    return WriteMessage(value);
  } else if constexpr (std::is_enum_v<T>) {
    using Names = EnumNames<T>;
    const auto at =
        std::ranges::find(Names::kNumbers, static_cast<int32_t>(value));
    // A value without a name can only be made by a cast; protobuf writes its
    // number.
    if (at == Names::kNumbers.end()) return static_cast<int32_t>(value);
    return Names::kNames[static_cast<size_t>(at - Names::kNumbers.begin())];
  } else {
    return WriteScalar(value);
  }
}

// ---------------------------------------------------------------- rules

// Gives an absent field its default.
template <typename T>
void Default(std::optional<T>& member, T value) {
  if (!member) member = std::move(value);
}

// FillDefaults() on every message in a field.
template <typename T>
void FillNested(T& member) {
  if constexpr (IsOptional<T>::value) {
    if (member) FillNested(*member);
  } else if constexpr (IsRepeated<T>::value) {
    for (auto& item : member) FillNested(item);
  } else if constexpr (IsMap<T>::value) {
    for (auto& [key, item] : member) FillNested(item);
  } else {
    FillDefaults(member);
  }
}

class Validator {
 public:
  std::vector<std::string> TakeProblems() { return std::move(problems_); }

  template <typename Message>
  void CheckMessage(const Message& message) {
    std::vector<std::string_view> present;
    Fields<Message>::Visit(
        message, [&](const FieldInfo& field, const auto& member) {
          using Member = std::remove_cvref_t<decltype(member)>;
          Path::Scope scope(path_, field.name);
          if constexpr (IsOptional<Member>::value) {
            if (member) present.push_back(field.name);
          }
          CheckField(field, member);
        });
    for (const OneofInfo& oneof : Fields<Message>::kOneofs) {
      CheckOneof(oneof, present);
    }
  }

 private:
  void Add(std::string message) {
    problems_.push_back(ToText({path_.text(), std::move(message)}));
  }

  template <typename T>
  void CheckField(const FieldInfo& field, const T& member) {
    if constexpr (IsOptional<T>::value) {
      if (member) {
        CheckField(field, *member);
      } else if (field.required) {
        Add("is required");
      }
    } else if (field.required && IsEmpty(member)) {
      Add("is required and must not be empty");
    } else if constexpr (IsRepeated<T>::value) {
      for (size_t i = 0; i < member.size(); ++i) {
        Path::Scope scope(path_, i);
        CheckOne(field, member[i]);
      }
    } else if constexpr (IsMap<T>::value) {
      for (const auto& [key, item] : member) {
        Path::Scope scope(path_, WriteKey(key));
        CheckOne(field, item);
      }
    } else {
      CheckOne(field, member);
    }
  }

  template <typename T>
  static bool IsEmpty(const T& member) {
    if constexpr (requires { member.empty(); }) {
      return member.empty();
    } else {
      return false;
    }
  }

  template <typename T>
  void CheckOne(const FieldInfo& field, const T& value) {
    if constexpr (IsMessage<T>) {
      CheckMessage(value);
    } else if constexpr (std::is_arithmetic_v<T>) {
      if (!InBounds(field, static_cast<double>(value))) {
        AddBounds(field, nlohmann::json(value));
      }
    }
  }

  static bool InBounds(const FieldInfo& field, double value);
  void AddBounds(const FieldInfo& field, const nlohmann::json& value);
  void CheckOneof(const OneofInfo& oneof,
                  std::span<const std::string_view> present);

  Path path_;
  std::vector<std::string> problems_;
};

template <typename Message>
std::vector<std::string> ValidateMessage(const Message& message) {
  Validator validator;
  validator.CheckMessage(message);
  return validator.TakeProblems();
}

}  // namespace lczero::schema

#endif  // CC_SCHEMA_CODEC_H_
