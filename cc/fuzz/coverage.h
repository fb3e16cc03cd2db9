// Edges of the program that have been taken, if it is compiled with
// -fsanitize-coverage=trace-pc-guard (`--config=coverage_guided`); 0 otherwise.
//
// Threads: targets run in one.
#ifndef CC_FUZZ_COVERAGE_H_
#define CC_FUZZ_COVERAGE_H_

#include <cstddef>

namespace lczero::fuzz {

size_t EdgesTaken();

}  // namespace lczero::fuzz

#endif  // CC_FUZZ_COVERAGE_H_
