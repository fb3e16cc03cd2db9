#include "cc/loader/log_queue.h"

#include <string>
#include <utility>

#include "cc/base/check.h"

namespace lczero {

LogQueue::LogQueue(size_t capacity) : capacity_(capacity) {
  LC_CHECK(capacity > 0, "a log queue needs room for one line");
}

void LogQueue::Put(LogLevel level, std::string_view text) {
  LogLine line{.level = level, .text = std::string(text)};
  std::lock_guard<std::mutex> lock(mutex_);
  if (finished_) return;
  if (lines_.size() == capacity_) {
    lines_.pop_front();
    ++dropped_;
  }
  lines_.push_back(std::move(line));
  changed_.NotifyOne();
}

Result<LogLine> LogQueue::Next() {
  std::lock_guard<std::mutex> lock(mutex_);
  while (lines_.empty() && !finished_) changed_.Wait(mutex_);
  if (lines_.empty()) return MakeError(ErrorCode::kEndOfData, "the log ended");
  if (const uint64_t dropped = std::exchange(dropped_, 0); dropped > 0) {
    return LogLine{
        .level = LogLevel::kWarning,
        .text = std::to_string(dropped) +
                " log lines dropped: they came faster than they were read"};
  }
  LogLine line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

void LogQueue::Finish() {
  std::lock_guard<std::mutex> lock(mutex_);
  finished_ = true;
  changed_.NotifyAll();
}

}  // namespace lczero
