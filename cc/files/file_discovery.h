// Finds data files in a directory tree: what is there, then what arrives.
//
// Purpose:   one call after the other returns each *.tar and *.gz file (names:
//            IsDataFileName) once: those of the first scan newest first (by
//            sort key), then, woken by inotify, every later one. A file that is
//            replaced, or written again, is returned again: a new version.
//            Names in hidden folders are not looked at. Symbolic links to files
//            are followed, those to folders are not (the root excepted).
// Complete:  a file counts when its writer has closed it (IN_CLOSE_WRITE), or
//            when it is moved, linked or hard-linked into place. A file met by
//            a scan counts as it stands, unless the kernel can tell that
//            someone has it open for writing; then it is returned when that
//            writer closes it, at the latest a second later where no event
//            says so. Where the kernel cannot tell (files of another
//            user, network file systems), it is returned as it stands, and once
//            more when it is closed. A rewrite in place that keeps the size
//            within one tick of the file system's clock is not seen as new.
// The root:  may not exist yet, or vanish: that is told once, as a Notice, and
//            then waited for. Renaming a folder above its parent is noticed
//            only with the next event below.
// Threads:   Next belongs to one thread; Stop may be called from any.
// Blocking:  Next waits, in poll(), without bound. Nothing is looked for by
//            polling, only files with a writer are looked at again: changes
//            that another host makes on a network file system are not seen by
//            inotify.
// Shutdown:  Stop() ends the current and every later Next with kCancelled, also
//            in the middle of a scan. Idempotent.
// Errors:    kIo from Create only, when the system gives no inotify instance.
//            Trouble with single folders is a Notice and is survived.
#ifndef CC_FILES_FILE_DISCOVERY_H_
#define CC_FILES_FILE_DISCOVERY_H_

#include <memory>
#include <string>
#include <variant>

#include "cc/base/error.h"
#include "cc/files/file_path.h"

namespace lczero {

// A data file, complete as far as can be known.
struct FoundFile {
  // The root's path as configured, and what is below; its name is the sort key.
  FilePath path;
};

// The first scan is over; comes once, after its files. As long as the root does
// not exist there is no scan that could be over.
struct FirstScanDone {};

// Something a person should know, in words; the search goes on.
struct Notice {
  std::string message;
};

using DiscoveryEvent = std::variant<FoundFile, FirstScanDone, Notice>;

class FileDiscovery {
 public:
  // `directory` is the root of the tree.
  static Result<std::unique_ptr<FileDiscovery>> Create(std::string directory);

  ~FileDiscovery();
  FileDiscovery(const FileDiscovery&) = delete;
  FileDiscovery& operator=(const FileDiscovery&) = delete;

  // The next thing to tell. kCancelled after Stop().
  Result<DiscoveryEvent> Next();

  void Stop();

 private:
  class Impl;
  explicit FileDiscovery(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace lczero

#endif  // CC_FILES_FILE_DISCOVERY_H_
