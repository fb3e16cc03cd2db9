#include "cc/files/sort_key.h"

#include <algorithm>
#include <array>

namespace lczero {

namespace {

constexpr std::array<std::string_view, 3> kTemporaryEndings = {".tmp", ".part",
                                                               ".partial"};

bool IsTemporaryStem(std::string_view stem) {
  return std::ranges::any_of(kTemporaryEndings, [stem](std::string_view end) {
    return stem.ends_with(end);
  });
}

}  // namespace

bool IsDataFileName(std::string_view base_name) {
  if (base_name.empty() || std::string_view(".~#").contains(base_name[0])) {
    return false;
  }
  for (const std::string_view extension : {".tar", ".gz"}) {
    if (!base_name.ends_with(extension)) continue;
    base_name.remove_suffix(extension.size());
    return !IsTemporaryStem(base_name);
  }
  return false;
}

}  // namespace lczero
