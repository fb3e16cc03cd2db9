#include "cc/files/inotify.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <system_error>

namespace lczero {

namespace {

std::unexpected<Error> SystemError(const std::string& what, int error_number) {
  return MakeError(ErrorCode::kIo,
                   what + ": " + std::generic_category().message(error_number));
}

std::vector<InotifyEvent> Unpack(const char* bytes, size_t size) {
  std::vector<InotifyEvent> events;
  for (size_t at = 0; at + sizeof(inotify_event) <= size;) {
    inotify_event event = {};
    std::memcpy(&event, bytes + at, sizeof(event));
    at += sizeof(event);
    // The kernel fills the name up with NULs; without one it has no bytes.
    const std::string name =
        event.len > 0 ? std::string(bytes + at) : std::string();
    events.push_back({.watch = event.wd, .mask = event.mask, .name = name});
    at += event.len;
  }
  return events;
}

}  // namespace

Result<std::unique_ptr<Inotify>> Inotify::Create() {
  const int events = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (events < 0) {
    return SystemError(
        "cannot watch folders (inotify); fs.inotify.max_user_instances may be "
        "used up",
        errno);
  }
  const int wake_up = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_up < 0) {
    const int error_number = errno;
    ::close(events);
    return SystemError("cannot make an eventfd", error_number);
  }
  return std::unique_ptr<Inotify>(new Inotify(events, wake_up));
}

Inotify::~Inotify() {
  ::close(events_);
  ::close(wake_up_);
}

int Inotify::Watch(const std::string& path, uint32_t mask) {
  const int watch = ::inotify_add_watch(events_, path.c_str(), mask);
  return watch < 0 ? -errno : watch;
}

void Inotify::Unwatch(int watch) { ::inotify_rm_watch(events_, watch); }

Result<std::vector<InotifyEvent>> Inotify::Wait(
    std::optional<std::chrono::milliseconds> longest) {
  std::array<pollfd, 2> waits = {{
      {.fd = events_, .events = POLLIN, .revents = 0},
      {.fd = wake_up_, .events = POLLIN, .revents = 0},
  }};
  const int timeout = longest ? static_cast<int>(longest->count()) : -1;
  if (::poll(waits.data(), waits.size(), timeout) < 0 && errno != EINTR) {
    return SystemError("cannot wait for inotify", errno);
  }
  if (stopped_) {
    return MakeError(ErrorCode::kCancelled, "the file discovery was stopped");
  }
  std::array<char, 1 << 16> buffer;
  const ssize_t size = ::read(events_, buffer.data(), buffer.size());
  if (size >= 0) return Unpack(buffer.data(), static_cast<size_t>(size));
  if (errno == EAGAIN || errno == EINTR) return std::vector<InotifyEvent>();
  return SystemError("cannot read from inotify", errno);
}

void Inotify::Stop() {
  stopped_ = true;
  // Never read again: from now on every poll returns at once.
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_up_, &one, sizeof(one));
}

}  // namespace lczero
