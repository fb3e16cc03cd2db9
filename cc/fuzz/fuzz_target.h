// A fuzz target: a parser, and what must hold whatever it is given.
//
// Each target is a file X_fuzz.cc that defines the three functions below. The
// driver (driver.cc) runs it on damaged seeds for a bounded time, as a test;
// `--config=fuzz` puts libFuzzer in its place.
#ifndef CC_FUZZ_FUZZ_TARGET_H_
#define CC_FUZZ_FUZZ_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

// Runs the parser. What must not be aborts (LC_CHECK), or is caught by a
// sanitizer.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace lczero::fuzz {

// Good inputs to begin with.
std::vector<std::string> Seeds();

// Words of the format, which damage alone would rarely hit on.
std::vector<std::string> Words();

inline std::string ToText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace lczero::fuzz

#endif  // CC_FUZZ_FUZZ_TARGET_H_
