// Chances by which positions and games are kept, and the draws.
//
// Purpose:     DiffFocus favours positions where the search disagreed with the
//              network; LengthCorrection passes over short games. Both say a
//              chance; Accepts draws by it.
// Determinism: a draw depends on its arguments only, so that the same config,
//              seed and files keep the same positions whatever the threads do.
// Threads:     const methods and functions may be called from any thread.
#ifndef CC_FRAMES_ACCEPTANCE_H_
#define CC_FRAMES_ACCEPTANCE_H_

#include <cstdint>

#include "cc/records/frame.h"

namespace lczero {

struct DiffFocus {
  double floor = 0;
  double q_scale = 0;
  double q_exponent = 1;
  double policy_scale = 0;
  double policy_exponent = 1;

  // floor + q_scale |best_q - orig_q|^q_exponent
  //       + policy_scale policy_kld^policy_exponent, at most 1. 1 where orig_q
  // is NaN: of what is not known nothing is thrown away. A NaN or negative
  // policy_kld counts as 0.
  double Chance(const Frame& frame) const;
};

struct LengthCorrection {
  uint32_t threshold = 1;
  double gamma = 1;

  // min(1, positions / threshold)^gamma.
  double Chance(uint32_t positions) const;
};

// True with the chance `chance`; the draw is fixed by (seed, a, b, c).
bool Accepts(double chance, uint64_t seed, uint64_t a, uint64_t b, uint64_t c);

}  // namespace lczero

#endif  // CC_FRAMES_ACCEPTANCE_H_
