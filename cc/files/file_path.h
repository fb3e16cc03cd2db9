// The path of one of very many files, in little memory.
//
// Purpose:   a folder and a name in it, kept once for all copies of a path; the
//            folder, once for all files in it. A copy is one pointer. A file
//            takes its name, 16 bytes and what the allocator adds.
// Threads:   a plain value. Copies, and paths of one folder, may be used and
//            dropped by different threads.
#ifndef CC_FILES_FILE_PATH_H_
#define CC_FILES_FILE_PATH_H_

#include <string>
#include <string_view>
#include <utility>

namespace lczero {

class FilePath {
 public:
  // The empty path.
  FilePath() = default;
  // ToString() gives `path` back, to the byte.
  explicit FilePath(std::string_view path);
  // `name`, without a '/', in `folder`.
  FilePath(FilePath folder, std::string_view name)
      : node_(MakeNode(std::move(folder), name)) {}

  ~FilePath();
  FilePath(const FilePath& other);
  FilePath(FilePath&& other) noexcept
      : node_(std::exchange(other.node_, nullptr)) {}
  FilePath& operator=(FilePath other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }

  // SortKey(ToString()); lives as long as any copy.
  std::string_view name() const;
  std::string ToString() const;

 private:
  struct Node;
  static const Node* MakeNode(FilePath folder, std::string_view name);
  void AppendTo(std::string& text) const;

  // Null: the empty path.
  const Node* node_ = nullptr;
};

}  // namespace lczero

#endif  // CC_FILES_FILE_PATH_H_
