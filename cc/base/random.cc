#include "cc/base/random.h"

#include <bit>

#include "cc/base/check.h"
#include "cc/base/hash.h"

namespace lczero {

namespace {

constexpr uint64_t kForkSalt = 0x5DEECE66D1CE4E5Bu;

struct Product {
  uint64_t high;
  uint64_t low;
};

Product Multiply(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return {static_cast<uint64_t>(product >> 64), static_cast<uint64_t>(product)};
}

}  // namespace

Random::Random(uint64_t seed) : state_{.seed = seed, .words = {}} {
  // splitmix64: MixBits adds the increment once, the loop variable the rest.
  for (uint64_t i = 0; i < 4; ++i) {
    state_.words[i] = MixBits(seed + i * 0x9E3779B97F4A7C15u);
  }
}

Random::Random(const State& state) : state_(state) {}

uint64_t Random::Next() {
  std::array<uint64_t, 4>& s = state_.words;
  const uint64_t result = std::rotl(s[1] * 5, 7) * 9;
  const uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = std::rotl(s[3], 45);
  return result;
}

uint64_t Random::Below(uint64_t bound) {
  LC_CHECK(bound > 0, "Random::Below needs a positive bound");
  // The high word of a product is uniform once the few low words that come up
  // one time too often are refused.
  const uint64_t refused = (0 - bound) % bound;
  Product product = Multiply(Next(), bound);
  while (product.low < refused) product = Multiply(Next(), bound);
  return product.high;
}

double Random::Uniform() {
  return static_cast<double>(Next() >> 11) * 0x1.0p-53;
}

Random Random::Fork(uint64_t stream) const {
  return Random(HashCombine(HashCombine(kForkSalt, state_.seed), stream));
}

}  // namespace lczero
