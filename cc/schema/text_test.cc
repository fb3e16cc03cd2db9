#include "cc/schema/text.h"

#include <gtest/gtest.h>

#include <string>

#include "nlohmann/json.hpp"

namespace lczero::schema {
namespace {

TEST(ParseJsonTest, ReadsUtf8) {
  const auto value = ParseJson("{\"a\": [1, \"\u00e9\"]}");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ((*value)["a"][1], "\u00e9");
}

TEST(ParseJsonTest, RefusesWhatIsNotJson) {
  for (const char* text : {"", "{", "[NaN]", "\"\xff\"", R"("\ud800")", "1 2",
                           "{'a': 1}", "[1,]", "1e999"}) {
    const auto value = ParseJson(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().code, ErrorCode::kBadConfig);
    EXPECT_NE(value.error().message.find("not JSON"), std::string::npos);
  }
}

TEST(ParseJsonTest, NamesAKeyThatStandsTwice) {
  EXPECT_EQ(ParseJson(R"({"a": {"b": 1, "b": 2}})").error().message,
            "b: this key is given twice");
  EXPECT_TRUE(ParseJson(R"({"a": {"b": 1}, "b": {"a": 1}})").has_value());
}

TEST(ParseJsonTest, BoundsTheNesting) {
  const std::string deep(500, '[');
  EXPECT_TRUE(ParseJson(deep + std::string(500, ']')).has_value());
  EXPECT_FALSE(ParseJson("[" + deep + std::string(501, ']')).has_value());
  EXPECT_FALSE(ParseJson(deep + R"({"a": {"a": 1}})" + std::string(500, ']'))
                   .has_value());
  // Enough to overflow the stack of anything that recurses.
  EXPECT_FALSE(ParseJson(std::string(1 << 20, '[')).has_value());
  EXPECT_FALSE(ParseJson(std::string(1 << 19, '[') + std::string(1 << 19, ']'))
                   .has_value());
}

TEST(DumpJsonTest, IsOneLineOfAscii) {
  EXPECT_EQ(DumpJson({{"a", "\u00e9\n"}}), R"({"a":"\u00e9\n"})");
}

TEST(DumpJsonTest, SurvivesNamesThatAreNotUtf8) {
  EXPECT_EQ(DumpJson(std::string("a\xff")), R"("a\ufffd")");
}

}  // namespace
}  // namespace lczero::schema
