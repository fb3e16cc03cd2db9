#include "cc/frames/position_sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cc/base/check.h"
#include "cc/base/hash.h"
#include "cc/base/random.h"

namespace lczero {
namespace {

constexpr uint64_t kMillion = 1000000;
constexpr uint32_t kMaxPositions = 1u << 24;

}  // namespace

PositionSampler PositionSampler::ByRate(double rate, uint64_t seed) {
  LC_CHECK(rate >= 1e-6 && rate <= 1.0, "a sampling rate is within (0, 1]");
  PositionSampler sampler(seed);
  const double nearest = std::round(1.0 / rate);
  if (std::abs(rate - 1.0 / nearest) < 1e-6) {
    sampler.numerator_ = 1;
    sampler.denominator_ = static_cast<uint64_t>(nearest);
    return sampler;
  }
  sampler.numerator_ = static_cast<uint64_t>(std::llround(rate * kMillion));
  const uint64_t divisor = std::gcd(sampler.numerator_, kMillion);
  sampler.numerator_ /= divisor;
  sampler.denominator_ = kMillion / divisor;
  return sampler;
}

PositionSampler PositionSampler::ByCount(uint32_t count, uint64_t seed) {
  LC_CHECK(count >= 1 && count <= kMaxPositions,
           "a visit takes 1 to 2^24 positions");
  PositionSampler sampler(seed);
  sampler.count_ = count;
  return sampler;
}

std::vector<uint32_t> PositionSampler::Sample(uint64_t chunk, uint64_t visit,
                                              uint32_t positions) const {
  LC_CHECK(positions <= kMaxPositions, "a chunk has at most 2^24 positions");
  std::vector<uint32_t> circle(positions);
  std::iota(circle.begin(), circle.end(), 0u);
  Random random(HashCombine(seed_, chunk));
  for (uint32_t i = positions; i > 1; --i) {
    std::swap(circle[i - 1], circle[random.Below(i)]);
  }
  const auto [begin, end] = Arc(visit, positions, random);
  std::vector<uint32_t> taken;
  taken.reserve(end - begin);
  for (uint64_t i = begin; i < end; ++i) {
    taken.push_back(circle[i % positions]);
  }
  return taken;
}

std::pair<uint64_t, uint64_t> PositionSampler::Arc(uint64_t visit,
                                                   uint32_t positions,
                                                   Random& random) const {
  if (positions == 0) return {0, 0};
  if (count_ > 0) {
    const uint64_t taken = std::min(count_, positions);
    // After `positions` visits the arcs stand where they began.
    const uint64_t begin = visit % positions * taken;
    return {begin, begin + taken};
  }
  // `denominator_` visits walk a whole number of rounds, so that only the rest
  // counts, and the products stay below 2^64. The random phase makes the
  // chance of a position the same at each visit, whatever n is.
  const uint64_t phase = random.Below(denominator_);
  const uint64_t step = visit % denominator_;
  const auto mark = [&](uint64_t visits) {
    return (visits * numerator_ * positions + phase) / denominator_;
  };
  return {mark(step), mark(step + 1)};
}

}  // namespace lczero
