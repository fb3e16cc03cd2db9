#include "cc/testing/frames.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace lczero::testing {
namespace {

// Uniform in [low, high), from the generator's own bits: the distributions of
// <random> differ between standard libraries.
float Uniform(std::mt19937_64& random, float low, float high) {
  return low + (high - low) * static_cast<float>(random() >> 40) * 0x1p-24f;
}

void FillPolicy(std::mt19937_64& random, Frame& frame) {
  for (float& p : frame.probabilities) p = -1.0f;
  const size_t legal = 1 + random() % 40;
  float sum = 0.0f;
  for (size_t i = 0; i < legal; ++i) {
    const float weight = Uniform(random, 0.0f, 1.0f) + 1e-3f;
    const size_t move = random() % kPolicySize;
    if (frame.probabilities[move] >= 0.0f) continue;
    frame.probabilities[move] = weight;
    sum += weight;
  }
  for (float& p : frame.probabilities) {
    if (p >= 0.0f) p /= sum;
  }
}

void FillPlanes(std::mt19937_64& random, InputFormat format, Frame& frame) {
  for (size_t i = 0; i < kBitboards; ++i) {
    frame.planes[i] = random() & random();
  }
  frame.planes[kOurKingBitboard] = uint64_t{1} << (random() % 64);
  frame.planes[kTheirKingBitboard] = uint64_t{1} << (random() % 64);
  const auto castling = [&] {
    return static_cast<uint8_t>(HasCastlingMasks(format) ? random()
                                                         : random() % 2);
  };
  frame.castling_us_ooo = castling();
  frame.castling_us_oo = castling();
  frame.castling_them_ooo = castling();
  frame.castling_them_oo = castling();
  frame.side_to_move_or_enpassant =
      static_cast<uint8_t>(IsCanonical(format) ? random() : random() % 2);
  frame.rule50_count = static_cast<uint8_t>(random() % 101);
  frame.invariance_info = static_cast<uint8_t>(random());
}

void FillValues(std::mt19937_64& random, Frame& frame) {
  for (float* q :
       {&frame.root_q, &frame.best_q, &frame.played_q, &frame.orig_q}) {
    *q = Uniform(random, -1.0f, 1.0f);
  }
  for (float* d :
       {&frame.root_d, &frame.best_d, &frame.played_d, &frame.orig_d}) {
    *d = Uniform(random, 0.0f, 1.0f);
  }
  for (float* m : {&frame.root_m, &frame.best_m, &frame.played_m, &frame.orig_m,
                   &frame.plies_left}) {
    *m = Uniform(random, 0.0f, 200.0f);
  }
  if (random() % 8 == 0) {
    frame.orig_q = frame.orig_d = frame.orig_m =
        std::numeric_limits<float>::quiet_NaN();
  }
  frame.result_q = static_cast<float>(static_cast<int>(random() % 3) - 1);
  frame.result_d = frame.result_q == 0.0f ? 1.0f : 0.0f;
  frame.policy_kld = Uniform(random, 0.0f, 1.0f);
  frame.q_st = Uniform(random, 0.0f, 1.0f);
  frame.played_idx = static_cast<uint16_t>(random() % kPolicySize);
  frame.best_idx = static_cast<uint16_t>(random() % kPolicySize);
}

}  // namespace

Frame RandomFrame(uint64_t seed, InputFormat format, uint32_t version) {
  std::mt19937_64 random(seed);
  Frame frame{};
  frame.version = version;
  frame.input_format = static_cast<uint32_t>(format);
  FillPolicy(random, frame);
  FillPlanes(random, format, frame);
  FillValues(random, frame);
  if (version == kVersion7) {
    frame.d_st = Uniform(random, 0.0f, 1.0f);
    frame.opp_played_idx = static_cast<uint16_t>(random() % kPolicySize);
    frame.next_played_idx = static_cast<uint16_t>(random() % kPolicySize);
  }
  return frame;
}

std::vector<Frame> RandomGame(uint64_t seed, size_t count, InputFormat format,
                              uint32_t version) {
  std::vector<Frame> game;
  game.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    game.push_back(RandomFrame(seed * 1000003 + i, format, version));
    game.back().visits = static_cast<uint32_t>(i);
  }
  return game;
}

std::vector<std::byte> ChunkBytes(std::span<const Frame> frames) {
  std::vector<std::byte> bytes;
  for (const Frame& frame : frames) {
    const size_t size =
        frame.version == kVersion6 ? kFrameV6Bytes : kFrameV7Bytes;
    const auto* begin = reinterpret_cast<const std::byte*>(&frame);
    bytes.insert(bytes.end(), begin, begin + size);
  }
  return bytes;
}

}  // namespace lczero::testing
