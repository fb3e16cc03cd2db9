// The pools' saved state: refused, or one that comes back in the same form.
#include "cc/base/check.h"
#include "cc/chunks/pool/pool_state.h"
#include "cc/fuzz/fuzz_target.h"

std::vector<std::string> lczero::fuzz::Seeds() {
  std::vector<SourceState> sources;
  std::vector<std::string> seeds;
  for (uint32_t i = 1; i < 40; ++i) {
    std::vector<ChunkVisits> visits(i % 17);
    for (uint32_t j = 0; j < visits.size(); ++j) {
      const uint32_t emitted = (i * j) % 3 == 0 ? 1 : 0;
      visits[j].count = (j / 5 * i + emitted) & 0xffff;
      visits[j].emitted = emitted & 1;
    }
    sources.push_back({.key_hash = i, .visits = EncodeVisits(visits)});
    seeds.push_back(EncodeSources(sources));
  }
  return seeds;
}

std::vector<std::string> lczero::fuzz::Words() {
  return {std::string("\xff\xff\xff\xff\xff\xff\xff\x7f", 8),
          std::string("\x80\x01", 2), std::string("\0\0\0\0\0\0\0\x7f", 8),
          std::string("\x80\x80\x80\x80\x08", 5)};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lczero;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto sources = DecodeSources(bytes);
  if (!sources) return 0;
  LC_CHECK(EncodeSources(*sources) == bytes, "a state comes back");
  for (const SourceState& source : *sources) {
    std::string_view visits = source.visits;
    const auto decoded = TakeVisits(visits);
    LC_CHECK(decoded && visits.empty(), "what was accepted can be decoded");
    for (const ChunkVisits chunk : *decoded) {
      LC_CHECK(chunk.count >= chunk.emitted, "an emission is a visit");
    }
    const std::string again = EncodeVisits(*decoded);
    std::string_view rest = again;
    LC_CHECK(TakeVisits(rest) == decoded, "visits come back");
  }
  return 0;
}
