#include "cc/testing/damage.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cc/testing/chunk_files.h"

namespace lczero::testing {
namespace {

TEST(DamageTest, IsRepeatableAndBounded) {
  const Bytes content = Gzip(Bytes(3000, std::byte{7}));
  Random a(1), b(1);
  size_t changed = 0;
  for (int i = 0; i < 1000; ++i) {
    const Bytes damaged = Damaged(content, a);
    EXPECT_EQ(Damaged(content, b), damaged);
    EXPECT_LE(damaged.size(), 2 * content.size() + 1000);
    changed += damaged != content ? 1 : 0;
  }
  EXPECT_GT(changed, 900u);
}

TEST(DamageTest, NothingCanBeDamagedToo) {
  Random random(1);
  for (size_t kind = 0; kind < kDamages; ++kind) {
    for (size_t size = 0; size < 4; ++size) {
      (void)Damaged(static_cast<Damage>(kind), Bytes(size), random);
    }
  }
}

TEST(DamageTest, AWrongSizeStandsUnderARightChecksum) {
  const std::vector<std::pair<std::string, Bytes>> members = {
      {"a.gz", Bytes(700)}, {"b.gz", Bytes(5)}};
  const Bytes tar = Tar(members);
  Random random(1);
  for (int i = 0; i < 100; ++i) {
    Bytes wrong = WithWrongTarSize(tar, random);
    ASSERT_EQ(wrong.size(), tar.size());
    const auto changed = std::ranges::mismatch(wrong, tar).in1 - wrong.begin();
    if (changed == static_cast<ptrdiff_t>(tar.size())) continue;
    const Bytes before = wrong;
    SealTarHeader(wrong, static_cast<size_t>(changed) / 512 * 512);
    EXPECT_EQ(wrong, before);
  }
  EXPECT_EQ(WithWrongTarSize(Bytes(600, std::byte{3}), random),
            Bytes(600, std::byte{3}));
}

}  // namespace
}  // namespace lczero::testing
