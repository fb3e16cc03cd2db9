// Chooses which positions of a chunk come out at one visit: a fraction p of
// them, so that over 1/p visits of the same chunk each comes out exactly once;
// or a fixed number of them.
//
// Purpose:     neighbouring positions of a game are nearly the same; taking few
//              at a time, and others at the next visit, keeps batches varied.
// How:         a chunk's positions are laid on a circle in an order drawn from
//              (seed, chunk); a visit takes the next arc of length p, beginning
//              where the last visit ended. So any 1/p visits in a row, not only
//              the first, take each position once.
// 1/p is not an integer: the circle is walked on all the same. A visit takes
//              floor(p n) or ceil(p n) of n positions, and after v visits no
//              position has come out more than once more often than another;
//              for p = 0.3 each comes out 3 times in any 10 visits in a row. p
//              counts to six decimals; a p within 1e-6 of 1/k is taken as 1/k,
//              so that 0.333333 means a third.
// By count k:  the arc holds k positions, or the whole circle where that is
//              shorter; so again none comes out more than once more often than
//              another.
// Short games: by rate, a visit may take no position at all; the average is
//              always p n.
// Determinism: the result depends on (seed, p or k, chunk, visit, n) only.
// Threads:     const methods may be called from any thread at once.
#ifndef CC_FRAMES_POSITION_SAMPLER_H_
#define CC_FRAMES_POSITION_SAMPLER_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "cc/base/random.h"

namespace lczero {

class PositionSampler {
 public:
  // 1e-6 <= rate <= 1.
  static PositionSampler ByRate(double rate, uint64_t seed);

  // 1 <= count <= 2^24.
  static PositionSampler ByCount(uint32_t count, uint64_t seed);

  // The indices, below `positions`, that visit number `visit` (from 0) of the
  // chunk takes, in random order. `positions` is at most 2^24.
  std::vector<uint32_t> Sample(uint64_t chunk, uint64_t visit,
                               uint32_t positions) const;

 private:
  explicit PositionSampler(uint64_t seed) : seed_(seed) {}

  // The part of the circle that a visit takes, [begin, end) modulo `positions`;
  // `random` is what drew the circle.
  std::pair<uint64_t, uint64_t> Arc(uint64_t visit, uint32_t positions,
                                    Random& random) const;

  uint64_t seed_;
  // p as a fraction in lowest terms; unused by count.
  uint64_t numerator_ = 0;
  uint64_t denominator_ = 1;
  // 0: by rate.
  uint32_t count_ = 0;
};

}  // namespace lczero

#endif  // CC_FRAMES_POSITION_SAMPLER_H_
