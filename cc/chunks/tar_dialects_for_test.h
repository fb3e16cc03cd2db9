// For tests: the same games as an archive of each dialect.
//
// Threads: pure functions.
#ifndef CC_CHUNKS_TAR_DIALECTS_FOR_TEST_H_
#define CC_CHUNKS_TAR_DIALECTS_FOR_TEST_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "cc/chunks/tar_archive_for_test.h"

namespace lczero {

enum class TarDialect {
  kUstar,
  kOldStyle,
  kGnuLongNames,
  kPax,
  kGlobalPax,
  kBase256,
  kUnnamed,  // Members whose names do not end in .gz.
  kWithoutEnd,
};
inline constexpr size_t kTarDialects =
    static_cast<size_t>(TarDialect::kWithoutEnd) + 1;

inline TarBlockForTest OldStyleBlock(std::string_view name, size_t size) {
  TarBlockForTest block = UstarBlock(name, size, '\0');
  return block.Put(257, std::string(8, '\0')).Seal();
}

inline TarBlockForTest Base256Block(std::string_view name, size_t size) {
  std::string number(12, '\0');
  number[0] = '\x80';
  for (size_t i = 0; i < 8; ++i) {
    number[11 - i] = static_cast<char>(size >> (8 * i));
  }
  return UstarBlock(name, 0).Put(124, number).Seal();
}

// "LENGTH KEY=VALUE\n"; the length counts itself.
inline std::string PaxRecord(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  const size_t digits = rest.size() + 2 < 100 ? 2 : 3;
  return std::to_string(rest.size() + digits) + rest;
}

inline void AddMember(TarDialect dialect, const std::string& number,
                      const std::string& content, TarArchiveForTest& tar) {
  const std::string name = "run/" + number + ".gz";
  switch (dialect) {
    case TarDialect::kOldStyle:
      tar.Block(OldStyleBlock(name, content.size())).Data(content);
      break;
    case TarDialect::kGnuLongNames: {
      const std::string long_name = std::string(120, 'f') + "/" + name;
      tar.Block(UstarBlock("././@LongLink", long_name.size(), 'L'));
      tar.Data(long_name).File("cut off", content);
      break;
    }
    case TarDialect::kPax:
      tar.Pax('x', PaxRecord("size", std::to_string(content.size())) +
                       PaxRecord("path", name));
      tar.File("x", content);
      break;
    case TarDialect::kBase256:
      tar.Block(Base256Block(name, content.size())).Data(content);
      break;
    case TarDialect::kUnnamed:
      tar.File("run/" + number, content);
      break;
    default:
      tar.File(name, content);
  }
}

// Members 0, 1, ... with these contents, behind a licence.
inline std::string TarOf(TarDialect dialect,
                         std::span<const std::string> contents) {
  TarArchiveForTest tar;
  if (dialect == TarDialect::kGlobalPax) {
    tar.Pax('g', PaxRecord("comment", "an hour of games"));
  }
  tar.File("LICENSE", "ODbL");
  size_t number = 0;
  for (const std::string& content : contents) {
    AddMember(dialect, std::to_string(number++), content, tar);
  }
  if (dialect != TarDialect::kWithoutEnd) tar.End();
  return tar.bytes();
}

}  // namespace lczero

#endif  // CC_CHUNKS_TAR_DIALECTS_FOR_TEST_H_
