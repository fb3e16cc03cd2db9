// A seeded random number generator (xoshiro256**, seeded by splitmix64).
//
// Purpose:   the same seed gives the same numbers on every machine and
//            compiler, unlike the distributions of <random>.
// Threads:   one generator for each user, never shared: it has no lock. Give
//            each user its own by Fork().
// Ownership: a plain value; a copy continues independently from the same point.
#ifndef CC_BASE_RANDOM_H_
#define CC_BASE_RANDOM_H_

#include <array>
#include <cstdint>
#include <limits>

namespace lczero {

class Random {
 public:
  // Everything that is needed to continue later exactly where this one stands.
  struct State {
    uint64_t seed;
    std::array<uint64_t, 4> words;

    bool operator==(const State&) const = default;
  };

  explicit Random(uint64_t seed);
  explicit Random(const State& state);

  // 64 uniform bits.
  uint64_t Next();

  // Uniform in [0, bound), without modulo bias. `bound` must not be 0.
  uint64_t Below(uint64_t bound);

  // Uniform in [0, 1), in steps of 2^-53.
  double Uniform();

  // The generator of stream `stream`: depends on this one's seed and `stream`
  // only, not on how many numbers were drawn. Nested forks are distinct.
  Random Fork(uint64_t stream) const;

  State state() const { return state_; }

  // The interface of std::uniform_random_bit_generator, for std::shuffle.
  using result_type = uint64_t;
  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() {
    return std::numeric_limits<uint64_t>::max();
  }
  uint64_t operator()() { return Next(); }

 private:
  State state_;
};

}  // namespace lczero

#endif  // CC_BASE_RANDOM_H_
