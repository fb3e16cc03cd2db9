#include "cc/loader/log_sink.h"

#include <cstdio>
#include <string>

namespace lczero {

void LogToStderr(std::string_view line) {
  std::string text = "loader: ";
  text += line;
  text += '\n';
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace lczero
