// The record of one position, as training files hold it: V6 and V7.
//
// Purpose:   FrameV7 is the bytes of a V7 record in a file (little-endian, each
//            field's offset asserted below). A V6 record is exactly its first
//            kFrameV6Bytes bytes. In memory the loader holds `Frame`, which is
//            V7; a V6 record is widened by zeros and keeps its `version` 6,
//            since the meaning of `q_st` depends on it.
// Threads:   plain values.
// Alignment: 4, because the sizes are no multiples of 8; all fields but
//            `planes` are aligned by nature. Copy bytes of a file into a frame
//            (parse.h does); never cast a pointer into a file.
#ifndef CC_RECORDS_FRAME_H_
#define CC_RECORDS_FRAME_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lczero {

static_assert(std::endian::native == std::endian::little,
              "frames are read by copying their little-endian bytes");

// Moves that a policy can name.
inline constexpr size_t kPolicySize = 1858;
// Bitboards of a frame: 8 positions (newest first), each our P N B R Q K, their
// P N B R Q K and the repetition mark.
inline constexpr size_t kBitboardsPerStep = 13;
inline constexpr size_t kHistorySteps = 8;
inline constexpr size_t kBitboards = kHistorySteps * kBitboardsPerStep;
// Of the current position.
inline constexpr size_t kOurKingBitboard = 5;
inline constexpr size_t kTheirKingBitboard = 11;

inline constexpr uint32_t kVersion6 = 6;
inline constexpr uint32_t kVersion7 = 7;

// Bits of `invariance_info`.
inline constexpr uint8_t kBlackToMoveBit = 1u << 7;  // Canonical formats only.

#pragma pack(push, 4)

struct FrameV7 {
  uint32_t version;
  // One of input_format.h.
  uint32_t input_format;
  // Search visit fractions; negative marks an illegal move, legal ones sum
  // to 1.
  float probabilities[kPolicySize];
  // Square s is bit `s XOR 7` of a word.
  uint64_t planes[kBitboards];
  // Format 1: 0 or 1. Others: the file of the castling rook as a bit mask.
  uint8_t castling_us_ooo;
  uint8_t castling_us_oo;
  uint8_t castling_them_ooo;
  uint8_t castling_them_oo;
  // Formats 1 and 2: 1 if black is to move. Others: en-passant file as a mask.
  uint8_t side_to_move_or_enpassant;
  // Plies since a capture or a pawn move.
  uint8_t rule50_count;
  uint8_t invariance_info;
  uint8_t dummy;
  // q is the expected result, -1 to 1; d the chance of a draw; m plies to the
  // end. All from the view of the side to move.
  float root_q;
  float best_q;
  float root_d;
  float best_d;
  float root_m;
  float best_m;
  float plies_left;
  float result_q;
  float result_d;
  float played_q;
  float played_d;
  float played_m;
  // The network's own answer; NaN where the engine had it no more.
  float orig_q;
  float orig_d;
  float orig_m;
  uint32_t visits;
  uint16_t played_idx;
  uint16_t best_idx;
  // Divergence of the visits from the network's policy.
  float policy_kld;
  // V6: standard deviation of q, or 0. V7: short-term value target.
  float q_st;
  // From here on V7 only.
  float d_st;
  uint16_t opp_played_idx;
  uint16_t next_played_idx;
  float reserved[8];
};

#pragma pack(pop)

using Frame = FrameV7;

inline constexpr size_t kFrameV6Bytes = 8356;
inline constexpr size_t kFrameV7Bytes = 8396;

static_assert(sizeof(FrameV7) == kFrameV7Bytes);
static_assert(std::is_trivially_copyable_v<FrameV7>);

static_assert(offsetof(FrameV7, version) == 0);
static_assert(offsetof(FrameV7, input_format) == 4);
static_assert(offsetof(FrameV7, probabilities) == 8);
static_assert(offsetof(FrameV7, planes) == 7440);
static_assert(offsetof(FrameV7, castling_us_ooo) == 8272);
static_assert(offsetof(FrameV7, castling_us_oo) == 8273);
static_assert(offsetof(FrameV7, castling_them_ooo) == 8274);
static_assert(offsetof(FrameV7, castling_them_oo) == 8275);
static_assert(offsetof(FrameV7, side_to_move_or_enpassant) == 8276);
static_assert(offsetof(FrameV7, rule50_count) == 8277);
static_assert(offsetof(FrameV7, invariance_info) == 8278);
static_assert(offsetof(FrameV7, dummy) == 8279);
static_assert(offsetof(FrameV7, root_q) == 8280);
static_assert(offsetof(FrameV7, best_q) == 8284);
static_assert(offsetof(FrameV7, root_d) == 8288);
static_assert(offsetof(FrameV7, best_d) == 8292);
static_assert(offsetof(FrameV7, root_m) == 8296);
static_assert(offsetof(FrameV7, best_m) == 8300);
static_assert(offsetof(FrameV7, plies_left) == 8304);
static_assert(offsetof(FrameV7, result_q) == 8308);
static_assert(offsetof(FrameV7, result_d) == 8312);
static_assert(offsetof(FrameV7, played_q) == 8316);
static_assert(offsetof(FrameV7, played_d) == 8320);
static_assert(offsetof(FrameV7, played_m) == 8324);
static_assert(offsetof(FrameV7, orig_q) == 8328);
static_assert(offsetof(FrameV7, orig_d) == 8332);
static_assert(offsetof(FrameV7, orig_m) == 8336);
static_assert(offsetof(FrameV7, visits) == 8340);
static_assert(offsetof(FrameV7, played_idx) == 8344);
static_assert(offsetof(FrameV7, best_idx) == 8346);
static_assert(offsetof(FrameV7, policy_kld) == 8348);
static_assert(offsetof(FrameV7, q_st) == 8352);
static_assert(offsetof(FrameV7, d_st) == 8356);
static_assert(offsetof(FrameV7, opp_played_idx) == 8360);
static_assert(offsetof(FrameV7, next_played_idx) == 8362);
static_assert(offsetof(FrameV7, reserved) == 8364);

}  // namespace lczero

#endif  // CC_RECORDS_FRAME_H_
