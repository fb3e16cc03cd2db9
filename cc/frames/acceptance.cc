#include "cc/frames/acceptance.h"

#include <algorithm>
#include <cmath>

#include "cc/base/hash.h"

namespace lczero {

double DiffFocus::Chance(const Frame& frame) const {
  if (std::isnan(frame.orig_q)) return 1.0;
  const double q = std::abs(double{frame.best_q} - double{frame.orig_q});
  const double kld = frame.policy_kld > 0 ? double{frame.policy_kld} : 0.0;
  const double chance = floor + q_scale * std::pow(q, q_exponent) +
                        policy_scale * std::pow(kld, policy_exponent);
  return std::min(chance, 1.0);
}

double LengthCorrection::Chance(uint32_t positions) const {
  const auto share = static_cast<double>(positions) / threshold;
  return std::pow(std::min(1.0, share), gamma);
}

bool Accepts(double chance, uint64_t seed, uint64_t a, uint64_t b, uint64_t c) {
  const uint64_t bits =
      HashCombine(HashCombine(HashCombine(seed, a), b), c) >> 11;
  return static_cast<double>(bits) * 0x1p-53 < chance;
}

}  // namespace lczero
