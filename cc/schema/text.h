// JSON text to values and back, strictly.
//
// Threads: pure functions.
#ifndef CC_SCHEMA_TEXT_H_
#define CC_SCHEMA_TEXT_H_

#include <string>
#include <string_view>

#include "cc/base/error.h"
#include "nlohmann/json.hpp"

namespace lczero::schema {

// Value of a JSON text in UTF-8. kBadConfig if it is not one, if a key stands
// twice in an object, or if it is nested deeper than 500 lists and objects.
Result<nlohmann::json> ParseJson(std::string_view text);

// One line of ASCII. Strings that are not UTF-8 (file names may not be) lose
// their bad bytes to U+FFFD.
std::string DumpJson(const nlohmann::json& value);

}  // namespace lczero::schema

#endif  // CC_SCHEMA_TEXT_H_
