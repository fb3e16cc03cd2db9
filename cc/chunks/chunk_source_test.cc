#include "cc/chunks/chunk_source.h"

#include <gtest/gtest.h>

#include "cc/chunks/fake_source_for_test.h"

namespace lczero {
namespace {

TEST(ChunkSourceTest, KeyAndNamesComeFromThePath) {
  const auto source = MakeFakeSource("a.tar", 3);
  EXPECT_EQ(source->path().ToString(), "folder/a.tar");
  EXPECT_EQ(source->sort_key(), "a.tar");
  EXPECT_EQ(source->ChunkName(2), "folder/a.tar#2");
  EXPECT_TRUE(source->Problems().empty());
}

}  // namespace
}  // namespace lczero
