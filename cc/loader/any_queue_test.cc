#include "cc/loader/any_queue.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace lczero {
namespace {

constexpr ItemType kAll[] = {ItemType::kFiles,     ItemType::kChunkSources,
                             ItemType::kRawChunks, ItemType::kChunks,
                             ItemType::kFrames,    ItemType::kBatches};

TEST(AnyQueueTest, EveryTypeMakesItsOwnQueue) {
  std::set<std::string_view> names;
  for (ItemType type : kAll) {
    const AnyQueue queue = MakeQueue(type, 3);
    EXPECT_EQ(queue.index(), static_cast<size_t>(type));
    EXPECT_EQ(CountsOf(queue).capacity, 3u);
    names.insert(ItemTypeName(type));
  }
  EXPECT_EQ(names.size(), std::size(kAll));
}

TEST(AnyQueueTest, TheTypedQueueIsTheOneInside) {
  AnyQueue queue = MakeQueue(ItemType::kFrames, 2);
  ASSERT_TRUE(QueueOf<FrameItem>(&queue)->Push(PackedFrame()).has_value());
  EXPECT_EQ(CountsOf(queue).size, 1u);
  StopQueue(queue);
  EXPECT_EQ(CountsOf(queue).dropped, 1u);
  EXPECT_EQ(QueueOf<FrameItem>(&queue)->Pop().error().code,
            ErrorCode::kCancelled);
  EXPECT_EQ(QueueOf<FrameItem>(nullptr), nullptr);
}

}  // namespace
}  // namespace lczero
