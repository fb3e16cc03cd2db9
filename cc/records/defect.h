// Why a chunk is bad: the reasons that are counted, and the place of a defect.
//
// Purpose: one enum, whose names are the keys "bad.NAME" of the statistics and
//          stand in log lines. They are part of the interface: dashboards and
//          tests look for them.
// Threads: plain values and pure functions.
#ifndef CC_RECORDS_DEFECT_H_
#define CC_RECORDS_DEFECT_H_

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace lczero {

enum class BadReason {
  kEmpty,               // No frame at all.
  kSize,                // Not a whole number of frames.
  kVersion,             // A version that is neither 6 nor 7.
  kMixedVersions,       // A frame's version differs from the first one's.
  kUnknownInputFormat,  // A format that nobody defined.
  kInputFormat,         // Not the format that this loader serves.
  kNotFinite,           // A NaN or an infinity where training reads.
  kPolicySum,           // Legal probabilities do not sum to 1.
  kNoLegalMove,         // Every probability is negative.
  kQ,                   // A q outside [-1, 1].
  kD,                   // A d outside [0, 1].
  kPliesLeft,           // Negative.
  kMoveIndex,           // played_idx or best_idx is no policy index.
  kKings,               // A king bitboard without exactly one king.
};

inline constexpr std::array kBadReasonNames = {
    std::string_view("empty"),
    std::string_view("size"),
    std::string_view("version"),
    std::string_view("mixed_versions"),
    std::string_view("unknown_input_format"),
    std::string_view("input_format"),
    std::string_view("not_finite"),
    std::string_view("policy_sum"),
    std::string_view("no_legal_move"),
    std::string_view("q"),
    std::string_view("d"),
    std::string_view("plies_left"),
    std::string_view("move_index"),
    std::string_view("kings"),
};
inline constexpr size_t kBadReasons = kBadReasonNames.size();
static_assert(static_cast<size_t>(BadReason::kKings) + 1 == kBadReasons);

constexpr std::string_view BadReasonName(BadReason reason) {
  return kBadReasonNames[static_cast<size_t>(reason)];
}

// The first thing found wrong with a chunk. `detail` says what and the values,
// and names the frame ("frame 7: best_q is 1.5, not within [-1, 1]").
struct Defect {
  BadReason reason;
  std::string detail;
};

}  // namespace lczero

#endif  // CC_RECORDS_DEFECT_H_
