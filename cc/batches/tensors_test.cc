#include "cc/batches/tensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <span>
#include <vector>

#include "cc/batches/reference.h"
#include "cc/records/input_format.h"
#include "cc/records/packed_frame.h"
#include "cc/records/validate.h"
#include "cc/testing/frames.h"
#include "cc/testing/real_games.h"

namespace lczero {
namespace {

using testing::RandomFrame;

bool SameBits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

// The first difference, in words.
void ExpectSamePlanes(const Frame& frame, std::span<const float> planes) {
  const std::vector<float> expected = ReferencePlanes(frame);
  if (SameBits(planes, expected)) return;
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(planes[i], expected[i])
        << "format " << frame.input_format << ", plane " << i / kSquares
        << ", row " << i / 8 % 8 << ", column " << i % 8;
  }
}

void ExpectSameValues(const Frame& frame, std::span<const float> values) {
  const std::vector<float> expected = ReferenceValues(frame);
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(values[i])) << i;
    } else {
      EXPECT_EQ(values[i], expected[i]) << i;
    }
  }
}

int32_t OpponentMoveOf(const Batch& batch, size_t position) {
  int32_t move;
  const auto bytes = batch.row_bytes(Tensor::kOpponentMoves, position);
  std::memcpy(&move, bytes.data(), sizeof(move));
  return move;
}

// Writes the frames as one batch and compares each row with the reference.
void ExpectBatchMatches(std::span<const Frame> frames) {
  BatchAllocator allocator(frames.size(), 1);
  const std::unique_ptr<Batch> batch = allocator.Allocate();
  for (size_t i = 0; i < frames.size(); ++i) WriteRow(frames[i], i, *batch);
  for (size_t i = 0; i < frames.size(); ++i) {
    ExpectSamePlanes(frames[i], batch->row(Tensor::kPlanes, i));
    EXPECT_TRUE(SameBits(batch->row(Tensor::kProbabilities, i),
                         frames[i].probabilities));
    ExpectSameValues(frames[i], batch->row(Tensor::kValues, i));
    if (::testing::Test::HasFailure()) return;
  }
}

