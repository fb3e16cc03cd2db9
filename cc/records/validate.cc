#include "cc/records/validate.h"

#include <array>
#include <bit>
#include <cmath>
#include <sstream>
#include <string>
#include <utility>

#include "cc/records/input_format.h"

namespace lczero {
namespace {

using Check = std::expected<void, Defect>;

template <typename... Parts>
Check Bad(BadReason reason, const Parts&... parts) {
  std::ostringstream detail;
  (detail << ... << parts);
  return std::unexpected(Defect{reason, std::move(detail).str()});
}

struct Field {
  const char* name;
  float Frame::* member;
  // V6 has the field too, and means the same.
  bool in_v6 = true;
};

constexpr std::array kFiniteFields = {
    Field{"root_q", &Frame::root_q},
    Field{"best_q", &Frame::best_q},
    Field{"root_d", &Frame::root_d},
    Field{"best_d", &Frame::best_d},
    Field{"root_m", &Frame::root_m},
    Field{"best_m", &Frame::best_m},
    Field{"plies_left", &Frame::plies_left},
    Field{"result_q", &Frame::result_q},
    Field{"result_d", &Frame::result_d},
    Field{"played_q", &Frame::played_q},
    Field{"played_d", &Frame::played_d},
    Field{"played_m", &Frame::played_m},
    Field{"policy_kld", &Frame::policy_kld},
    Field{"q_st", &Frame::q_st},
    Field{"d_st", &Frame::d_st},
};

constexpr std::array kQFields = {
    Field{"root_q", &Frame::root_q},     Field{"best_q", &Frame::best_q},
    Field{"result_q", &Frame::result_q}, Field{"played_q", &Frame::played_q},
    Field{"orig_q", &Frame::orig_q},     Field{"q_st", &Frame::q_st, false},
};

constexpr std::array kDFields = {
    Field{"root_d", &Frame::root_d},     Field{"best_d", &Frame::best_d},
    Field{"result_d", &Frame::result_d}, Field{"played_d", &Frame::played_d},
    Field{"orig_d", &Frame::orig_d},     Field{"d_st", &Frame::d_st, false},
};

Check CheckFinite(const Frame& frame) {
  for (const Field& field : kFiniteFields) {
    const float value = frame.*field.member;
    if (!std::isfinite(value)) {
      return Bad(BadReason::kNotFinite, field.name, " is ", value,
                 ", not finite");
    }
  }
  return {};
}

template <size_t N>
Check CheckRange(const Frame& frame, const std::array<Field, N>& fields,
                 float low, BadReason reason) {
  for (const Field& field : fields) {
    if (!field.in_v6 && frame.version == kVersion6) continue;
    const float value = frame.*field.member;
    if (std::isfinite(value) && (value < low || value > 1.0f)) {
      return Bad(reason, field.name, " is ", value, ", not within [", low,
                 ", 1]");
    }
  }
  return {};
}

// One pass without branches, so that the compiler vectorises it: this is most
// of the cost of a frame.
struct PolicySummary {
  double legal_sum;
  bool any_legal;
  bool all_finite;
};

PolicySummary SummarisePolicy(const Frame& frame) {
  constexpr size_t kLanes = 8;
  float sums[kLanes] = {};
  uint32_t legal[kLanes] = {};
  uint32_t not_finite[kLanes] = {};
  const auto add = [&](size_t index, size_t lane) {
    const float p = frame.probabilities[index];
    const bool is_legal = p >= 0.0f;
    sums[lane] += is_legal ? p : 0.0f;
    legal[lane] |= is_legal;
    constexpr uint32_t kExponent = 0x7f800000;
    not_finite[lane] |= (std::bit_cast<uint32_t>(p) & kExponent) == kExponent;
  };
  constexpr size_t kWhole = kPolicySize / kLanes * kLanes;
  for (size_t i = 0; i < kWhole; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) add(i + lane, lane);
  }
  for (size_t i = kWhole; i < kPolicySize; ++i) add(i, i - kWhole);
  PolicySummary summary{0.0, false, true};
  for (size_t lane = 0; lane < kLanes; ++lane) {
    summary.legal_sum += sums[lane];
    summary.any_legal |= legal[lane] != 0;
    summary.all_finite &= not_finite[lane] == 0;
  }
  return summary;
}

Check CheckPolicy(const Frame& frame) {
  const PolicySummary policy = SummarisePolicy(frame);
  if (!policy.all_finite) {
    return Bad(BadReason::kNotFinite, "a probability is not finite");
  }
  if (!policy.any_legal) {
    return Bad(BadReason::kNoLegalMove, "no move has a probability");
  }
  if (std::abs(policy.legal_sum - 1.0) > kPolicySumTolerance) {
    return Bad(BadReason::kPolicySum, "legal probabilities sum to ",
               policy.legal_sum, ", not to 1 within ", kPolicySumTolerance);
  }
  return {};
}

Check CheckMoveIndices(const Frame& frame) {
  for (const auto& [name, index] : {std::pair{"played_idx", frame.played_idx},
                                    std::pair{"best_idx", frame.best_idx}}) {
    if (index >= kPolicySize) {
      return Bad(BadReason::kMoveIndex, name, " is ", index, ", not below ",
                 kPolicySize);
    }
  }
  return {};
}

Check CheckKings(const Frame& frame) {
  for (const auto& [name, board] : {std::pair{"our", kOurKingBitboard},
                                    std::pair{"their", kTheirKingBitboard}}) {
    const int kings = std::popcount(uint64_t{frame.planes[board]});
    if (kings != 1) {
      return Bad(BadReason::kKings, name, " side has ", kings, " kings, not 1");
    }
  }
  return {};
}

Check CheckInputFormat(const Frame& frame,
                       std::optional<uint32_t> input_format) {
  if (!IsKnownInputFormat(frame.input_format)) {
    return Bad(BadReason::kUnknownInputFormat, "input_format is ",
               frame.input_format, ", none of 1, 2, 3, 4, 5, 132, 133");
  }
  if (input_format && frame.input_format != *input_format) {
    return Bad(BadReason::kInputFormat, "input_format is ", frame.input_format,
               ", not the ", *input_format, " of this loader");
  }
  return {};
}

}  // namespace

