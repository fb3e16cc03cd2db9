// Where the loader's log lines go.
#ifndef CC_LOADER_LOG_SINK_H_
#define CC_LOADER_LOG_SINK_H_

#include <functional>
#include <string_view>

namespace lczero {

// Takes one line, without its newline. Called from any of the loader's
// threads, possibly from several at once; should return soon.
using LogSink = std::function<void(std::string_view line)>;

// Writes `loader: LINE` to stderr, each line in one piece.
void LogToStderr(std::string_view line);

}  // namespace lczero

#endif  // CC_LOADER_LOG_SINK_H_
