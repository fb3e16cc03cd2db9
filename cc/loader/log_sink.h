// Where the loader's log lines go.
#ifndef CC_LOADER_LOG_SINK_H_
#define CC_LOADER_LOG_SINK_H_

#include <functional>
#include <string>
#include <string_view>

namespace lczero {

enum class LogLevel {
  // Something is wrong outside, and the loader goes on.
  kWarning,
  // The loader has stopped.
  kError,
};

struct LogLine {
  LogLevel level;
  // Without a newline at its end.
  std::string text;
};

// Takes one line. Called from any of the loader's threads, possibly from
// several at once; should return soon.
using LogSink = std::function<void(LogLevel level, std::string_view text)>;

// Writes `loader: TEXT` to stderr, each line in one piece. Waits while nobody
// reads a stderr that is a full pipe.
void LogToStderr(LogLevel level, std::string_view text);

}  // namespace lczero

#endif  // CC_LOADER_LOG_SINK_H_
