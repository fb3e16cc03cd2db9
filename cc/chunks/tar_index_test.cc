#include "cc/chunks/tar_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <vector>

#include "cc/base/random.h"
#include "cc/chunks/chunk_source.h"
#include "cc/chunks/tar_archive_for_test.h"

namespace lczero {
namespace {

using Contents = std::vector<std::string>;

Result<TarIndex> Index(const std::string& archive) {
  return IndexTar(RandomAccessMemory(std::as_bytes(std::span(archive))));
}

// What the members hold; fails the test if one lies outside the archive.
Contents Members(const std::string& archive) {
  const Result<TarIndex> index = Index(archive);
  if (!index) return {"error: " + index.error().message};
  Contents contents;
  for (const TarMember& member : index->members) {
    EXPECT_LE(member.offset, archive.size());
    EXPECT_LE(member.size, archive.size() - member.offset);
    contents.push_back(archive.substr(member.offset, member.size));
  }
  return contents;
}

size_t Problems(const std::string& archive) {
  const Result<TarIndex> index = Index(archive);
  return index ? index->problems.size() : 0;
}

TarArchiveForTest TwoGames() {
  return TarArchiveForTest().File("a.gz", "first").File("b.gz", "second");
}

TEST(TarIndexTest, FindsEveryFile) {
  const std::string archive = TwoGames().End().bytes();
  EXPECT_EQ(Members(archive), (Contents{"first", "second"}));
  EXPECT_EQ(Problems(archive), 0u);
}

TEST(TarIndexTest, NamesTellWhatIsGzipped) {
  const auto index =
      Index(TarArchiveForTest().File("a.gz", "x").File("b", "y").bytes());
  EXPECT_EQ(index->members[0].named_gz, 1u);
  EXPECT_EQ(index->members[1].named_gz, 0u);
}

TEST(TarIndexTest, SkipsLicenseFoldersAndLinks) {
  TarArchiveForTest archive;
  archive.Block(UstarBlock("run/", 0, '5')).File("run/LICENSE", "ODbL");
  archive.Block(UstarBlock("run/link.gz", 0, '2'));
  archive.Block(UstarBlock("run/hard.gz", 5, '1'));
  archive.Block(UstarBlock("run/old/", 0, '0'));
  archive.File("run/a.gz", "first").End();
  EXPECT_EQ(Members(archive.bytes()), Contents{"first"});
}

TEST(TarIndexTest, SkipsTypesItDoesNotKnowWithTheirData) {
  TarArchiveForTest archive;
  archive.Block(UstarBlock("volume", 600, 'V')).Data(std::string(600, 'v'));
  archive.File("a.gz", "first").End();
  EXPECT_EQ(Members(archive.bytes()), Contents{"first"});
}

TEST(TarIndexTest, TakesOldStyleFiles) {
  TarBlockForTest old = UstarBlock("a.gz", 5, '\0');
  old.Put(257, std::string(8, '\0')).Seal();
  EXPECT_EQ(Members(TarArchiveForTest().Block(old).Data("first").bytes()),
            Contents{"first"});
}

TEST(TarIndexTest, ThePrefixIsPartOfTheName) {
  TarArchiveForTest archive;
  archive.Block(UstarBlock("LICENSE", 4, '0', "deep/folder")).Data("ODbL");
  archive.Block(UstarBlock("a.gz", 5, '0', "LICENSE")).Data("first").End();
  EXPECT_EQ(Members(archive.bytes()), Contents{"first"});
}

TEST(TarIndexTest, GnuLongNamesHoldForOneMember) {
  const std::string long_name = std::string(200, 'd') + "/LICENSE";
  TarArchiveForTest archive;
  archive.Block(UstarBlock("././@LongLink", long_name.size() + 1, 'L'));
  archive.Data(long_name + '\0').File("cut off", "ODbL");
  archive.Block(UstarBlock("././@LongLink", 4, 'K')).Data("link");
  archive.File("a.gz", "first").End();
  EXPECT_EQ(Members(archive.bytes()), Contents{"first"});
}

TEST(TarIndexTest, PaxOverridesHoldForOneMember) {
  TarArchiveForTest archive;
  archive.Pax('x', "20 path=run/LICENSE\n").File("cut off", "ODbL");
  archive.Pax('x', "10 size=5\n");
  archive.Block(UstarBlock("a.gz", 0)).Data("first");
  archive.File("b.gz", "second").End();
  EXPECT_EQ(Members(archive.bytes()), (Contents{"first", "second"}));
}

TEST(TarIndexTest, GlobalPaxHoldsUntilOverridden) {
  TarArchiveForTest archive;
  archive.Pax('g', "10 size=5\n");
  archive.Block(UstarBlock("a.gz", 0)).Data("first");
  archive.Pax('x', "10 size=6\n");
  archive.Block(UstarBlock("b.gz", 0)).Data("second").End();
  EXPECT_EQ(Members(archive.bytes()), (Contents{"first", "second"}));
}

TEST(TarIndexTest, TakesBase256Sizes) {
  TarBlockForTest block = UstarBlock("a.gz", 0);
  block.Put(124, std::string_view("\x80\0\0\0\0\0\0\0\0\0\0\x05", 12)).Seal();
  EXPECT_EQ(Members(TarArchiveForTest().Block(block).Data("first").bytes()),
            Contents{"first"});
}

TEST(TarIndexTest, MissingEndBlocksDoNotMatter) {
  EXPECT_EQ(Members(TwoGames().bytes()), (Contents{"first", "second"}));
  EXPECT_EQ(Members(TwoGames().Raw(std::string(512, '\0')).bytes()),
            (Contents{"first", "second"}));
}

TEST(TarIndexTest, NothingCountsBehindTheEnd) {
  EXPECT_EQ(Members(TwoGames().End().File("c.gz", "old rest").bytes()),
            (Contents{"first", "second"}));
}

TEST(TarIndexTest, ASingleZeroBlockIsPassedOver) {
  TarArchiveForTest archive;
  archive.File("a.gz", "first").Raw(std::string(512, '\0'));
  archive.File("b.gz", "second").End();
  EXPECT_EQ(Members(archive.bytes()), (Contents{"first", "second"}));
}

TEST(TarIndexTest, AnEmptyFileIsAnArchiveThatHasNotBegun) {
  EXPECT_EQ(Members(""), Contents{});
  EXPECT_EQ(Members("short"), Contents{});
  EXPECT_EQ(Members(TarArchiveForTest().End().bytes()), Contents{});
}

TEST(TarIndexTest, WhatIsNoArchiveIsCorrupt) {
  const Result<TarIndex> index = Index(std::string(2000, 'x'));
  ASSERT_FALSE(index);
  EXPECT_EQ(index.error().code, ErrorCode::kCorruptData);
  EXPECT_NE(index.error().message.find("none of its 2000 bytes"),
            std::string::npos);
}

// A growing archive: at every length exactly the members whose bytes are there.
TEST(TarIndexTest, EveryTruncationGivesTheCompleteMembers) {
  TarArchiveForTest archive = TwoGames();
  archive.Pax('x', "10 size=5\n").Block(UstarBlock("c.gz", 0)).Data("third");
  const std::string whole = archive.End().bytes();
  // Where each member's last byte lies.
  const size_t first = 512 + 5, second = 1024 + 512 + 6;
  const size_t third = 2048 + 1024 + 512 + 5;
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    const size_t expected = (size >= first ? 1u : 0u) +
                            (size >= second ? 1u : 0u) +
                            (size >= third ? 1u : 0u);
    EXPECT_EQ(Members(cut).size(), expected) << size;
    EXPECT_EQ(Problems(cut), 0u) << size;
  }
}

// Never a crash or a member outside; and the other games stay.
TEST(TarIndexTest, EveryBitFlipLeavesTheOtherGames) {
  TarArchiveForTest builder = TwoGames();
  builder.Pax('x', "10 size=5\n").Block(UstarBlock("c.gz", 0)).Data("third");
  const std::string whole = builder.File("d.gz", "fourth").End().bytes();
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    const Contents members = Members(flipped);
    const auto has = [&members](const char* content) {
      return std::ranges::find(members, content) != members.end();
    };
    const int games =
        has("first") + has("second") + has("third") + has("fourth");
    // A flip in the pax records of the third game may cost that game, and,
    // if its size then reaches into the next, that one.
    EXPECT_GE(games, 2) << bit;
    EXPECT_TRUE(has("first") || bit / 8 < 1024) << bit;
    EXPECT_TRUE(has("second") || (bit / 8 >= 1024 && bit / 8 < 2048)) << bit;
  }
}

