// The benchmark's tables.
//
// Threads: pure functions.
#ifndef CC_BENCH_REPORT_H_
#define CC_BENCH_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

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

// Throughput on so many processors, with as many pool threads.
struct ScalingPoint {
  uint32_t cores = 0;
  double positions_per_second = 0;
};
std::string ScalingHeading();
// One line: each point, and how often it is the first.
std::string ScalingRow(double rate, const std::vector<ScalingPoint>& points);

}  // namespace lczero::bench

#endif  // CC_BENCH_REPORT_H_
