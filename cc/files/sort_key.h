// The sort key of a data file: its base name. Keys sort lexically in time
// order; an anchor remembers one.
#ifndef CC_FILES_SORT_KEY_H_
#define CC_FILES_SORT_KEY_H_

#include <string_view>

namespace lczero {

// What follows the last '/' of `path`; a view into it.
inline std::string_view SortKey(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// Whether a file of this base name is data: *.tar or *.gz, and neither hidden
// nor temporary (a leading '.', '~' or '#', or a stem that ends in .tmp, .part
// or .partial).
bool IsDataFileName(std::string_view base_name);

}  // namespace lczero

#endif  // CC_FILES_SORT_KEY_H_
