#include "cc/fuzz/coverage.h"

#include <cstdint>

// Instrumented code calls these at each edge, so they must not be instrumented.
#if defined(__clang__)
#define LC_NOT_INSTRUMENTED __attribute__((no_sanitize("coverage")))
#else
#define LC_NOT_INSTRUMENTED
#endif

namespace lczero::fuzz {
namespace {

size_t edges_taken = 0;

}  // namespace

size_t EdgesTaken() { return edges_taken; }

}  // namespace lczero::fuzz

extern "C" {

// A guard that is not 0 has not been passed yet.
LC_NOT_INSTRUMENTED void __sanitizer_cov_trace_pc_guard_init(uint32_t* begin,
                                                             uint32_t* end) {
  for (uint32_t* guard = begin; guard < end; ++guard) *guard = 1;
}

LC_NOT_INSTRUMENTED void __sanitizer_cov_trace_pc_guard(uint32_t* guard) {
  if (*guard == 0) return;
  *guard = 0;
  ++lczero::fuzz::edges_taken;
}

}  // extern "C"
