#include "cc/records/policy_scan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "cc/base/cpu.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace lczero {
namespace {

// Of finite numbers none has more bits set than this when read as unsigned,
// and its negation; minus infinity and negative NaNs begin here.
constexpr uint32_t kNegativeInfinity = 0xff800000;

constexpr uint32_t kIllegal = std::bit_cast<uint32_t>(-1.0f);

// Independent sums, so that they can be added side by side; as many as fit in
// registers.
constexpr size_t kLanes = 32;

// What is asked for ahead, over the end of the policy too: the rest of the
// frame and the next one are read right after it. A game that was just inflated
// is in the second-level cache, which this hides.
constexpr size_t kFloatsOfLine = 64 / sizeof(float);
constexpr size_t kAhead = 1024;
static_assert(kLanes == 2 * kFloatsOfLine);

// Three operations for each float and no branch. The sum finds positive
// infinities and NaNs, which it becomes; the maximum finds the negative ones,
// which count as illegal in the sum.
[[gnu::always_inline]] inline bool IsPlainlyGoodInline(const float* policy) {
  float sums[kLanes] = {};
  uint32_t highest[kLanes] = {};
  const auto add = [&](float p, size_t lane) {
    // Not std::max: of a NaN the NaN is to be added.
    sums[lane] += p < 0.0f ? 0.0f : p;
    highest[lane] = std::max(highest[lane], std::bit_cast<uint32_t>(p));
  };
  constexpr size_t kWhole = kPolicySize / kLanes * kLanes;
  for (size_t i = 0; i < kWhole; i += kLanes) {
    __builtin_prefetch(policy + i + kAhead);
    __builtin_prefetch(policy + i + kAhead + kFloatsOfLine);
    for (size_t lane = 0; lane < kLanes; ++lane) add(policy[i + lane], lane);
  }
  for (size_t i = kWhole; i < kPolicySize; ++i) add(policy[i], i - kWhole);
  // By halves: one after the other each addition would wait for the last.
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    for (size_t lane = 0; lane < half; ++lane) {
      sums[lane] += sums[lane + half];
      highest[lane] = std::max(highest[lane], highest[lane + half]);
    }
  }
  // Rounding is far smaller than the tenth of the tolerance left to it.
  return std::abs(sums[0] - 1.0f) <
             0.9f * static_cast<float>(kPolicySumTolerance) &&
         highest[0] < kNegativeInfinity;
}

bool IsPlainlyGoodAnywhere(const float* policy) {
  return IsPlainlyGoodInline(policy);
}

PolicyBits LegalMovesAnywhere(const float* policy) {
  PolicyBits bits{};
  for (size_t i = 0; i < kPolicySize; ++i) {
    const bool legal = std::bit_cast<uint32_t>(policy[i]) != kIllegal;
    bits[i / 64] |= uint64_t{legal} << (i % 64);
  }
  return bits;
}

#ifdef __x86_64__

[[gnu::target("avx2")]] bool IsPlainlyGoodAvx2(const float* policy) {
  return IsPlainlyGoodInline(policy);
}

[[gnu::target("avx2")]] PolicyBits LegalMovesAvx2(const float* policy) {
  constexpr size_t kVector = 8;
  const __m256i illegal = _mm256_set1_epi32(static_cast<int>(kIllegal));
  // A byte for each vector, so that no store waits for the one before it.
  alignas(PolicyBits) std::array<uint8_t, sizeof(PolicyBits)> bytes{};
  constexpr size_t kWhole = kPolicySize / kVector;
  for (size_t i = 0; i < kWhole; ++i) {
    // No further than the rest of this frame: the next one may be any.
    __builtin_prefetch(policy + i * kVector + kAhead / 2);
    const __m256i some = _mm256_loadu_si256(
        reinterpret_cast<const __m256i*>(policy + i * kVector));
    const int equal = _mm256_movemask_ps(
        _mm256_castsi256_ps(_mm256_cmpeq_epi32(some, illegal)));
    bytes[i] = static_cast<uint8_t>(~equal);
  }
  for (size_t i = kWhole * kVector; i < kPolicySize; ++i) {
    const bool legal = std::bit_cast<uint32_t>(policy[i]) != kIllegal;
    bytes[i / kVector] |= static_cast<uint8_t>(legal << (i % kVector));
  }
  return std::bit_cast<PolicyBits>(bytes);
}

#endif

struct Scans {
  bool (*is_plainly_good)(const float*) = &IsPlainlyGoodAnywhere;
  PolicyBits (*legal_moves)(const float*) = &LegalMovesAnywhere;
};

const Scans& Fastest() {
  static const Scans scans = [] {
#ifdef __x86_64__
    if (HasAvx2()) {
      return Scans{&IsPlainlyGoodAvx2, &LegalMovesAvx2};
    }
#endif
    return Scans{};
  }();
  return scans;
}

}  // namespace

bool IsPlainlyGood(Policy policy) {
  return Fastest().is_plainly_good(policy.data());
}

PolicyBits LegalMoves(Policy policy) {
  return Fastest().legal_moves(policy.data());
}

bool IsPlainlyGoodSlowly(Policy policy) {
  return IsPlainlyGoodAnywhere(policy.data());
}

PolicyBits LegalMovesSlowly(Policy policy) {
  return LegalMovesAnywhere(policy.data());
}

PolicySummary SummarisePolicy(Policy policy) {
  PolicySummary summary{0.0, false, true};
  for (const float p : policy) {
    if (!std::isfinite(p)) summary.all_finite = false;
    if (!(p >= 0.0f)) continue;
    summary.any_legal = true;
    summary.legal_sum += double{p};
  }
  return summary;
}

}  // namespace lczero
