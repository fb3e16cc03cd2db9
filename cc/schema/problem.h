// What is wrong with a message's JSON form, and where; texts as in the Python
// codec (python/lczero_training/schema/problem.py), which golden tests compare.
//
// Threads: plain values.
#ifndef CC_SCHEMA_PROBLEM_H_
#define CC_SCHEMA_PROBLEM_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "nlohmann/json_fwd.hpp"

namespace lczero::schema {

struct Problem {
  // Dotted name, e.g. "networks[2].path"; empty for the message itself.
  std::string field;
  // What was expected and what was found.
  std::string message;
};

// "FIELD: MESSAGE", or only the message where there is no field.
std::string ToText(const Problem& problem);

// The dotted name of where a walk over a message is. A Scope adds a step for as
// long as it lives.
class Path {
 public:
  class Scope {
   public:
    Scope(Path& path, std::string_view name);
    Scope(Path& path, size_t index);
    ~Scope() { path_.text_.resize(length_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Path& path_;
    size_t length_;
  };

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// A short rendering of a value that was found, in ASCII.
std::string Shown(const nlohmann::json& value);

// The first of the known names with the least edits from `name`; nullopt if all
// are far.
std::optional<std::string_view> Nearest(
    std::string_view name, std::span<const std::string_view> known);

// Message for a field that does not exist, with the nearest one that does.
std::string UnknownField(std::string_view name,
                         std::span<const std::string_view> known);

// "a, b, c".
std::string Join(std::span<const std::string_view> names);

}  // namespace lczero::schema

#endif  // CC_SCHEMA_PROBLEM_H_