std::expected<void, Defect> ValidateFrame(const Frame& frame) {
  if (frame.version != kVersion6 && frame.version != kVersion7) {
    return Bad(BadReason::kVersion, "version is ", frame.version,
               ", neither 6 nor 7");
  }
  if (auto ok = CheckFinite(frame); !ok) return ok;
  if (auto ok = CheckPolicy(frame); !ok) return ok;
  if (auto ok = CheckRange(frame, kQFields, -1.0f, BadReason::kQ); !ok) {
    return ok;
  }
  if (auto ok = CheckRange(frame, kDFields, 0.0f, BadReason::kD); !ok) {
    return ok;
  }
  if (frame.plies_left < 0.0f) {
    return Bad(BadReason::kPliesLeft, "plies_left is ", frame.plies_left,
               ", negative");
  }
  if (auto ok = CheckMoveIndices(frame); !ok) return ok;
  return CheckKings(frame);
}

std::expected<void, Defect> ValidateChunk(
    std::span<const Frame> frames, std::optional<uint32_t> input_format) {
  if (frames.empty()) return Bad(BadReason::kEmpty, "it holds no frame");
  const uint32_t format = input_format.value_or(frames[0].input_format);
  for (size_t i = 0; i < frames.size(); ++i) {
    auto ok = CheckInputFormat(frames[i], format);
    if (ok) ok = ValidateFrame(frames[i]);
    if (!ok) {
      return Bad(ok.error().reason, "frame ", i, ": ", ok.error().detail);
    }
    if (frames[i].version != frames[0].version) {
      return Bad(BadReason::kMixedVersions, "frame ", i, ": version is ",
                 frames[i].version, ", frame 0 has ", frames[0].version);
    }
  }
  return {};
}

}  // namespace lczero
