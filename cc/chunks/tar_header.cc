#include "cc/chunks/tar_header.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace lczero {

namespace {

// Offset and length of the header's fields.
constexpr size_t kNameAt = 0, kNameBytes = 100;
constexpr size_t kSizeAt = 124, kSizeBytes = 12;
constexpr size_t kChecksumAt = 148, kChecksumBytes = 8;
constexpr size_t kTypeAt = 156;
constexpr size_t kMagicAt = 257;
constexpr size_t kPrefixAt = 345, kPrefixBytes = 155;

// GNU tar writes "ustar  " and uses the prefix field for other things.
constexpr std::string_view kPosixMagic("ustar\0", 6);

std::string_view Field(TarBlock block, size_t offset, size_t length) {
  return {reinterpret_cast<const char*>(block.data()) + offset, length};
}

// Up to the first NUL.
std::string_view Text(std::string_view field) {
  return field.substr(0, field.find('\0'));
}

// Octal digits, with spaces before and spaces or NULs after; a blank field is
// 0.
std::optional<uint64_t> ParseOctal(std::string_view field) {
  const size_t begin = std::min(field.find_first_not_of(' '), field.size());
  const size_t end = std::min(
      field.find_first_of(std::string_view(" \0", 2), begin), field.size());
  if (begin == end) return 0;
  uint64_t value = 0;
  const char* const last = field.data() + end;
  const auto result = std::from_chars(field.data() + begin, last, value, 8);
  if (result.ec != std::errc() || result.ptr != last) return std::nullopt;
  return value;
}

// GNU's form for large numbers: big-endian after a first byte of 0x80 (0xff
// begins a negative one).
std::optional<uint64_t> ParseBase256(std::string_view field) {
  uint64_t value = static_cast<unsigned char>(field[0]) & 0x7f;
  for (const char c : field.substr(1)) {
    if (value > std::numeric_limits<uint64_t>::max() >> 9) return std::nullopt;
    value = value << 8 | static_cast<unsigned char>(c);
  }
  return value;
}

std::optional<uint64_t> ParseNumber(std::string_view field) {
  const bool is_base256 = (static_cast<unsigned char>(field[0]) & 0x80) != 0;
  return is_base256 ? ParseBase256(field) : ParseOctal(field);
}

// The sum of all bytes, the checksum's own counted as spaces. Some old writers
// summed signed bytes.
bool ChecksumMatches(TarBlock block) {
  const std::optional<uint64_t> stored =
      ParseOctal(Field(block, kChecksumAt, kChecksumBytes));
  if (!stored) return false;
  int64_t sum = 0, signed_sum = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    const bool in_checksum = i - kChecksumAt < kChecksumBytes;
    const uint8_t byte =
        in_checksum ? uint8_t{' '} : std::to_integer<uint8_t>(block[i]);
    sum += byte;
    signed_sum += static_cast<int8_t>(byte);
  }
  return *stored == static_cast<uint64_t>(sum) ||
         *stored == static_cast<uint64_t>(signed_sum);
}

std::string FullName(TarBlock block) {
  std::string name(Text(Field(block, kNameAt, kNameBytes)));
  if (Field(block, kMagicAt, kPosixMagic.size()) != kPosixMagic) return name;
  const std::string prefix(Text(Field(block, kPrefixAt, kPrefixBytes)));
  return prefix.empty() ? name : prefix + "/" + name;
}

std::optional<uint64_t> ParseDecimal(std::string_view text) {
  uint64_t value = 0;
  const char* const last = text.data() + text.size();
  const auto result = std::from_chars(text.data(), last, value);
  if (result.ec != std::errc() || result.ptr != last) return std::nullopt;
  return value;
}

bool AddPaxRecord(std::string_view key, std::string_view value,
                  PaxOverrides& overrides) {
  if (key == "path") overrides.path = std::string(value);
  if (key != "size") return true;
  const std::optional<uint64_t> size = ParseDecimal(value);
  if (!size) return false;
  overrides.size = size;
  return true;
}

}  // namespace

bool IsZeroBlock(TarBlock block) {
  return std::ranges::all_of(
      block, [](std::byte byte) { return byte == std::byte{}; });
}

std::optional<TarHeader> ParseTarHeader(TarBlock block) {
  if (IsZeroBlock(block) || !ChecksumMatches(block)) return std::nullopt;
  const std::optional<uint64_t> size =
      ParseNumber(Field(block, kSizeAt, kSizeBytes));
  if (!size) return std::nullopt;
  return TarHeader{.name = FullName(block),
                   .size = *size,
                   .type = static_cast<char>(block[kTypeAt])};
}

// A record is "LENGTH KEY=VALUE\n"; LENGTH counts all of it, itself included.
bool ParsePaxRecords(std::string_view content, PaxOverrides& overrides) {
  while (!content.empty() && content[0] != '\0') {
    const size_t space = content.find(' ');
    if (space == std::string_view::npos) return false;
    const std::optional<uint64_t> length =
        ParseDecimal(content.substr(0, space));
    if (!length || *length > content.size() || *length < space + 2) {
      return false;
    }
    if (content[*length - 1] != '\n') return false;
    const std::string_view record =
        content.substr(space + 1, *length - space - 2);
    const size_t equals = record.find('=');
    if (equals == std::string_view::npos) return false;
    if (!AddPaxRecord(record.substr(0, equals), record.substr(equals + 1),
                      overrides)) {
      return false;
    }
    content.remove_prefix(*length);
  }
  return true;
}

}  // namespace lczero
