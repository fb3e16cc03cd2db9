#include "cc/records/validate.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <sstream>
#include <string>
#include <utility>

#include "cc/records/input_format.h"
#include "cc/records/policy_scan.h"

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
  const char* name = nullptr;
  float Frame::* member = nullptr;
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
    Field{"d_st", &Frame::d_st, false},
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

Check CheckFinite(const FrameView& frame) {
  for (const Field& field : kFiniteFields) {
    if (!field.in_v6 && frame.version() == kVersion6) continue;
    const float value = frame.Get(field.member);
    if (!std::isfinite(value)) {
      return Bad(BadReason::kNotFinite, field.name, " is ", value,
                 ", not finite");
    }
  }
  return {};
}

template <size_t N>
Check CheckRange(const FrameView& frame, const std::array<Field, N>& fields,
                 float low, BadReason reason) {
  for (const Field& field : fields) {
    if (!field.in_v6 && frame.version() == kVersion6) continue;
    const float value = frame.Get(field.member);
    if (std::isfinite(value) && (value < low || value > 1.0f)) {
      return Bad(reason, field.name, " is ", value, ", not within [", low,
                 ", 1]");
    }
  }
  return {};
}

Check CheckPolicy(const FrameView& frame) {
  if (IsPlainlyGood(frame.probabilities())) return {};
  const PolicySummary policy = SummarisePolicy(frame.probabilities());
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

Check CheckMoveIndices(const FrameView& frame) {
  for (const auto& [name, index] :
       {std::pair{"played_idx", frame.Get(&Frame::played_idx)},
        std::pair{"best_idx", frame.Get(&Frame::best_idx)}}) {
    if (index >= kPolicySize) {
      return Bad(BadReason::kMoveIndex, name, " is ", index, ", not below ",
                 kPolicySize);
    }
  }
  return {};
}

Check CheckKings(const FrameView& frame) {
  for (const auto& [name, board] : {std::pair{"our", kOurKingBitboard},
                                    std::pair{"their", kTheirKingBitboard}}) {
    uint64_t squares;
    std::memcpy(
        &squares,
        frame.bytes_at(offsetof(Frame, planes) + board * sizeof(squares)),
        sizeof(squares));
    const int kings = std::popcount(squares);
    if (kings != 1) {
      return Bad(BadReason::kKings, name, " side has ", kings, " kings, not 1");
    }
  }
  return {};
}

Check CheckInputFormat(const FrameView& frame,
                       std::optional<uint32_t> input_format) {
  if (!IsKnownInputFormat(frame.Get(&Frame::input_format))) {
    return Bad(BadReason::kUnknownInputFormat, "input_format is ",
               frame.Get(&Frame::input_format),
               ", none of 1, 2, 3, 4, 5, 132, 133");
  }
  if (input_format && frame.Get(&Frame::input_format) != *input_format) {
    return Bad(BadReason::kInputFormat, "input_format is ",
               frame.Get(&Frame::input_format), ", not the ", *input_format,
               " of this loader");
  }
  return {};
}

}  // namespace

std::expected<void, Defect> ValidateFrame(const FrameView& frame) {
  if (frame.version() != kVersion6 && frame.version() != kVersion7) {
    return Bad(BadReason::kVersion, "version is ", frame.version(),
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
  if (frame.Get(&Frame::plies_left) < 0.0f) {
    return Bad(BadReason::kPliesLeft, "plies_left is ",
               frame.Get(&Frame::plies_left), ", negative");
  }
  if (auto ok = CheckMoveIndices(frame); !ok) return ok;
  return CheckKings(frame);
}

std::expected<void, Defect> ValidateChunk(
    const ChunkView& frames, std::optional<uint32_t> input_format) {
  if (frames.empty()) return Bad(BadReason::kEmpty, "it holds no frame");
  const uint32_t format =
      input_format.value_or(frames[0].Get(&Frame::input_format));
  for (size_t i = 0; i < frames.size(); ++i) {
    auto ok = CheckInputFormat(frames[i], format);
    if (ok) ok = ValidateFrame(frames[i]);
    if (!ok) {
      return Bad(ok.error().reason, "frame ", i, ": ", ok.error().detail);
    }
    if (frames[i].version() != frames[0].version()) {
      return Bad(BadReason::kMixedVersions, "frame ", i, ": version is ",
                 frames[i].version(), ", frame 0 has ", frames[0].version());
    }
  }
  return {};
}

}  // namespace lczero
