// Reports data that a stage has to skip: counted by reason, told now and then.
//
// Purpose: bad data is never fatal. Each piece is counted under "bad.REASON";
//          a log line is written for the first of each reason, and then at
//          most once in `kQuietTime`, so that a broken archive of thousands of
//          games is a few lines. The counts in a line include the silent ones:
//          `chunk x.tar#417: ...; skipped (12 of 90113). Check the download.`
// Threads: every method may be called from any thread.
#ifndef CC_LOADER_BAD_DATA_LOG_H_
#define CC_LOADER_BAD_DATA_LOG_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "cc/base/error.h"
#include "cc/base/thread_annotations.h"
#include "cc/loader/log_sink.h"
#include "cc/loader/stage_metrics.h"

namespace lczero {

class BadDataLog {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kQuietTime{10};

  // `metrics` must outlive this. Tests pass their own clock.
  BadDataLog(LogSink sink, StageMetrics* metrics,
             std::function<Clock::time_point()> now = Clock::now);

  // A piece that is fine; it counts in "12 of 90113" only.
  void Good();

  // A piece that is skipped. `what` says what, where, and the values; `remedy`
  // is a sentence for the person who reads the line.
  void Bad(std::string_view reason, std::string_view what,
           std::string_view remedy = "Check the download.");

  // The same for an error of reading: reason "corrupt" or "io".
  void Bad(const Error& error);

 private:
  const LogSink sink_;
  StageMetrics* const metrics_;
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  uint64_t seen_ LC_GUARDED_BY(mutex_) = 0;
  uint64_t bad_ LC_GUARDED_BY(mutex_) = 0;
  // When the reason was last told.
  std::map<std::string, Clock::time_point, std::less<>> told_
      LC_GUARDED_BY(mutex_);
};

}  // namespace lczero

#endif  // CC_LOADER_BAD_DATA_LOG_H_
