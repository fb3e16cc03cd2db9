// What a piece of work costs: processor time and wall time.
//
// Threads: Start and Stop of one Stopwatch in the same thread.
#ifndef CC_BENCH_CLOCKS_H_
#define CC_BENCH_CLOCKS_H_

#include <chrono>
#include <ctime>

namespace lczero::bench {

struct Cost {
  double cpu_us = 0;
  double wall_us = 0;
};

// Which threads' processor time counts.
enum class CpuOf : clockid_t {
  kThread = CLOCK_THREAD_CPUTIME_ID,
  kProcess = CLOCK_PROCESS_CPUTIME_ID,
};

class Stopwatch {
 public:
  explicit Stopwatch(CpuOf cpu_of) : cpu_of_(cpu_of), start_(Now()) {}

  Cost Elapsed() const {
    const Cost now = Now();
    return {now.cpu_us - start_.cpu_us, now.wall_us - start_.wall_us};
  }

 private:
  static double Microseconds(clockid_t clock) {
    timespec time = {};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) * 1e6 +
           static_cast<double>(time.tv_nsec) / 1e3;
  }
  Cost Now() const {
    return {Microseconds(static_cast<clockid_t>(cpu_of_)),
            Microseconds(CLOCK_MONOTONIC)};
  }

  const CpuOf cpu_of_;
  const Cost start_;
};

}  // namespace lczero::bench

#endif  // CC_BENCH_CLOCKS_H_
