// What the processor can do beyond what every one of its kind can.
//
// Threads: pure functions.
#ifndef CC_BASE_CPU_H_
#define CC_BASE_CPU_H_

namespace lczero {

// Whether code compiled for AVX2 (and BMI1 and POPCNT) may run; false elsewhere
// than on x86-64. Asks the processor itself: __builtin_cpu_supports says no to
// everything with the pinned compiler's runtime.
bool HasAvx2();

}  // namespace lczero

#endif  // CC_BASE_CPU_H_
