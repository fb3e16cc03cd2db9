// A directory tree under inotify: which data files in it are new.
//
// Purpose:   keeps a watch on every folder of the tree and remembers the
//            version of every data file that it has told of. Each way to hear
//            of a file (scan, event, rescan) ends in the same question: is this
//            version new, and is it complete? So whatever is looked at twice is
//            told once.
// Races:     a folder is watched before it is listed. An event is only a hint:
//            what counts is what the file system says when it is handled. The
//            kernel tells of a close before it counts the writer off, so a file
//            that seems to be written still has to be looked at again.
// Memory:    some 22 bytes a file, for as long as the file is there.
// Threads:   one, but for `inotify.Stop()`, which ends a scan early.
// Contract:  of files and completeness, see file_discovery.h.
#ifndef CC_FILES_WATCHED_TREE_H_
#define CC_FILES_WATCHED_TREE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cc/files/file_path.h"
#include "cc/files/inotify.h"
#include "cc/files/random_access.h"
#include "cc/files/version_table.h"

namespace lczero {

class WatchedTree {
 public:
  // What calls have found out, in the order in which to tell it.
  struct News {
    std::vector<FilePath> files;
    std::vector<std::string> notices;  // For people.
  };

  // `inotify` must outlive the tree; `root` need not exist.
  WatchedTree(Inotify& inotify, std::string root)
      : inotify_(inotify), root_(std::move(root)) {}

  // Watches and scans the tree if its root exists; files newest first. 0, or
  // the errno that says why there is no root.
  int Attach();

  // Whether the root is watched and still what its path leads to.
  bool IsAttached() const;

  // Whether this watch is one of the tree's.
  bool Owns(int watch) const { return path_by_watch_.contains(watch); }

  // Drops every watch and all memory of files.
  void Detach();

  // Handles an event; those that belong to other watches are ignored.
  void Handle(const InotifyEvent& event);

  // Looks at everything again, after events were lost.
  void Rescan();

  // Whether there are files that someone seems to be writing.
  bool HasWriters() const { return !written_.empty(); }

  // Looks at those again.
  void LookAgain();

  // Takes the news that came up since the last call.
  News TakeNews() { return std::exchange(news_, {}); }

 private:
  struct Folder {
    int watch;  // Negative: the system would not watch it.
    FileIdentity identity;
    // That of its files.
    FilePath path;
    // The version last told of each file.
    VersionTable told;
  };
  using Folders = std::map<std::string, Folder>;

  void Scan(const std::string& path);
  void ScanFolder(const std::string& path, std::vector<std::string>& todo,
                  std::vector<FilePath>& found);
  int WatchFolder(const std::string& path);
  static bool IsStillThere(const std::string& path, const Folder& folder);
  void Forget(const std::string& path);
  void ForgetOne(Folders::iterator place);
  void HandleFile(const std::string& path, Folder& folder,
                  const InotifyEvent& event);
  bool IsNewAndComplete(const std::string& path, Folder& folder);
  Folders::iterator FolderOf(const std::string& path);
  static void ForgetFile(const std::string& path, Folder& folder);

  Inotify& inotify_;
  const std::string root_;
  Folders folders_;
  std::unordered_map<int, std::string> path_by_watch_;
  // Paths of files with writers.
  std::set<std::string> written_;
  bool told_watch_limit_ = false;
  News news_;
};

}  // namespace lczero

#endif  // CC_FILES_WATCHED_TREE_H_
