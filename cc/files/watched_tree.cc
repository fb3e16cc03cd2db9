#include "cc/files/watched_tree.h"

#include <errno.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "cc/base/hash.h"
#include "cc/base/utf8.h"
#include "cc/files/sort_key.h"
#include "cc/files/writer_check.h"

namespace lczero {

namespace {

namespace fs = std::filesystem;

constexpr uint32_t kFolderMask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE |
                                 IN_DELETE | IN_MOVED_FROM | IN_MOVE_SELF |
                                 IN_ONLYDIR;

std::string Join(const std::string& folder, const std::string& name) {
  return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

std::optional<struct stat> Status(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

bool IsSymlink(const std::string& path) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

FileIdentity Identity(const struct stat& status) {
  return {.device = status.st_dev, .inode = status.st_ino};
}

uint64_t VersionHash(const struct stat& status) {
  uint64_t hash = HashCombine(status.st_dev, status.st_ino);
  hash = HashCombine(hash, static_cast<uint64_t>(status.st_size));
  hash = HashCombine(hash, static_cast<uint64_t>(status.st_mtim.tv_sec));
  return HashCombine(hash, static_cast<uint64_t>(status.st_mtim.tv_nsec));
}

std::string Reason(int error_number) {
  return std::generic_category().message(error_number);
}

// Whether a folder that could not be watched is left alone: it is no longer
// there, or it is the root, whose owner tries again. Others are scanned once.
bool IsFatal(int watch, bool is_root) {
  if (watch >= 0 || watch == -ENOSPC) return false;
  return is_root || watch == -ENOENT || watch == -ENOTDIR || watch == -ELOOP;
}

// Whether a name that was just created leads to a file that nobody has yet to
// write: a link of either kind, or one that was written before it got its name.
bool IsWholeAtOnce(const std::string& path) {
  if (IsSymlink(path)) return true;
  const std::optional<struct stat> status = Status(path);
  if (!status) return false;
  return status->st_nlink > 1 ||
         (status->st_size > 0 && CheckWriter(path) == WriterState::kNone);
}

bool NewestFirst(const FilePath& a, const FilePath& b) {
  return a.name() != b.name() ? a.name() > b.name()
                              : a.ToString() > b.ToString();
}

}  // namespace

int WatchedTree::Attach() {
  if (const int error_number = WatchFolder(root_); error_number != 0) {
    return error_number;
  }
  Scan(root_);
  return 0;
}

bool WatchedTree::IsAttached() const {
  const auto root = folders_.find(root_);
  return root != folders_.end() && IsStillThere(root_, root->second);
}

void WatchedTree::Detach() {
  while (!folders_.empty()) ForgetOne(folders_.begin());
}

void WatchedTree::Rescan() {
  std::vector<std::string> gone;
  for (const auto& [path, folder] : folders_) {
    if (!IsStillThere(path, folder)) gone.push_back(path);
  }
  for (const std::string& path : gone) Forget(path);
  Scan(root_);
}

void WatchedTree::Scan(const std::string& path) {
  std::vector<std::string> todo = {path};
  std::vector<FilePath> found;
  while (!todo.empty() && !inotify_.IsStopped()) {
    const std::string next = std::move(todo.back());
    todo.pop_back();
    ScanFolder(next, todo, found);
  }
  std::ranges::sort(found, NewestFirst);
  std::ranges::move(found, std::back_inserter(news_.files));
}

void WatchedTree::ScanFolder(const std::string& path,
                             std::vector<std::string>& todo,
                             std::vector<FilePath>& found) {
  if (WatchFolder(path) != 0) return;
  Folder& folder = folders_.at(path);
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    if (inotify_.IsStopped()) return;
    const std::string name = entry->path().filename();
    const std::string child = Join(path, name);
    std::error_code ignored;
    if (IsDataFileName(name) && IsNewAndComplete(child, folder)) {
      found.emplace_back(folder.path, name);
    } else if (!name.starts_with('.') &&
               entry->symlink_status(ignored).type() ==
                   fs::file_type::directory) {
      todo.push_back(child);
    }
  }
  if (error && error.value() != ENOENT) {
    news_.notices.push_back("cannot list folder " + path + ": " +
                            error.message() +
                            "; its files are not used. Check its permissions.");
  }
}

// 0 when the folder is in folders_ afterwards, else the errno.
int WatchedTree::WatchFolder(const std::string& path) {
  const uint32_t follow = path == root_ ? 0 : IN_DONT_FOLLOW;
  const int watch = inotify_.Watch(path, kFolderMask | follow);
  const std::optional<struct stat> status = Status(path);
  if (!status) return errno;
  if (IsFatal(watch, path == root_)) return -watch;
  if (watch < 0 && !std::exchange(told_watch_limit_, true)) {
    news_.notices.push_back(
        "cannot watch folder " + path +
        " (and perhaps others): " + Reason(-watch) +
        "; files that arrive there later are not seen. If it is a matter of "
        "space, raise fs.inotify.max_user_watches.");
  }
  const auto known = path_by_watch_.find(watch);
  if (watch >= 0 && known != path_by_watch_.end() && known->second != path) {
    // The folder was renamed within the tree: its watch went with it.
    folders_.erase(known->second);
  }
  const auto place = folders_.find(path);
  if (place != folders_.end() && place->second.watch == watch) return 0;
  if (place != folders_.end()) ForgetOne(place);
  folders_.emplace(path, Folder{.watch = watch,
                                .identity = Identity(*status),
                                .path = FilePath(std::string_view(path)),
                                .told = {}});
  if (watch >= 0) path_by_watch_[watch] = path;
  return 0;
}

bool WatchedTree::IsStillThere(const std::string& path, const Folder& folder) {
  const std::optional<struct stat> status = Status(path);
  return status && Identity(*status) == folder.identity;
}

// The folder and all that is below it.
void WatchedTree::Forget(const std::string& path) {
  const std::string below = Join(path, "");
  for (auto place = folders_.lower_bound(path);
       place != folders_.end() &&
       (place->first == path || place->first.starts_with(path));) {
    const auto current = place++;
    if (current->first == path || current->first.starts_with(below)) {
      ForgetOne(current);
    }
  }
}

void WatchedTree::ForgetOne(Folders::iterator place) {
  const int watch = place->second.watch;
  if (watch >= 0 && path_by_watch_.erase(watch) > 0) inotify_.Unwatch(watch);
  folders_.erase(place);
}

void WatchedTree::Handle(const InotifyEvent& event) {
  const auto known = path_by_watch_.find(event.watch);
  if (known == path_by_watch_.end()) return;
  const std::string folder_path = known->second;
  Folder& folder = folders_.at(folder_path);
  if ((event.mask & IN_IGNORED) != 0) {
    Forget(folder_path);
  } else if ((event.mask & IN_MOVE_SELF) != 0) {
    if (!IsStillThere(folder_path, folder)) Forget(folder_path);
  } else if ((event.mask & IN_ISDIR) == 0) {
    HandleFile(Join(folder_path, event.name), folder, event);
  } else if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0 &&
             !event.name.starts_with('.')) {
    Scan(Join(folder_path, event.name));
  }
}

void WatchedTree::HandleFile(const std::string& path, Folder& folder,
                             const InotifyEvent& event) {
  if (!IsDataFileName(event.name)) return;
  if ((event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
    ForgetFile(path, folder);
    return;
  }
  if ((event.mask & IN_CREATE) != 0 && !IsWholeAtOnce(path)) return;
  if (IsNewAndComplete(path, folder)) {
    news_.files.emplace_back(folder.path, event.name);
  }
}

// Remembers the version if so.
bool WatchedTree::IsNewAndComplete(const std::string& path, Folder& folder) {
  const std::optional<struct stat> status = Status(path);
  if (!status || !S_ISREG(status->st_mode)) return false;
  const uint64_t name = HashBytes(SortKey(path));
  const uint64_t version = VersionHash(*status);
  if (folder.told.Find(name) == version) return false;
  // The end of writing to a link's target is not told here: waiting for it
  // could be for ever.
  if (!IsSymlink(path) && CheckWriter(path) == WriterState::kWriting) {
    written_.insert(path);
    return false;
  }
  folder.told.Set(name, version);
  if (!IsUtf8(SortKey(path))) {
    news_.notices.push_back(
        "file " + path +
        ": the name is not UTF-8, so that no anchor can remember it; not used. "
        "Rename it.");
    return false;
  }
  return true;
}

void WatchedTree::LookAgain() {
  for (const std::string& path : std::exchange(written_, {})) {
    const auto folder = FolderOf(path);
    if (folder != folders_.end() && IsNewAndComplete(path, folder->second)) {
      news_.files.emplace_back(folder->second.path, SortKey(path));
    }
  }
}

// Undoes Join.
WatchedTree::Folders::iterator WatchedTree::FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const auto folder = folders_.find(path.substr(0, slash));
  return folder != folders_.end() ? folder
                                  : folders_.find(path.substr(0, slash + 1));
}

// Unless another file has taken the name in the meantime: that one has been
// told, and its own events will be found old.
void WatchedTree::ForgetFile(const std::string& path, Folder& folder) {
  if (!Status(path)) folder.told.Erase(HashBytes(SortKey(path)));
}

}  // namespace lczero
