#include "cc/schema/scalars.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "nlohmann/json.hpp"

namespace lczero::schema {
namespace {

using nlohmann::json;

template <typename T>
class IntegerTest : public testing::Test {};
using Integers = testing::Types<int32_t, uint32_t, int64_t, uint64_t>;
TYPED_TEST_SUITE(IntegerTest, Integers);

TYPED_TEST(IntegerTest, ReachesExactlyToItsBounds) {
  using Limits = std::numeric_limits<TypeParam>;
  for (TypeParam bound : {Limits::min(), Limits::max()}) {
    TypeParam out{7};
    EXPECT_TRUE(ReadScalar(bound, out));
    EXPECT_EQ(out, bound);
    out = 7;
    EXPECT_TRUE(ReadScalar(std::to_string(bound), out));
    EXPECT_EQ(out, bound);
  }
}

TYPED_TEST(IntegerTest, RefusesWhatIsBeyond) {
  TypeParam out{7};
  for (const char* text : {"1e30", "-1e30", "18446744073709551616",
                           "-9223372036854775809", "1.5", "-0.5"}) {
    EXPECT_FALSE(ReadScalar(json::parse(text), out)) << text;
    EXPECT_FALSE(ReadScalar(json(text), out)) << text;
  }
  EXPECT_EQ(out, TypeParam{7});
}

TYPED_TEST(IntegerTest, TakesWholeNumbersInAnyForm) {
  for (const json& value : {json(3), json(3.0), json("3"), json("30e-1")}) {
    TypeParam out{};
    EXPECT_TRUE(ReadScalar(value, out)) << value;
    EXPECT_EQ(out, TypeParam{3});
  }
}

TYPED_TEST(IntegerTest, RefusesEverythingElse) {
  TypeParam out{};
  for (const json& value :
       {json(true), json(), json(""), json(" 3"), json("3 "), json("0x3"),
        json("3\n"), json("true"), json(json::array()), json("[3]")}) {
    EXPECT_FALSE(ReadScalar(value, out)) << value;
  }
}

TEST(IntegerTextTest, SaysWhatWasExpected) {
  uint32_t out = 0;
  EXPECT_EQ(ReadScalar("many", out).error(),
            "expected an integer from 0 to 4294967295, got \"many\"");
}

TEST(FloatTest, EndsWhere32BitsDo) {
  float out = 0;
  EXPECT_TRUE(ReadScalar(3.4028234663852886e38, out));
  EXPECT_EQ(out, std::numeric_limits<float>::max());
  EXPECT_FALSE(ReadScalar(3.41e38, out));
  double wide = 0;
  EXPECT_TRUE(ReadScalar(3.41e38, wide));
}

TEST(FloatTest, IsWrittenShort) {
  EXPECT_EQ(WriteScalar(0.1f).dump(), "0.1");
  EXPECT_EQ(WriteScalar(16777216.0f).get<double>(), 16777216.0);
  EXPECT_EQ(WriteScalar(-std::numeric_limits<float>::infinity()), "-Infinity");
}

TEST(BytesTest, GoThereAndBack) {
  Bytes bytes;
  for (int length = 0; length < 10; ++length) {
    Bytes out;
    EXPECT_TRUE(ReadScalar(WriteScalar(bytes), out));
    EXPECT_EQ(out, bytes);
    bytes.push_back(static_cast<uint8_t>(251 - 37 * length));
  }
}

TEST(BytesTest, TakesEitherAlphabetWithOrWithoutPadding) {
  for (const char* text : {"+/8=", "-_8=", "-_8"}) {
    Bytes out;
    EXPECT_TRUE(ReadScalar(text, out)) << text;
    EXPECT_EQ(out, (Bytes{0xfb, 0xff}));
  }
}

TEST(BytesTest, RefusesForeignCharactersAndBadPadding) {
  Bytes out;
  for (const char* text : {"*", "A", "AQ=", "AQ===", "AQ==AQ==", "=", "A Q="}) {
    EXPECT_FALSE(ReadScalar(text, out)) << text;
  }
}

TYPED_TEST(IntegerTest, IsAKeyToo) {
  using Limits = std::numeric_limits<TypeParam>;
  for (TypeParam bound : {Limits::min(), Limits::max()}) {
    TypeParam out{7};
    EXPECT_TRUE(ReadKey(WriteKey(bound), out));
    EXPECT_EQ(out, bound);
  }
  TypeParam out{7};
  EXPECT_FALSE(ReadKey("1.5", out));
  EXPECT_EQ(out, TypeParam{7});
}

TEST(KeyTest, TextIsItself) {
  std::string out;
  EXPECT_TRUE(ReadKey(WriteKey(std::string("true")), out));
  EXPECT_EQ(out, "true");
}

TEST(KeyTest, BoolsAreWords) {
  bool out = false;
  EXPECT_TRUE(ReadKey("true", out));
  EXPECT_TRUE(out);
  EXPECT_EQ(ReadKey("1", out).error(),
            R"(expected "true" or "false", got "1")");
  EXPECT_EQ(WriteKey(false), "false");
}

}  // namespace
}  // namespace lczero::schema
