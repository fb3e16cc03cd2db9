#include "cc/schema/problem.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <string_view>

#include "nlohmann/json.hpp"

namespace lczero::schema {
namespace {

using nlohmann::json;

TEST(PathTest, GrowsAndShrinksWithItsScopes) {
  Path path;
  {
    Path::Scope networks(path, "networks");
    {
      Path::Scope second(path, size_t{2});
      Path::Scope field(path, "path");
      EXPECT_EQ(path.text(), "networks[2].path");
    }
    EXPECT_EQ(path.text(), "networks");
  }
  EXPECT_EQ(path.text(), "");
}

TEST(ProblemTest, TextHasFieldWhereThereIsOne) {
  EXPECT_EQ(ToText({"a", "is bad"}), "a: is bad");
  EXPECT_EQ(ToText({"", "is bad"}), "is bad");
}

TEST(ShownTest, IsShortAscii) {
  EXPECT_EQ(Shown("\u00e9\n"), R"("\u00e9\n")");
  EXPECT_EQ(Shown(json::object()), "an empty object");
  EXPECT_EQ(Shown(json::array({1})), "a list");
  EXPECT_EQ(Shown(std::string(100, 'x')), "\"" + std::string(59, 'x') + "...");
  EXPECT_EQ(Shown(std::numeric_limits<double>::quiet_NaN()), "NaN");
  // Not UTF-8, as a file's name may be.
  EXPECT_EQ(Shown(std::string("\xff")), R"("\ufffd")");
}

TEST(NearestTest, FindsTheFirstOfTheNearest) {
  constexpr std::array<std::string_view, 3> kNames = {"size", "reservoir_size",
                                                      "reservoir_sized"};
  EXPECT_EQ(Nearest("reservior_size", kNames), "reservoir_size");
  EXPECT_EQ(Nearest("zzz", kNames), std::nullopt);
  EXPECT_EQ(Nearest("a", {}), std::nullopt);
}

TEST(UnknownFieldTest, TellsWhatMayHaveBeenMeant) {
  constexpr std::array<std::string_view, 2> kNames = {"path", "size"};
  EXPECT_EQ(UnknownField("pth", kNames), "unknown field; did you mean path?");
  EXPECT_EQ(UnknownField("qqqq", kNames),
            "unknown field; known are path, size");
  EXPECT_EQ(UnknownField("qqqq", {}),
            "unknown field; there are no fields here");
}

}  // namespace
}  // namespace lczero::schema
