// Stable 64-bit hashes: the same bytes give the same value on every machine,
// in every build, for ever. The split of games into train, validation and test
// hangs on these values (hash_test.cc holds them fixed).
//
// Threads: pure functions. Not meant against an adversary.
#ifndef CC_BASE_HASH_H_
#define CC_BASE_HASH_H_

#include <cstdint>
#include <string_view>

namespace lczero {

// Every bit of `x` reaches every bit of the result; a bijection (splitmix64).
constexpr uint64_t MixBits(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

// The hash of the ordered pair (a, b); chain it for more.
constexpr uint64_t HashCombine(uint64_t a, uint64_t b) {
  return MixBits(MixBits(a) ^ b);
}

// The hash of a string of bytes, its length included.
uint64_t HashBytes(std::string_view bytes);

}  // namespace lczero

#endif  // CC_BASE_HASH_H_
