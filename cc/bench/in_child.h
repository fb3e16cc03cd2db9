// Runs a measurement in a process of its own.
//
// Purpose: peak memory, page faults and what the allocator keeps belong to one
//          measurement then, not to those that ran before it.
// Threads: call it while this process has no other thread.
// Errors:  kInternal when the child cannot be started or dies.
#ifndef CC_BENCH_IN_CHILD_H_
#define CC_BENCH_IN_CHILD_H_

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <type_traits>

#include "cc/base/error.h"

namespace lczero::bench {

namespace in_child_internal {

// The child's part: never returns.
template <typename T, typename Measure>
[[noreturn]] void Answer(int pipe, const Measure& measure) {
  const Result<T> answer = measure();
  if (!answer) {
    std::fprintf(stderr, "%s\n", answer.error().message.c_str());
    _exit(1);
  }
  _exit(write(pipe, &*answer, sizeof(T)) == sizeof(T) ? 0 : 1);
}

}  // namespace in_child_internal

// `measure` returns Result<T>; a T is smaller than a pipe's buffer. Its errors
// go to stderr.
template <typename T, typename Measure>
Result<T> InChild(const Measure& measure) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 4096);
  int ends[2];
  if (pipe(ends) != 0) return MakeError(ErrorCode::kInternal, "no pipe");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) return MakeError(ErrorCode::kInternal, "no process");
  if (child == 0) in_child_internal::Answer<T>(ends[1], measure);
  close(ends[1]);
  T answer = {};
  const bool whole = read(ends[0], &answer, sizeof(T)) == sizeof(T);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!whole || status != 0) {
    return MakeError(ErrorCode::kInternal, "a measurement failed");
  }
  return answer;
}

}  // namespace lczero::bench

#endif  // CC_BENCH_IN_CHILD_H_
