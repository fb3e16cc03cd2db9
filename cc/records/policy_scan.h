// Passes over the 1,858 probabilities of a frame, at the speed of memory.
//
// Purpose: validation and packing look at every one of them, and that is most
//          of what they cost. Processors that have AVX2 use it; the tests
//          compare with loops that are slow and obvious.
// Threads: pure functions.
#ifndef CC_RECORDS_POLICY_SCAN_H_
#define CC_RECORDS_POLICY_SCAN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "cc/records/frame.h"

namespace lczero {

// How far the legal probabilities' sum may be from 1.
inline constexpr double kPolicySumTolerance = 1e-2;

using Policy = std::span<const float, kPolicySize>;

// What validation asks, slowly.
struct PolicySummary {
  double legal_sum;
  bool any_legal;
  bool all_finite;
};
PolicySummary SummarisePolicy(Policy policy);

// Yes only if every float is finite and the legal ones sum to 1 within the
// tolerance. May be false for a good policy whose sum is at the edge of it.
bool IsPlainlyGood(Policy policy);

// One bit for each probability, in order: whether it is anything but -1, to
// the bit. Bits beyond the last one are 0.
inline constexpr size_t kPolicyWords = (kPolicySize + 63) / 64;
using PolicyBits = std::array<uint64_t, kPolicyWords>;
PolicyBits LegalMoves(Policy policy);

// The same as processors without AVX2 do it.
bool IsPlainlyGoodSlowly(Policy policy);
PolicyBits LegalMovesSlowly(Policy policy);

}  // namespace lczero

#endif  // CC_RECORDS_POLICY_SCAN_H_
