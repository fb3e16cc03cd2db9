// The codec through generated structs. That it agrees with protobuf and with
// Python is tested by //tools/schemagen:agreement_test.
#include "cc/schema/codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "cc/schema/sample.h"
#include "nlohmann/json.hpp"

namespace lczero::sample {
namespace {

using nlohmann::json;

TEST(FromJsonTest, NamesTheFieldThatIsWrong) {
  const auto message = PresenceFromJson(
      json::parse(R"({"tree": {"children": [{}, {"label": 3}]}})"));
  ASSERT_FALSE(message.has_value());
  EXPECT_EQ(message.error().code, ErrorCode::kBadConfig);
  EXPECT_EQ(message.error().message,
            "tree.children[1].label: expected a string, got 3");
}

TEST(FromJsonTest, TellsAbsentFromZero) {
  const auto message = PresenceFromJson({{"number", 0}, {"text", nullptr}});
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->number, 0);
  EXPECT_EQ(message->text, std::nullopt);
}

TEST(FromJsonTest, BoundsTheNesting) {
  json value = json::object();
  for (int i = 1; i < schema::kMaxDepth; ++i) {
    value = {{"children", json::array({value})}};
  }
  EXPECT_TRUE(TreeFromJson(value).has_value());
  EXPECT_FALSE(TreeFromJson({{"children", {value}}}).has_value());
}

TEST(FromJsonTest, RefusesKeysThatMeanTheSame) {
  const auto message =
      MapsFromJson(json::parse(R"({"by_int32": {"1": "RED", "1.0": "RED"}})"));
  ASSERT_FALSE(message.has_value());
  EXPECT_EQ(message.error().message, "by_int32.1.0: this key is given twice");
}

TEST(ToJsonTest, LeavesOutZerosButNotTheirMinus) {
  EXPECT_EQ(ToJson(Scalars{}), json::object());
  Scalars scalars;
  scalars.a_double = -0.0;
  EXPECT_EQ(ToJson(scalars).dump(), R"({"a_double":-0.0})");
}

TEST(ToJsonTest, WritesLargeIntegersAsStrings) {
  Scalars scalars;
  scalars.a_uint64 = std::numeric_limits<uint64_t>::max();
  scalars.an_int64 = -1;
  EXPECT_EQ(ToJson(scalars), json::parse(R"({
    "a_uint64": "18446744073709551615", "an_int64": "-1"})"));
}

TEST(ToJsonTest, WritesAnEnumWithoutNameByItsNumber) {
  Scalars scalars;
  scalars.a_color = static_cast<Color>(99);
  EXPECT_EQ(ToJson(scalars), json({{"a_color", 99}}));
}

TEST(FillDefaultsTest, FillsAbsentFieldsAtAnyDepth) {
  Rules rules;
  rules.threads = 1;
  rules.inner_map["x"] = {};
  rules.inner_list = {{.size = 5}, {}};
  rules.circle.emplace();
  FillDefaults(rules);
  EXPECT_EQ(rules.threads, 1u);
  EXPECT_EQ(rules.name, "a \"b\" \\ c");
  EXPECT_EQ(rules.least, std::numeric_limits<int64_t>::min());
  EXPECT_EQ(rules.flag, true);
  constexpr auto kMost = std::numeric_limits<uint64_t>::max();
  EXPECT_EQ(rules.inner_map["x"].size, kMost);
  EXPECT_EQ(rules.inner_list[0].size, 5u);
  EXPECT_EQ(rules.inner_list[1].size, kMost);
  EXPECT_EQ(rules.circle->size, kMost);
  EXPECT_EQ(rules.square, std::nullopt);
}

TEST(ValidateTest, FindsEverything) {
  EXPECT_EQ(Validate(Rules{}),
            (std::vector<std::string>{
                "needed_text: is required and must not be empty",
                "needed_list: is required and must not be empty",
                "needed_tree: is required",
                "needs one shape: circle, square",
            }));
}

TEST(ValidateTest, ChecksBounds) {
  Rules rules;
  rules.needed_text = "a";
  rules.needed_list = {0, -6};
  rules.needed_tree.emplace();
  rules.circle = {.size = 1};
  rules.square = 1;
  rules.rate = std::numeric_limits<double>::quiet_NaN();
  rules.threads = 257;
  rules.least = 11;
  EXPECT_EQ(Validate(rules),
            (std::vector<std::string>{
                "threads: expected a value from 1 to 256, got 257",
                "rate: expected at least 0.001, got NaN",
                "least: expected at most 10, got 11",
                "needed_list[1]: expected at least -5, got -6",
                "circle.size: expected at least 2, got 1",
                "only one shape may be given, not circle, square",
            }));
}

}  // namespace
}  // namespace lczero::sample
