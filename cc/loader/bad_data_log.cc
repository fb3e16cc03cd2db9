#include "cc/loader/bad_data_log.h"

#include <sstream>
#include <utility>

namespace lczero {

BadDataLog::BadDataLog(LogSink sink, StageMetrics* metrics,
                       std::function<Clock::time_point()> now)
    : sink_(std::move(sink)), metrics_(metrics), now_(std::move(now)) {}

void BadDataLog::Good() {
  std::lock_guard<std::mutex> lock(mutex_);
  ++seen_;
}

void BadDataLog::Bad(std::string_view reason, std::string_view what,
                     std::string_view remedy) {
  metrics_->Count("bad." + std::string(reason), 1);
  std::ostringstream line;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ++seen_;
    ++bad_;
    const Clock::time_point now = now_();
    const auto [place, first] = told_.try_emplace(std::string(reason), now);
    if (!first && now - place->second < kQuietTime) return;
    place->second = now;
    line << what << "; skipped (" << bad_ << " of " << seen_ << "). " << remedy;
  }
  sink_(LogLevel::kWarning, line.str());
}

void BadDataLog::Bad(const Error& error) {
  if (error.code == ErrorCode::kCorruptData) {
    Bad("corrupt", error.message);
  } else {
    Bad("io", error.message, "Check the disk, and that the file is readable.");
  }
}

}  // namespace lczero
