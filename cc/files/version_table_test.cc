#include "cc/files/version_table.h"

#include <gtest/gtest.h>

#include <unordered_map>
#include <vector>

#include "cc/base/hash.h"
#include "cc/base/random.h"

namespace lczero {
namespace {

TEST(VersionTableTest, RemembersTheLastVersion) {
  VersionTable table;
  EXPECT_EQ(table.Find(7), std::nullopt);
  table.Erase(7);
  table.Set(7, 1);
  table.Set(7, 0);
  EXPECT_EQ(table.Find(7), 0u);
  EXPECT_EQ(table.size(), 1u);
  table.Erase(7);
  EXPECT_EQ(table.Find(7), std::nullopt);
  EXPECT_EQ(table.size(), 0u);
}

TEST(VersionTableTest, AnyHashWillDo) {
  VersionTable table;
  for (const uint64_t name : {uint64_t{0}, UINT64_MAX, UINT64_MAX - 1}) {
    table.Set(name, name + 5);
    EXPECT_EQ(table.Find(name), name + 5);
  }
  table.Erase(UINT64_MAX);
  EXPECT_EQ(table.Find(UINT64_MAX - 1), UINT64_MAX + 4);
  table.Erase(0);
  EXPECT_EQ(table.Find(0), std::nullopt);
  EXPECT_EQ(table.size(), 1u);
}

// Hashes near the ends of their range, so that what lies at the last slots goes
// on at the first.
TEST(VersionTableTest, RandomHistoriesAgreeWithAMap) {
  Random random(1);
  for (int round = 0; round < 30; ++round) {
    VersionTable table;
    std::unordered_map<uint64_t, uint64_t> map;
    const uint64_t names = 1 + random.Below(300);
    for (int step = 0; step < 3000; ++step) {
      const uint64_t number = random.Below(names);
      const uint64_t name =
          round % 2 == 0 ? MixBits(number) : number * 1000 - 60'000;
      if (random.Below(2 + static_cast<uint64_t>(round) / 10) == 0) {
        table.Erase(name);
        map.erase(name);
      } else {
        map[name] = random.Below(1000);
        table.Set(name, map[name]);
      }
      ASSERT_EQ(table.size(), map.size());
    }
    for (uint64_t number = 0; number < names; ++number) {
      const uint64_t name =
          round % 2 == 0 ? MixBits(number) : number * 1000 - 60'000;
      const auto place = map.find(name);
      EXPECT_EQ(table.Find(name), place == map.end()
                                      ? std::nullopt
                                      : std::optional(place->second));
    }
  }
}

TEST(VersionTableTest, AFileTakesFewBytesAndGivesThemBack) {
  VersionTable table;
  for (uint64_t i = 1; i <= 100'000; ++i) {
    table.Set(MixBits(i), i);
    if (i >= 100) {
      ASSERT_LE(table.bytes(), i * 26);
    }
  }
  for (uint64_t i = 1; i <= 100'000; ++i) table.Erase(MixBits(i));
  EXPECT_LE(table.bytes(), 1000u);
}

}  // namespace
}  // namespace lczero
