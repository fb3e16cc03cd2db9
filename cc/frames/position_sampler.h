// Chooses which positions of a chunk come out at one visit: a fraction p of
// them, so that over 1/p visits of the same chunk each comes out exactly once.
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
// Short games: a visit may take no position at all; the average is always p n.
// Determinism: the result depends on (seed, p, chunk, visit, n) only.
// Threads:     const methods may be called from any thread at once.
#ifndef CC_FRAMES_POSITION_SAMPLER_H_
#define CC_FRAMES_POSITION_SAMPLER_H_

#include <cstdint>
#include <vector>

namespace lczero {

class PositionSampler {
 public:
  // 1e-6 <= rate <= 1.
  PositionSampler(double rate, uint64_t seed);

  // The indices, below `positions`, that visit number `visit` (from 0) of the
  // chunk takes, in random order. `positions` is at most 2^24.
  std::vector<uint32_t> Sample(uint64_t chunk, uint64_t visit,
                               uint32_t positions) const;

 private:
  // p as a fraction in lowest terms.
  uint64_t numerator_;
  uint64_t denominator_;
  uint64_t seed_;
};

}  // namespace lczero

#endif  // CC_FRAMES_POSITION_SAMPLER_H_
