#include "cc/chunks/pool/pool_state.h"

#include <gtest/gtest.h>

#include <utility>

namespace lczero {
namespace {

std::vector<ChunkVisits> RandomVisits(Random& random, size_t chunks) {
  std::vector<ChunkVisits> visits;
  const uint64_t kinds = 1 + random.Below(3);
  for (size_t i = 0; i < chunks; ++i) {
    const auto before = static_cast<uint32_t>(random.Below(kinds) * 1000);
    const auto emitted = static_cast<uint32_t>(random.Below(2));
    visits.push_back(
        {.count = (before + emitted) & 0x7fffffffu, .emitted = emitted & 1u});
  }
  return visits;
}

std::vector<SourceState> RandomSources(Random& random, size_t count) {
  std::vector<SourceState> sources;
  uint64_t hash = 0;
  for (size_t i = 0; i < count; ++i) {
    hash += 1 + random.Below(uint64_t{1} << 58);
    const auto visits = RandomVisits(random, random.Below(40));
    sources.push_back({.key_hash = hash, .visits = EncodeVisits(visits)});
  }
  return sources;
}

TEST(PoolStateTest, VisitsComeBack) {
  Random random(1);
  for (size_t chunks = 0; chunks < 100; ++chunks) {
    const auto visits = RandomVisits(random, chunks);
    const std::string encoded = EncodeVisits(visits) + "rest";
    std::string_view bytes = encoded;
    EXPECT_EQ(TakeVisits(bytes), visits);
    EXPECT_EQ(bytes, "rest");
  }
}

TEST(PoolStateTest, TheLargestCountComesBack) {
  const std::vector<ChunkVisits> visits = {{.count = 0x7fffffff, .emitted = 1},
                                           {.count = 0x7ffffffe, .emitted = 0}};
  const std::string encoded = EncodeVisits(visits);
  std::string_view bytes = encoded;
  EXPECT_EQ(TakeVisits(bytes), visits);
}

TEST(PoolStateTest, ByHand) {
  std::vector<ChunkVisits> visits(9, {.count = 2, .emitted = 0});
  visits[0] = visits[8] = {.count = 3, .emitted = 1};
  EXPECT_EQ(EncodeVisits(visits), std::string("\x09\x09\x02\x01\x01"));
  const SourceState source = {.key_hash = 0x0807060504030201u,
                              .visits = EncodeVisits(visits)};
  EXPECT_EQ(EncodeSources(std::vector{source}),
            std::string("\1\2\3\4\5\6\7\x08\x09\x09\x02\x01\x01"));
}

TEST(PoolStateTest, AChunkTakesLittle) {
  Random random(1);
  std::vector<ChunkVisits> visits(1000, {.count = 7, .emitted = 0});
  for (ChunkVisits& chunk : visits) {
    if (random.Below(2) == 1) chunk = {.count = 8, .emitted = 1};
  }
  EXPECT_EQ(EncodeVisits(visits).size(), 125u + 5u);
  EXPECT_EQ(EncodeVisits(std::span(visits).first(1)).size() + 8, 12u);
}

TEST(PoolStateTest, SourcesComeBack) {
  Random random(2);
  for (size_t count = 0; count < 30; ++count) {
    const auto sources = RandomSources(random, count);
    EXPECT_EQ(DecodeSources(EncodeSources(sources)), sources);
  }
}

TEST(PoolStateTest, OrderAndDoublesAreRefused) {
  Random random(3);
  auto sources = RandomSources(random, 2);
  std::swap(sources[0], sources[1]);
  EXPECT_FALSE(DecodeSources(EncodeSources(sources)));
  sources[0] = sources[1];
  EXPECT_FALSE(DecodeSources(EncodeSources(sources)));
}

// What is accepted is in its one form; nothing else is.
TEST(PoolStateTest, DamageIsRefusedOrAnotherState) {
  Random random(4);
  for (int round = 0; round < 300; ++round) {
    const std::string good = EncodeSources(RandomSources(random, 5));
    std::string bad = good.substr(0, random.Below(good.size() + 1));
    for (char& c : bad) {
      if (random.Below(20) == 0) c = static_cast<char>(random.Next());
    }
    if (const auto sources = DecodeSources(bad)) {
      EXPECT_EQ(EncodeSources(*sources), bad);
    }
  }
}

TEST(PoolStateTest, AHugeCountAllocatesNothing) {
  // 2^56 chunks, in one run.
  std::string bytes = std::string(8, '\1');
  for (int i = 0; i < 2; ++i) bytes += std::string(8, '\x80') + '\1';
  EXPECT_FALSE(DecodeSources(bytes + std::string(100, '\0')));
}

}  // namespace
}  // namespace lczero
