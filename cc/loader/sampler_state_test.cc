#include "cc/loader/sampler_state.h"

#include <gtest/gtest.h>

#include "cc/base/random.h"
#include "cc/testing/loader_configs.h"

namespace lczero {
namespace {

GraphPlan UsualPlan() {
  DataLoaderConfig config = testing::MakeConfig({});
  FillDefaults(config);
  return PlanGraph(config).value();
}

PoolState SomePoolState() {
  const std::vector<ChunkVisits> visits = {{.count = 3, .emitted = 1},
                                           {.count = 2, .emitted = 0}};
  return {.random = Random(5).state(),
          .exhaustions = 2,
          .sources = {{.key_hash = 17, .visits = EncodeVisits(visits)}}};
}

SamplerState SomeState() {
  SamplerState state;
  state.pools["pool"] = ToMessage(SomePoolState());
  state.frames_drawn["shuffle"] = 12345678901234u;
  return state;
}

void ExpectRefused(std::string_view text, std::string_view what) {
  const auto state = OpenSamplerState(text, UsualPlan());
  ASSERT_FALSE(state.has_value()) << text;
  EXPECT_EQ(state.error().code, ErrorCode::kCorruptData);
  EXPECT_TRUE(state.error().message.starts_with("sampler_state: "));
  EXPECT_NE(state.error().message.find(what), std::string::npos)
      << state.error().message;
}

TEST(SamplerStateTest, ComesBack) {
  const auto state =
      OpenSamplerState(SealSamplerState(SomeState()), UsualPlan());
  ASSERT_TRUE(state.has_value()) << state.error().message;
  EXPECT_EQ(state->frames_drawn.at("shuffle"), 12345678901234u);
  const auto pool = PoolStateOf(*state, "pool").value();
  ASSERT_TRUE(pool.has_value());
  EXPECT_EQ(pool->random, SomePoolState().random);
  EXPECT_EQ(pool->exhaustions, 2u);
  EXPECT_EQ(pool->sources, SomePoolState().sources);
  EXPECT_FALSE(PoolStateOf(*state, "other").value().has_value());
}

TEST(SamplerStateTest, WhatIsNoneIsRefused) {
  ExpectRefused("", "0 bytes are no JSON");
  ExpectRefused("\x80\x02garbage", "no JSON");
  ExpectRefused("[1]", "no sampler state");
  ExpectRefused("{}", "no sampler state");
  ExpectRefused("{\"version\": 7, \"news\": []}", "version 7");
  ExpectRefused("{\"version\": 1, \"news\": []}", "damaged");
}

TEST(SamplerStateTest, AnotherConfigsIsRefused) {
  SamplerState state = SomeState();
  state.pools["train.pool"] = ToMessage(SomePoolState());
  ExpectRefused(SealSamplerState(state),
                "of a pool 'train.pool', the config has the pools pool");
  state = SomeState();
  state.pools["shuffle"] = ToMessage(SomePoolState());
  ExpectRefused(SealSamplerState(state), "of a pool 'shuffle'");
}

TEST(SamplerStateTest, APoolThatCannotBeDecodedIsRefused) {
  SamplerState state = SomeState();
  state.pools["pool"].sources.push_back(1);
  EXPECT_EQ(PoolStateOf(state, "pool").error().code, ErrorCode::kCorruptData);
  state = SomeState();
  state.pools["pool"].random_words.pop_back();
  EXPECT_FALSE(PoolStateOf(state, "pool").has_value());
}

// Every cut, and every flipped bit that is not in the spelling of the JSON
// only.
TEST(SamplerStateTest, DamageIsRefused) {
  const std::string good = SealSamplerState(SomeState());
  const GraphPlan plan = UsualPlan();
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(OpenSamplerState(good.substr(0, length), plan)) << length;
  }
  int accepted = 0;
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
    const auto state = OpenSamplerState(bad, plan);
    if (!state) continue;
    ++accepted;
    EXPECT_EQ(SealSamplerState(*state), good) << bad;
  }
  EXPECT_LT(accepted, 20);
}

}  // namespace
}  // namespace lczero
