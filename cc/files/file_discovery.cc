#include "cc/files/file_discovery.h"

#include <errno.h>
#include <sys/inotify.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "cc/files/inotify.h"
#include "cc/files/watched_tree.h"

namespace lczero {

namespace {

namespace fs = std::filesystem;

// IN_MASK_ADD: the folder above may, through a link, be one of the tree's.
constexpr uint32_t kAboveMask = IN_CREATE | IN_MOVED_TO | IN_DELETE |
                                IN_MOVED_FROM | IN_ATTRIB | IN_MOVE_SELF |
                                IN_ONLYDIR | IN_MASK_ADD;

// Between two looks at files with writers.
constexpr std::chrono::milliseconds kLeastPatience{1};
constexpr std::chrono::milliseconds kMostPatience{1000};

fs::path Normalised(const std::string& directory) {
  fs::path path = fs::absolute(directory).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path;
}

}  // namespace

// A folder above the root is watched all the time: the deepest that exists
// while the root is awaited, and its parent from then on, to notice a new root.
class FileDiscovery::Impl {
 public:
  Impl(std::unique_ptr<Inotify> inotify, std::string root)
      : inotify_(std::move(inotify)),
        root_(std::move(root)),
        normal_root_(Normalised(root_)),
        tree_(*inotify_, root_) {}

  Result<DiscoveryEvent> Next();
  void Stop() { inotify_->Stop(); }

 private:
  void Attach();
  void WatchAbove();
  Result<void> WaitAndHandle();
  void Handle(const InotifyEvent& event);
  void TellMissing(int error_number);
  void TakeNews();

  const std::unique_ptr<Inotify> inotify_;
  const std::string root_;
  const fs::path normal_root_;
  WatchedTree tree_;
  std::deque<DiscoveryEvent> ready_;
  bool attached_ = false;
  bool told_missing_ = false;
  bool told_first_scan_ = false;
  std::chrono::milliseconds patience_ = kLeastPatience;
  int above_ = -1;
  // Which folder `above_` watches.
  fs::path above_path_;
};

Result<DiscoveryEvent> FileDiscovery::Impl::Next() {
  while (!inotify_->IsStopped()) {
    if (!ready_.empty()) {
      DiscoveryEvent event = std::move(ready_.front());
      ready_.pop_front();
      return event;
    }
    if (!attached_) Attach();
    if (!ready_.empty()) continue;
    if (Result<void> handled = WaitAndHandle(); !handled) {
      return std::unexpected(handled.error());
    }
  }
  return MakeError(ErrorCode::kCancelled, "the file discovery was stopped");
}

// First the watch above, then the look at the root: whatever appears after the
// look makes an event. If the watch moved down meanwhile, it looks again.
void FileDiscovery::Impl::Attach() {
  int error_number = 0;
  fs::path watched;
  do {
    WatchAbove();
    watched = above_path_;
    error_number = tree_.Attach();
    WatchAbove();
  } while (watched != above_path_);
  attached_ = error_number == 0;
  TakeNews();
  if (!attached_) return TellMissing(error_number);
  told_missing_ = false;
  if (!std::exchange(told_first_scan_, true)) {
    ready_.push_back(FirstScanDone());
  }
}

void FileDiscovery::Impl::WatchAbove() {
  fs::path path = normal_root_.parent_path();
  int watch = inotify_->Watch(path, kAboveMask);
  while (watch < 0 && path != path.parent_path()) {
    path = path.parent_path();
    watch = inotify_->Watch(path, kAboveMask);
  }
  if (above_ >= 0 && above_ != watch && !tree_.Owns(above_)) {
    inotify_->Unwatch(above_);
  }
  above_ = watch;
  above_path_ = std::move(path);
}

Result<void> FileDiscovery::Impl::WaitAndHandle() {
  const Result<std::vector<InotifyEvent>> events = inotify_->Wait(
      tree_.HasWriters() ? std::optional(patience_) : std::nullopt);
  if (!events) return std::unexpected(events.error());
  // Soon after something has happened, then ever more rarely.
  patience_ =
      events->empty() ? std::min(2 * patience_, kMostPatience) : kLeastPatience;
  for (const InotifyEvent& event : *events) {
    if (inotify_->IsStopped()) break;
    Handle(event);
  }
  tree_.LookAgain();
  TakeNews();
  return {};
}

void FileDiscovery::Impl::Handle(const InotifyEvent& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    if (attached_) tree_.Rescan();
  } else {
    tree_.Handle(event);
  }
  const bool is_about_root = event.watch != above_ ||
                             event.name == normal_root_.filename() ||
                             event.name.empty();
  if (attached_ && is_about_root && !tree_.IsAttached()) {
    tree_.Detach();
    attached_ = false;
  }
}

void FileDiscovery::Impl::TellMissing(int error_number) {
  if (std::exchange(told_missing_, true)) return;
  ready_.push_back(Notice{
      "folder " + root_ +
      " cannot be read: " + std::generic_category().message(error_number) +
      "; waiting for it. Check data_loader's file_discovery.directory "
      "if it should be there."});
}

void FileDiscovery::Impl::TakeNews() {
  WatchedTree::News news = tree_.TakeNews();
  for (std::string& message : news.notices) {
    ready_.push_back(Notice{std::move(message)});
  }
  for (FilePath& path : news.files) {
    ready_.push_back(FoundFile{.path = std::move(path)});
  }
}

Result<std::unique_ptr<FileDiscovery>> FileDiscovery::Create(
    std::string directory) {
  Result<std::unique_ptr<Inotify>> inotify = Inotify::Create();
  if (!inotify) return std::unexpected(inotify.error());
  return std::unique_ptr<FileDiscovery>(new FileDiscovery(
      std::make_unique<Impl>(*std::move(inotify), std::move(directory))));
}

FileDiscovery::FileDiscovery(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

FileDiscovery::~FileDiscovery() = default;

Result<DiscoveryEvent> FileDiscovery::Next() { return impl_->Next(); }

void FileDiscovery::Stop() { impl_->Stop(); }

}  // namespace lczero
