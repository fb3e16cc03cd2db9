#include "cc/loader/log_sink.h"

#include <cstdio>

namespace lczero {

void LogToStderr(LogLevel /*level*/, std::string_view text) {
  std::string line = "loader: ";
  line += text;
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace lczero
