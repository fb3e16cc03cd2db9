// Inflating: a member is taken as a whole or not at all, within the limit.
#include "cc/base/check.h"
#include "cc/chunks/gzip.h"
#include "cc/fuzz/fuzz_target.h"
#include "cc/testing/chunk_files.h"
#include "cc/testing/frames.h"

namespace {

constexpr size_t kMaxBytes = 1 << 20;

}  // namespace

std::vector<std::string> lczero::fuzz::Seeds() {
  std::vector<std::string> seeds;
  for (size_t size : {0, 1, 100, 70'000}) {
    seeds.push_back(
        ToText(testing::Gzip(std::vector<std::byte>(size, std::byte{'x'}))));
  }
  seeds.push_back(
      ToText(testing::Gzip(testing::ChunkBytes(testing::RandomGame(1, 3)))));
  // With every optional field: extra, name, comment.
  const std::string plain = seeds[2];
  seeds.push_back(std::string("\x1f\x8b\x08\x1c\0\0\0\0\0\x03\x02\0ab", 14) +
                  std::string("name\0comment\0", 13) + plain.substr(10));
  return seeds;
}

std::vector<std::string> lczero::fuzz::Words() {
  return {"\x1f\x8b\x08", std::string("\xff\xff\xff\xff", 4),
          std::string("\x00\x00\x10\x00", 4), std::string("\0\0\0\0", 4)};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lczero;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto inflated = InflateGzip(bytes, kMaxBytes);
  if (!inflated) {
    LC_CHECK(inflated.error().code == ErrorCode::kCorruptData,
             "bytes are good or corrupt");
    return 0;
  }
  LC_CHECK(HasGzipMagic(bytes), "a member begins as one");
  LC_CHECK(inflated->size() <= kMaxBytes, "the limit holds");
  for (const size_t count :
       {size_t{0}, inflated->size() / 2, inflated->size()}) {
    const auto first = InflateGzipFirst(bytes, count);
    LC_CHECK(first && first->size() >= count &&
                 inflated->text().starts_with(first->text()),
             "the first bytes are those of the whole");
  }
  const auto packed = testing::Gzip(inflated->bytes());
  const auto again = InflateGzip(packed, kMaxBytes);
  LC_CHECK(again && again->text() == inflated->text(), "content comes back");
  return 0;
}
