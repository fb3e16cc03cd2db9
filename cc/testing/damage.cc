#include "cc/testing/damage.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace lczero::testing {
namespace {

using Bytes = std::vector<std::byte>;

constexpr size_t kBlock = 512;
constexpr size_t kSizeAt = 124, kSizeBytes = 12;
constexpr size_t kChecksumAt = 148, kChecksumBytes = 8;

std::byte RandomByte(Random& random) {
  return static_cast<std::byte>(random.Next() & 0xff);
}

// A piece [begin, end) of `size` bytes; mostly a short one.
struct Piece {
  size_t begin;
  size_t end;
};
Piece RandomPiece(size_t size, Random& random) {
  const size_t begin = random.Below(size + 1);
  const uint64_t most = random.Below(3) == 0 ? size : 40;
  return {begin, std::min<size_t>(size, begin + random.Below(most + 1))};
}

void Insert(Bytes& bytes, size_t place, std::span<const std::byte> more) {
  bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(place), more.begin(),
               more.end());
}

void Reorder(Bytes& bytes, Random& random) {
  const size_t blocks = bytes.size() / kBlock;
  if (blocks < 2) {
    std::ranges::reverse(bytes);
    return;
  }
  const size_t a = random.Below(blocks), b = random.Below(blocks);
  std::array<std::byte, kBlock> kept;
  std::memcpy(kept.data(), &bytes[a * kBlock], kBlock);
  std::memmove(&bytes[a * kBlock], &bytes[b * kBlock], kBlock);
  std::memcpy(&bytes[b * kBlock], kept.data(), kBlock);
}

void Overwrite(Bytes& bytes, Random& random) {
  const Piece piece = RandomPiece(bytes.size(), random);
  const uint64_t kind = random.Below(3);
  for (size_t i = piece.begin; i < piece.end; ++i) {
    bytes[i] = kind == 0   ? RandomByte(random)
               : kind == 1 ? std::byte{0}
                           : std::byte{0xff};
  }
}

// As tar headers, pax records, gzip trailers and JSON hold them.
std::string RandomNumber(Random& random) {
  static constexpr std::string_view kNumbers[] = {
      "77777777777",
      "00000000000",
      "37777777777",
      "99999999999999999999",
      "4294967296",
      "18446744073709551615",
      "-1",
      "1e999",
      std::string_view("\x80\0\0\0\0\0\0\xff\xff\xff\xff\xff", 12),
      std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12),
      std::string_view("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12),
      std::string_view("\xff\xff\xff\xff", 4),
      std::string_view("\0\0\0\x80", 4),
      std::string_view("\0\0\0\0", 4),
  };
  return std::string(kNumbers[random.Below(std::size(kNumbers))]);
}

void PutNumber(Bytes& bytes, Random& random) {
  const std::string number = RandomNumber(random);
  if (bytes.size() < number.size()) return;
  // The last place is where gzip keeps its size.
  const size_t last = bytes.size() - number.size();
  const size_t place = random.Below(4) == 0 ? last : random.Below(last + 1);
  std::memcpy(&bytes[place], number.data(), number.size());
}

void Append(Bytes& bytes, Random& random) {
  for (uint64_t i = random.Below(1000); i > 0; --i) {
    bytes.push_back(RandomByte(random));
  }
}

void FlipBits(Bytes& bytes, Random& random) {
  for (uint64_t i = random.Below(3) + 1; i > 0 && !bytes.empty(); --i) {
    bytes[random.Below(bytes.size())] ^=
        static_cast<std::byte>(1u << random.Below(8));
  }
}

std::string ChecksumOf(std::span<const std::byte> block) {
  unsigned sum = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    const bool in_checksum = i - kChecksumAt < kChecksumBytes;
    sum += in_checksum ? ' ' : std::to_integer<unsigned>(block[i]);
  }
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), "%06o", sum);
  return std::string(text.data()) + std::string("\0 ", 2);
}

}  // namespace

Bytes Damaged(Damage damage, std::span<const std::byte> content,
              Random& random) {
  Bytes bytes(content.begin(), content.end());
  const Piece piece = RandomPiece(bytes.size(), random);
  switch (damage) {
    case Damage::kTruncate:
      bytes.resize(random.Below(bytes.size() + 1));
      break;
    case Damage::kFlipBits:
      FlipBits(bytes, random);
      break;
    case Damage::kEmpty:
      bytes.clear();
      break;
    case Damage::kReorder:
      Reorder(bytes, random);
      break;
    case Damage::kRepeat:
      Insert(bytes, random.Below(bytes.size() + 1),
             content.subspan(piece.begin, piece.end - piece.begin));
      break;
    case Damage::kDrop:
      bytes.erase(bytes.begin() + static_cast<ptrdiff_t>(piece.begin),
                  bytes.begin() + static_cast<ptrdiff_t>(piece.end));
      break;
    case Damage::kOverwrite:
      Overwrite(bytes, random);
      break;
    case Damage::kNumber:
      PutNumber(bytes, random);
      break;
    case Damage::kAppend:
      Append(bytes, random);
      break;
  }
  return bytes;
}

Bytes Damaged(std::span<const std::byte> content, Random& random) {
  return Damaged(static_cast<Damage>(random.Below(kDamages)), content, random);
}

void SealTarHeader(std::span<std::byte> archive, size_t offset) {
  const auto block = archive.subspan(offset, kBlock);
  const std::string checksum = ChecksumOf(block);
  std::memcpy(&block[kChecksumAt], checksum.data(), kChecksumBytes);
}

Bytes WithWrongTarSize(std::span<const std::byte> archive, Random& random) {
  Bytes bytes(archive.begin(), archive.end());
  std::vector<size_t> headers;
  for (size_t offset = 0; offset + kBlock <= bytes.size(); offset += kBlock) {
    const std::string checksum = ChecksumOf(archive.subspan(offset, kBlock));
    // Writers end it as they like.
    if (std::memcmp(&bytes[offset + kChecksumAt], checksum.data(), 6) == 0) {
      headers.push_back(offset);
    }
  }
  if (headers.empty()) return bytes;
  const size_t offset = headers[random.Below(headers.size())];
  std::string number = RandomNumber(random);
  number.resize(kSizeBytes, '\0');
  std::memcpy(&bytes[offset + kSizeAt], number.data(), kSizeBytes);
  SealTarHeader(bytes, offset);
  return bytes;
}

}  // namespace lczero::testing
