// The benchmark's tables.
//
// Threads: pure functions.
#ifndef CC_BENCH_REPORT_H_
#define CC_BENCH_REPORT_H_

#include <string>

#include "cc/bench/floors.h"
#include "cc/bench/loader_case.h"

namespace lczero::bench {

// What a case is held against.
struct Target {
  // "1.15 x libdeflate / 0.03"; empty: none is set for such a case.
  std::string text;
  double cpu_us = 0;
};

// Targets are set for sampling rates 0.03, 0.2 and 1; for plain batches only
// for 1, cold.
Target TargetOf(const CaseOptions& options, const Floors& floors);

std::string FloorsTable(const Floors& floors);

std::string CaseHeading();
std::string CaseRow(const CaseOptions& options, const CaseResult& result,
                    const Floors& floors);
// One line: each stage's own time.
std::string StagesLine(const CaseResult& result);

}  // namespace lczero::bench

#endif  // CC_BENCH_REPORT_H_
