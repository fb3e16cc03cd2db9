// For the driver's test: a target with faults that it must find.
#include <cstdlib>
#include <vector>

#include "cc/fuzz/fuzz_target.h"

namespace {

// A gigabyte deep, with a frame that no compiler can do without.
int Recurse(int depth) {
  volatile char frame[1000];
  frame[depth % 1000] = 1;
  if (depth == 1'000'000) return 0;
  return Recurse(depth + 1) + frame[(depth + 1) % 1000];
}

}  // namespace

std::vector<std::string> lczero::fuzz::Seeds() { return {"good"}; }

std::vector<std::string> lczero::fuzz::Words() {
  return {"abort", "memory", "stack"};
}

// Has the fault that the environment asks for, on inputs that name it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const char* const fault = std::getenv("FAULT");
  if (fault == nullptr || text.find(fault) == std::string::npos) return 0;
  if (std::string(fault) == "abort") std::abort();
  if (std::string(fault) == "stack") return Recurse(1) & 0;
  const std::vector<char> block(100 << 20, 'x');
  return static_cast<volatile const char*>(block.data())[size] & 0;
}
