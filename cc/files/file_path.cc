#include "cc/files/file_path.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <new>

#include "cc/base/check.h"

namespace lczero {

// The name's bytes lie behind it.
struct FilePath::Node {
  FilePath folder;
  uint32_t length;
  mutable std::atomic<uint32_t> owners = 1;
};

const FilePath::Node* FilePath::MakeNode(FilePath folder,
                                         std::string_view name) {
  LC_CHECK(name.size() <= UINT32_MAX, "no system has such a name");
  char* const block =
      static_cast<char*>(::operator new(sizeof(Node) + name.size()));
  std::ranges::copy(name, block + sizeof(Node));
  return new (block) Node{.folder = std::move(folder),
                          .length = static_cast<uint32_t>(name.size())};
}

// What stands before the name is a node of its own, '/' included.
FilePath::FilePath(std::string_view path) {
  const size_t begin = path.rfind('/') + 1;
  FilePath folder;
  if (begin > 0) folder.node_ = MakeNode({}, path.substr(0, begin));
  node_ = MakeNode(std::move(folder), path.substr(begin));
}

FilePath::FilePath(const FilePath& other) : node_(other.node_) {
  if (node_ != nullptr) {
    node_->owners.fetch_add(1, std::memory_order_relaxed);
  }
}

FilePath::~FilePath() {
  if (node_ == nullptr) return;
  // Whoever frees it has seen all that the others did with it.
  if (node_->owners.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  node_->~Node();
  ::operator delete(const_cast<Node*>(node_));
}

std::string_view FilePath::name() const {
  if (node_ == nullptr) return {};
  return {reinterpret_cast<const char*>(node_ + 1), node_->length};
}

std::string FilePath::ToString() const {
  std::string text;
  AppendTo(text);
  return text;
}

void FilePath::AppendTo(std::string& text) const {
  if (node_ == nullptr) return;
  node_->folder.AppendTo(text);
  if (!text.empty() && !text.ends_with('/')) text += '/';
  text += name();
}

}  // namespace lczero
