// For tests: a chunk source without a file. Chunk i reads as "KEY#i".
#ifndef CC_CHUNKS_FAKE_SOURCE_FOR_TEST_H_
#define CC_CHUNKS_FAKE_SOURCE_FOR_TEST_H_

#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "cc/chunks/chunk_source.h"

namespace lczero {

class FakeSource : public ChunkSource {
 public:
  FakeSource(std::string key, size_t count)
      : ChunkSource(FilePath("folder/" + std::move(key))), count_(count) {}

  size_t ChunkCount() const override { return count_; }
  Result<ChunkContent> DoRead(size_t index, uint32_t) const override {
    const std::string text =
        std::string(sort_key()) + "#" + std::to_string(index);
    Buffer content(text.size());
    std::memcpy(content.data(), text.data(), text.size());
    return ChunkContent(std::move(content));
  }

 private:
  const size_t count_;
};

inline std::shared_ptr<const ChunkSource> MakeFakeSource(std::string key,
                                                         size_t count) {
  return std::make_shared<FakeSource>(std::move(key), count);
}

}  // namespace lczero

#endif  // CC_CHUNKS_FAKE_SOURCE_FOR_TEST_H_
