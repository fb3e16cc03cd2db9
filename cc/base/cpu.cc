#include "cc/base/cpu.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace lczero {

#ifdef __x86_64__

namespace {

// The kernel saves the wide registers when it switches threads.
bool SavesYmm() {
  unsigned low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  constexpr unsigned kXmmAndYmm = 0b110;
  return (low & kXmmAndYmm) == kXmmAndYmm;
}

}  // namespace

bool HasAvx2() {
  unsigned eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return false;
  constexpr unsigned kNeeded = bit_OSXSAVE | bit_AVX | bit_POPCNT;
  if ((ecx & kNeeded) != kNeeded || !SavesYmm()) return false;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 &&
         (ebx & (bit_AVX2 | bit_BMI)) == (bit_AVX2 | bit_BMI);
}

#else

bool HasAvx2() { return false; }

#endif

}  // namespace lczero
