// JSON form of protobuf scalars: what google.protobuf.json_format reads and
// writes, with the deviations that python/lczero_training/schema/codec.py
// lists.
//
// Threads: pure functions.
// Errors:  ReadScalar gives the text "expected WHAT, got VALUE" and leaves
// `out`
//          as it was.
#ifndef CC_SCHEMA_SCALARS_H_
#define CC_SCHEMA_SCALARS_H_

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "nlohmann/json_fwd.hpp"

namespace lczero::schema {

using Bytes = std::vector<uint8_t>;
using Outcome = std::expected<void, std::string>;

Outcome ReadScalar(const nlohmann::json& value, bool& out);
Outcome ReadScalar(const nlohmann::json& value, int32_t& out);
Outcome ReadScalar(const nlohmann::json& value, uint32_t& out);
Outcome ReadScalar(const nlohmann::json& value, int64_t& out);
Outcome ReadScalar(const nlohmann::json& value, uint64_t& out);
Outcome ReadScalar(const nlohmann::json& value, float& out);
Outcome ReadScalar(const nlohmann::json& value, double& out);
Outcome ReadScalar(const nlohmann::json& value, std::string& out);
Outcome ReadScalar(const nlohmann::json& value, Bytes& out);

nlohmann::json WriteScalar(bool value);
nlohmann::json WriteScalar(int32_t value);
nlohmann::json WriteScalar(uint32_t value);
nlohmann::json WriteScalar(int64_t value);
nlohmann::json WriteScalar(uint64_t value);
nlohmann::json WriteScalar(float value);
nlohmann::json WriteScalar(double value);
nlohmann::json WriteScalar(const std::string& value);
nlohmann::json WriteScalar(const Bytes& value);

// A map key, which JSON always holds as a string.
Outcome ReadKey(const std::string& text, bool& out);
Outcome ReadKey(const std::string& text, int32_t& out);
Outcome ReadKey(const std::string& text, uint32_t& out);
Outcome ReadKey(const std::string& text, int64_t& out);
Outcome ReadKey(const std::string& text, uint64_t& out);
Outcome ReadKey(const std::string& text, std::string& out);
std::string WriteKey(bool key);
std::string WriteKey(int64_t key);
std::string WriteKey(uint64_t key);
inline std::string WriteKey(int32_t key) { return WriteKey(int64_t{key}); }
inline std::string WriteKey(uint32_t key) { return WriteKey(uint64_t{key}); }
inline std::string WriteKey(const std::string& key) { return key; }

// "expected WHAT, got VALUE".
std::unexpected<std::string> Mismatch(std::string_view expected,
                                      const nlohmann::json& found);

}  // namespace lczero::schema

#endif  // CC_SCHEMA_SCALARS_H_