TEST(TarIndexTest, ABrokenHeaderIsAProblemAndCostsOneGame) {
  std::string archive = TarArchiveForTest()
                            .File("a.gz", "first")
                            .File("b.gz", std::string(3000, '\0'))
                            .File("c.gz", "third")
                            .End()
                            .bytes();
  archive[1024] ^= 1;
  EXPECT_EQ(Members(archive), (Contents{"first", "third"}));
  const Result<TarIndex> index = Index(archive);
  ASSERT_EQ(index->problems.size(), 1u);
  EXPECT_EQ(index->problems[0],
            "at byte 1024 of 6656: the header's checksum or size is wrong");
}

TEST(TarIndexTest, AnImpossibleSizeCostsOneGame) {
  TarArchiveForTest archive;
  archive.Block(UstarBlock("a.gz", uint64_t{kMaxChunkBytes} + 1)).Data("first");
  archive.Block(UstarBlock("x", uint64_t{1} << 32, 'L')).Data("name");
  archive.File("b.gz", "second").End();
  EXPECT_EQ(Members(archive.bytes()), Contents{"second"});
  EXPECT_EQ(Problems(archive.bytes()), 2u);
}

TEST(TarIndexTest, SizesAtTheEndOfTheRangeDoNotOverflow) {
  for (const char* size : {"9223372036854775807", "9223372036854775808",
                           "18446744073709551615", "18446744073709551104"}) {
    const std::string record = std::string(" size=") + size + "\n";
    const std::string length = std::to_string(record.size() + 2);
    TarArchiveForTest archive;
    archive.Pax('x', length + record).File("a.gz", "first");
    archive.File("b.gz", "second").End();
    EXPECT_EQ(Members(archive.bytes()), Contents{"second"}) << size;
  }
}

