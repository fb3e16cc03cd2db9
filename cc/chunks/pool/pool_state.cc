#include "cc/chunks/pool/pool_state.h"

#include <utility>

namespace lczero {

namespace {

constexpr uint32_t kMaxVisits = (uint32_t{1} << 31) - 1;
constexpr size_t kHashBytes = 8;

uint32_t VisitsBeforePass(ChunkVisits visits) {
  return visits.count - visits.emitted;
}

void PutVarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) {
    out.push_back(static_cast<char>(value | 0x80));
  }
  out.push_back(static_cast<char>(value));
}

// The shortest form only, so that equal states are equal bytes.
std::optional<uint64_t> TakeVarint(std::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 63 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte >= 0x80) continue;
    if (byte == 0 && shift > 0) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

// Fills `visits` from runs; false when they do not cover it exactly.
bool TakeRuns(std::string_view& bytes, std::span<ChunkVisits> visits) {
  while (!visits.empty()) {
    const std::optional<uint64_t> length = TakeVarint(bytes);
    const std::optional<uint64_t> before = TakeVarint(bytes);
    if (!length || !before || *length == 0 || *length > visits.size() ||
        *before >= kMaxVisits) {
      return false;
    }
    for (ChunkVisits& chunk : visits.first(*length)) {
      chunk.count = static_cast<uint32_t>(*before) & kMaxVisits;
    }
    visits = visits.subspan(*length);
  }
  return true;
}

bool TakeEmitted(std::string_view& bytes, std::span<ChunkVisits> visits) {
  const size_t length = (visits.size() + 7) / 8;
  if (bytes.size() < length) return false;
  for (size_t i = 0; i < 8 * length; ++i) {
    const bool bit = (static_cast<unsigned char>(bytes[i / 8]) >> i % 8 & 1u);
    if (!bit) continue;
    if (i >= visits.size()) return false;
    visits[i].emitted = 1;
    visits[i].count = (visits[i].count + 1) & kMaxVisits;
  }
  bytes.remove_prefix(length);
  return true;
}

uint64_t TakeHash(std::string_view& bytes) {
  uint64_t hash = 0;
  for (size_t i = 0; i < kHashBytes; ++i) {
    hash |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  bytes.remove_prefix(kHashBytes);
  return hash;
}

}  // namespace

std::string EncodeVisits(std::span<const ChunkVisits> visits) {
  std::string out;
  PutVarint(visits.size(), out);
  for (size_t begin = 0, end = 0; begin < visits.size(); begin = end) {
    const uint32_t before = VisitsBeforePass(visits[begin]);
    while (end < visits.size() && VisitsBeforePass(visits[end]) == before) {
      ++end;
    }
    PutVarint(end - begin, out);
    PutVarint(before, out);
  }
  const size_t bits_at = out.size();
  out.resize(bits_at + (visits.size() + 7) / 8);
  for (size_t i = 0; i < visits.size(); ++i) {
    if (visits[i].emitted == 0) continue;
    char& byte = out[bits_at + i / 8];
    byte = static_cast<char>(byte | 1 << i % 8);
  }
  return out;
}

std::optional<std::vector<ChunkVisits>> TakeVisits(std::string_view& bytes) {
  const std::optional<uint64_t> count = TakeVarint(bytes);
  // One bit is there for each.
  if (!count || *count / 8 > bytes.size()) return std::nullopt;
  std::vector<ChunkVisits> visits(*count);
  if (!TakeRuns(bytes, visits) || !TakeEmitted(bytes, visits)) {
    return std::nullopt;
  }
  return visits;
}

std::string EncodeSources(std::span<const SourceState> sources) {
  std::string out;
  for (const SourceState& source : sources) {
    for (size_t i = 0; i < kHashBytes; ++i) {
      out.push_back(static_cast<char>(source.key_hash >> (8 * i)));
    }
    out += source.visits;
  }
  return out;
}

std::optional<std::vector<SourceState>> DecodeSources(std::string_view bytes) {
  std::vector<SourceState> sources;
  while (!bytes.empty()) {
    if (bytes.size() < kHashBytes) return std::nullopt;
    const uint64_t hash = TakeHash(bytes);
    if (!sources.empty() && hash <= sources.back().key_hash) {
      return std::nullopt;
    }
    const std::string_view begin = bytes;
    if (!TakeVisits(bytes)) return std::nullopt;
    sources.push_back(
        {.key_hash = hash,
         .visits = std::string(begin.substr(0, begin.size() - bytes.size()))});
  }
  return sources;
}

}  // namespace lczero
