// The tar index: members lie within the archive, and nothing else is claimed.
#include "cc/base/check.h"
#include "cc/chunks/tar_dialects_for_test.h"
#include "cc/chunks/tar_header.h"
#include "cc/chunks/tar_index.h"
#include "cc/fuzz/fuzz_target.h"
#include "cc/testing/chunk_files.h"
#include "cc/testing/damage.h"
#include "cc/testing/real_games.h"

namespace {

using namespace lczero;

void IndexOne(std::span<const std::byte> archive) {
  const auto index = IndexTar(RandomAccessMemory(archive));
  if (!index) {
    LC_CHECK(index.error().code == ErrorCode::kCorruptData,
             "memory can always be read");
    return;
  }
  LC_CHECK(index->problems.size() <= kMaxTarProblems, "problems are few");
  uint64_t end = 0;
  for (const TarMember& member : index->members) {
    LC_CHECK(member.offset >= end + kTarBlockBytes, "members do not overlap");
    LC_CHECK(member.offset <= archive.size() &&
                 member.size <= archive.size() - member.offset,
             "a member is all there");
    end = member.offset + member.size;
  }
}

}  // namespace

std::vector<std::string> lczero::fuzz::Seeds() {
  std::vector<std::string> seeds;
  const std::vector<std::string> contents = {"first", std::string(700, 'x'),
                                             ""};
  for (size_t i = 0; i < kTarDialects; ++i) {
    seeds.push_back(TarOf(static_cast<TarDialect>(i), contents));
  }
  for (const std::string& path : testing::RealArchives()) {
    const auto bytes = testing::ReadFile(path);
    seeds.push_back(ToText(std::span(bytes).first(40'000)));
  }
  return seeds;
}

std::vector<std::string> lczero::fuzz::Words() {
  std::vector<std::string> words = {
      "path=",         "size=",    "20 size=100000000\n", "ustar  ", "LICENSE",
      "././@LongLink", "30 path=", "11 size=7\n"};
  words.push_back(std::string("ustar\00000", 8));
  words.push_back(std::string(1024, '\0'));
  for (const char type : std::string("0LxgK157\0S", 10)) {
    words.push_back(UstarBlock("a.gz", 5, type).bytes);
  }
  return words;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto archive = std::as_bytes(std::span(data, size));
  IndexOne(archive);
  // Damage seldom leaves a checksum right: right them all.
  std::vector<std::byte> sealed(archive.begin(), archive.end());
  for (size_t at = 0; at + kTarBlockBytes <= size; at += kTarBlockBytes) {
    if (archive[at] != std::byte{}) lczero::testing::SealTarHeader(sealed, at);
  }
  IndexOne(sealed);
  return 0;
}
