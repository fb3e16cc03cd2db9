#include "cc/files/writer_check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace lczero {

WriterState CheckWriter(const std::string& path) {
  const int descriptor =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return WriterState::kUnknown;
  WriterState state = WriterState::kUnknown;
  // Without F_SETSIG it would be SIGIO, which ends a process by default.
  if (::fcntl(descriptor, F_SETSIG, SIGURG) == 0) {
    if (::fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0) {
      state = WriterState::kNone;
      ::fcntl(descriptor, F_SETLEASE, F_UNLCK);
    } else if (errno == EAGAIN) {
      state = WriterState::kWriting;
    }
  }
  ::close(descriptor);
  return state;
}

}  // namespace lczero
