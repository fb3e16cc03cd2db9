// Log lines on their way to a reader that may be slow or gone.
//
// Purpose:  the loader's threads must not wait for whoever reads the log. When
//           the queue is full the oldest line is dropped; a line in its place
//           tells how many are missing.
// Threads:  every method may be called from any thread.
// Blocking: Put never waits for a reader. Next waits for a line; Finish() ends
//           that.
// Shutdown: Finish() = no more lines; what is there can still be taken.
#ifndef CC_LOADER_LOG_QUEUE_H_
#define CC_LOADER_LOG_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>

#include "cc/base/error.h"
#include "cc/base/thread_annotations.h"
#include "cc/loader/log_sink.h"
#include "cc/sync/cond_var.h"

namespace lczero {

class LogQueue {
 public:
  // `capacity` in lines, at least one.
  explicit LogQueue(size_t capacity);
  LogQueue(const LogQueue&) = delete;
  LogQueue& operator=(const LogQueue&) = delete;

  // After Finish() the line is ignored.
  void Put(LogLevel level, std::string_view text);

  // The oldest line. kEndOfData when finished and empty.
  Result<LogLine> Next();

  // Idempotent.
  void Finish();

 private:
  const size_t capacity_;
  std::mutex mutex_;
  CondVar changed_;
  std::deque<LogLine> lines_ LC_GUARDED_BY(mutex_);
  // Lines missing before the first of lines_.
  uint64_t dropped_ LC_GUARDED_BY(mutex_) = 0;
  bool finished_ LC_GUARDED_BY(mutex_) = false;
};

}  // namespace lczero

#endif  // CC_LOADER_LOG_QUEUE_H_