TEST(TarIndexTest, MalformedPaxIsAProblemAndTheHeaderHolds) {
  TarArchiveForTest archive;
  archive.Pax('x', "99 size=5\n").File("a.gz", "first").End();
  EXPECT_EQ(Members(archive.bytes()), Contents{"first"});
  EXPECT_EQ(Problems(archive.bytes()), 1u);
}

TEST(TarIndexTest, ProblemsAreBounded) {
  TarArchiveForTest archive;
  for (int i = 0; i < 100; ++i) {
    archive.Raw(std::string(512, 'x')).File("a.gz", "game");
  }
  EXPECT_EQ(Members(archive.bytes()).size(), 100u);
  EXPECT_EQ(Problems(archive.bytes()), kMaxTarProblems);
}

// Blocks that are valid in themselves, in any order and with any data.
TEST(TarIndexTest, RandomSequencesOfHeadersDoNoHarm) {
  Random random(1);
  const std::string types = std::string("\0LKxgSV0157", 11);
  for (int round = 0; round < 3000; ++round) {
    TarArchiveForTest archive;
    for (uint64_t i = random.Below(8); i > 0; --i) {
      const char type = types[random.Below(types.size())];
      archive.Block(UstarBlock("LICENSE", random.Below(2000), type));
      archive.Raw(std::string(random.Below(3) * 512, 'x'));
      if (random.Below(2) == 0) archive.Raw("10 size=9\n");
    }
    for (const std::string& member : Members(archive.bytes())) {
      EXPECT_LE(member.size(), archive.bytes().size());
    }
  }
}

}  // namespace
}  // namespace lczero