// Written from packed frames, and in both forms: the same content, where it is
// the same.
void ExpectPackedRowsMatch(std::span<const Frame> frames) {
  BatchAllocator plain_allocator(frames.size(), 1);
  BatchAllocator packed_allocator(frames.size(), 1, BatchForm::kPacked);
  const auto plain = plain_allocator.Allocate();
  const auto packed = packed_allocator.Allocate();
  Frame rest;
  for (size_t i = 0; i < frames.size(); ++i) {
    WriteRow(PackedFrame(frames[i]), i, *plain, rest);
    WriteRow(PackedFrame(frames[i]), i, *packed, rest);
  }
  for (size_t i = 0; i < frames.size(); ++i) {
    const auto* frame = reinterpret_cast<const std::byte*>(&frames[i]);
    ExpectSamePlanes(frames[i], plain->row(Tensor::kPlanes, i));
    for (const auto& batch : {plain.get(), packed.get()}) {
      EXPECT_TRUE(SameBits(batch->row(Tensor::kProbabilities, i),
                           frames[i].probabilities));
      ExpectSameValues(frames[i], batch->row(Tensor::kValues, i));
    }
    EXPECT_TRUE(std::ranges::equal(packed->row_bytes(Tensor::kBitboards, i),
                                   std::span(frame + 7440, 832)));
    EXPECT_TRUE(
        std::ranges::equal(packed->row_bytes(Tensor::kScalars, i).first(7),
                           std::span(frame + 8272, 7)));
    EXPECT_EQ(packed->row_bytes(Tensor::kScalars, i)[7], std::byte{0});
    EXPECT_EQ(OpponentMoveOf(*packed, i), ReferenceOpponentMove(frames[i]));
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(OpponentMovesTest, UnknownOnesAreMinusOne) {
  std::vector<Frame> frames;
  for (uint16_t index : {0, 5, 1857, 1858, 0xffff}) {
    frames.push_back(RandomFrame(index, InputFormat::kClassical, kVersion7));
    frames.back().opp_played_idx = index;
  }
  // Its field, which V6 does not have, reads as 0: a move.
  frames.push_back(RandomFrame(1, InputFormat::kClassical, kVersion6));
  BatchAllocator allocator(frames.size(), 1, BatchForm::kPacked);
  const auto direct = allocator.Allocate();
  const auto by_packed_frames = allocator.Allocate();
  Frame rest;
  std::vector<int32_t> moves;
  for (size_t i = 0; i < frames.size(); ++i) {
    WriteRow(frames[i], i, *direct);
    WriteRow(PackedFrame(frames[i]), i, *by_packed_frames, rest);
    EXPECT_EQ(OpponentMoveOf(*direct, i), OpponentMoveOf(*by_packed_frames, i));
    moves.push_back(OpponentMoveOf(*direct, i));
  }
  EXPECT_EQ(moves, (std::vector<int32_t>{0, 5, 1857, -1, -1, -1}));
}

class TensorsTest : public ::testing::TestWithParam<InputFormat> {};

TEST_P(TensorsTest, RandomFramesEqualTheReference) {
  std::vector<Frame> frames;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    frames.push_back(
        RandomFrame(seed, GetParam(), seed % 2 ? kVersion6 : kVersion7));
  }
  for (Frame& frame : frames) frame.dummy = 77;
  ExpectBatchMatches(frames);
  ExpectPackedRowsMatch(frames);
}

INSTANTIATE_TEST_SUITE_P(AllFormats, TensorsTest,
                         ::testing::ValuesIn(kInputFormats));

TEST(TensorsOfRealGamesTest, EqualTheReference) {
  const auto games = testing::RealGames();
  // A third of them, since the reference is slow.
  for (size_t i = 0; i < games.size(); i += 3) {
    ExpectBatchMatches(games[i]);
    ExpectPackedRowsMatch(games[i]);
    if (HasFailure()) return;
  }
}

// Without the classical one, in which the bundled games are.
class TensorsOfConvertedGamesTest
    : public ::testing::TestWithParam<InputFormat> {};

TEST_P(TensorsOfConvertedGamesTest, AreGoodAndEqualTheReference) {
  for (const auto& game : testing::RealGamesOf(GetParam())) {
    ASSERT_GT(game.size(), 10u);
    EXPECT_TRUE(ValidateChunk(game, static_cast<uint32_t>(GetParam())));
    ExpectBatchMatches(game);
    ExpectPackedRowsMatch(game);
  }
}

INSTANTIATE_TEST_SUITE_P(
    AllFormats, TensorsOfConvertedGamesTest,
    ::testing::ValuesIn(std::span(kInputFormats).subspan(1)));

// Planes of all positions of the first game.
std::vector<float> PlanesOfGame(InputFormat format) {
  std::vector<float> planes;
  const auto games = testing::RealGamesOf(format);
  for (const Frame& frame : games.front()) {
    planes.resize(planes.size() + kPlanesRowSize);
    WritePlanes(frame, std::span(planes).last<kPlanesRowSize>());
  }
  return planes;
}

// Which planes differ anywhere between a game in two formats.
std::set<size_t> Differing(InputFormat a, InputFormat b) {
  const std::vector<float> planes_a = PlanesOfGame(a);
  const std::vector<float> planes_b = PlanesOfGame(b);
  std::set<size_t> differing;
  for (size_t i = 0; i < planes_a.size(); ++i) {
    if (planes_a[i] != planes_b.at(i)) {
      differing.insert(i / kSquares % kPlaneCount);
    }
  }
  return differing;
}

// The engine wrote one game in each: what differs is what the formats' names
// say.
TEST(InputFormatsTest, FormatsDifferInTheirPlanesOnly) {
  using enum InputFormat;
  EXPECT_EQ(Differing(kCanonical, kHectoplies), std::set{kPlaneRule50});
  EXPECT_EQ(Differing(kHectoplies, kHectopliesArmageddon),
            std::set{kPlaneArmageddon});
  EXPECT_EQ(Differing(kV2, kV2Armageddon), std::set{kPlaneArmageddon});
  EXPECT_TRUE(
      Differing(kCastlingPlane, kCanonical).contains(kPlaneSideOrEnPassant));
}

// Anchors both implementations to what a chess player knows: at the start of
// a game our pawns stand on the second row.
TEST(TensorsOfRealGamesTest, StartPositionLooksLikeChess) {
  const Frame frame = testing::RealGames().front().front();
  std::vector<float> planes(kPlanesRowSize);
  WritePlanes(frame, std::span(planes).first<kPlanesRowSize>());
  const auto at = [&](size_t plane, size_t row, size_t column) {
    return planes[plane * kSquares + row * kBoardColumns + column];
  };
  for (size_t column = 0; column < 8; ++column) {
    EXPECT_EQ(at(0, 1, column), 1.0f);
    EXPECT_EQ(at(6, 6, column), 1.0f);
    EXPECT_EQ(at(0, 2, column), 0.0f);
  }
  EXPECT_EQ(at(kOurKingBitboard, 0, 4), 1.0f);
  EXPECT_EQ(at(kTheirKingBitboard, 7, 4), 1.0f);
  EXPECT_EQ(at(4, 0, 3), 1.0f) << "our queen";
}

}  // namespace
}  // namespace lczero
