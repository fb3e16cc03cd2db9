// A loader that is stopped and goes on from its sampler state.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cc/base/random.h"
#include "cc/loader/loader.h"
#include "cc/loader/loader_fixture_for_test.h"
#include "cc/loader/sampler_state.h"

namespace lczero {
namespace {

using testing::MakeConfig;
using testing::UsualGraph;
using testing::WriteFile;

constexpr size_t kGamePositions = 16;

class LoaderStateTest : public LoaderTest {
 protected:
  // Without the reservoir: positions come in the order of the pool.
  DataLoaderConfig InOrder(double rate) const {
    UsualGraph graph = Graph();
    graph.position_sampling_rate = rate;
    DataLoaderConfig config = MakeConfig(graph);
    config.stages.erase("shuffle");
    config.stages.at("batches").inputs = {"unpacker"};
    return config;
  }

  std::unique_ptr<Loader> Resume(const DataLoaderConfig& config,
                                 const std::optional<std::string>& state) {
    auto loader = Loader::Create(
        config,
        {.log = [](LogLevel, std::string_view) {}, .sampler_state = state});
    if (!loader) ADD_FAILURE() << loader.error().message;
    return loader ? *std::move(loader) : nullptr;
  }

  static SamplerState Open(const DataLoaderConfig& config,
                           const std::string& text) {
    DataLoaderConfig full = config;
    FillDefaults(full);
    return OpenSamplerState(text, PlanGraph(full).value()).value();
  }

  // Chunks that the pool has emitted, in all runs.
  static size_t Emissions(const DataLoaderConfig& config,
                          const std::string& text,
                          const std::string& pool = "pool") {
    const auto state = PoolStateOf(Open(config, text), pool).value().value();
    size_t emissions = 0;
    for (const SourceState& source : state.sources) {
      std::string_view bytes = source.visits;
      const auto chunks = TakeVisits(bytes).value();
      for (const ChunkVisits chunk : chunks) emissions += chunk.count;
    }
    return emissions;
  }

  static std::vector<int> Take(Loader& loader, size_t positions) {
    std::vector<int> numbers;
    while (numbers.size() < positions) {
      const auto batch = loader.GetNextBatch();
      if (!batch) {
        ADD_FAILURE() << batch.error().message;
        return numbers;
      }
      const auto more = NumbersIn(**batch);
      numbers.insert(numbers.end(), more.begin(), more.end());
    }
    numbers.resize(positions);
    return numbers;
  }

  // Runs the loader from `state` until `batches` were taken, then saves.
  // Returns the positions that count as given in this run.
  std::vector<int> RunAndSave(const DataLoaderConfig& config, size_t batches,
                              size_t positions_a_visit,
                              std::optional<std::string>& state) {
    const size_t before = state ? Emissions(config, *state) : 0;
    const auto loader = Resume(config, state);
    std::vector<int> given = Take(*loader, batches * kGamePositions);
    state = loader->GetSamplerState();
    const size_t visits = Emissions(config, *state) - before;
    const size_t count = visits * positions_a_visit;
    EXPECT_GE(count + kGamePositions, given.size());
    if (count > given.size()) {
      const auto rest = Take(*loader, count - given.size());
      given.insert(given.end(), rest.begin(), rest.end());
    }
    given.resize(count);
    return given;
  }
};

TEST_F(LoaderStateTest, AnInterruptedPassGivesEachGameOnce) {
  AddArchive("a.tar", 0, 50);
  AddArchive("b.tar", 50 * 16, 49);
  WriteFile(folder_.path() / "c.gz",
            testing::Gzip(testing::ChunkBytes(NumberedGame(99 * 16, 16))));
  constexpr size_t kPositions = 100 * kGamePositions;
  const DataLoaderConfig config = InOrder(1.0);
  Random random(1);
  std::optional<std::string> state;
  std::vector<int> given;
  while (given.size() < 3 * kPositions) {
    const auto more = RunAndSave(config, random.Below(20), 16, state);
    given.insert(given.end(), more.begin(), more.end());
  }
  for (size_t pass = 0; pass < 3; ++pass) {
    const auto begin =
        given.begin() + static_cast<ptrdiff_t>(pass * kPositions);
    const std::set<int> seen(begin, begin + kPositions);
    EXPECT_EQ(seen.size(), kPositions) << "pass " << pass;
  }
}

TEST_F(LoaderStateTest, PositionsStayDisjointAcrossRestarts) {
  AddArchive("a.tar", 0, 40);
  constexpr size_t kPositions = 40 * kGamePositions;
  const DataLoaderConfig config = InOrder(0.25);
  Random random(2);
  std::optional<std::string> state;
  std::vector<int> given;
  int restarts = 0;
  while (given.size() < 2 * kPositions) {
    ++restarts;
    const auto more = RunAndSave(config, random.Below(6), 4, state);
    given.insert(given.end(), more.begin(), more.end());
  }
  EXPECT_GT(restarts, 5);
  for (size_t cycle = 0; cycle < 2; ++cycle) {
    const auto begin =
        given.begin() + static_cast<ptrdiff_t>(cycle * kPositions);
    EXPECT_EQ(std::set<int>(begin, begin + kPositions).size(), kPositions);
  }
}

TEST_F(LoaderStateTest, NewGamesJoinTheRestOfThePassAndLostOnesLeaveIt) {
  AddArchive("a.tar", 0, 30);
  AddArchive("b.tar", 1000, 30);
  const DataLoaderConfig config = InOrder(1.0);
  std::optional<std::string> state;
  std::vector<int> given = RunAndSave(config, 10, 16, state);
  AddArchive("c.tar", 2000, 30);
  std::filesystem::remove(folder_.path() / "a.tar");
  std::erase_if(given, [](int number) { return number < 1000; });
  const auto loader = Resume(config, state);
  const auto rest = Take(*loader, 60 * kGamePositions - given.size());
  given.insert(given.end(), rest.begin(), rest.end());
  EXPECT_EQ(std::set<int>(given.begin(), given.end()).size(),
            60 * kGamePositions);
}

TEST_F(LoaderStateTest, EverySplitGoesOn) {
  AddArchive("a.tar", 0, 60);
  const DataLoaderConfig config =
      testing::MakeSplitConfig(Graph(), {{"test", 1}, {"train", 2}});
  std::string text;
  {
    const auto loader = Resume(config, {});
    ASSERT_TRUE(loader->GetNextBatch("test").has_value());
    ASSERT_TRUE(loader->GetNextBatch("train").has_value());
    loader->Stop();
    text = loader->GetSamplerState();
  }
  const size_t test = Emissions(config, text, "test.pool");
  const size_t train = Emissions(config, text, "train.pool");
  EXPECT_GT(test, 0u);
  EXPECT_GT(train, 0u);
  const auto loader = Resume(config, text);
  ASSERT_TRUE(loader->GetNextBatch("train").has_value());
  EXPECT_GE(Emissions(config, loader->GetSamplerState(), "test.pool"), test);
  EXPECT_GT(Emissions(config, loader->GetSamplerState(), "train.pool"), train);
}

TEST_F(LoaderStateTest, AReservoirDrawsOtherNumbersInTheNextRun) {
  AddArchive("a.tar", 0, 20);
  const DataLoaderConfig config = MakeConfig(Graph());
  std::string text;
  {
    const auto loader = Resume(config, {});
    (void)Take(*loader, 100);
    loader->Stop();
    text = loader->GetSamplerState();
  }
  const uint64_t drawn = Open(config, text).frames_drawn.at("shuffle");
  EXPECT_GE(drawn, 100u);
  const auto loader = Resume(config, text);
  (void)Take(*loader, 100);
  const std::string next = loader->GetSamplerState();
  EXPECT_GE(Open(config, next).frames_drawn.at("shuffle"), drawn + 100);
}

TEST_F(LoaderStateTest, ExhaustionsGoOn) {
  AddArchive("a.tar", 0, 3);
  const DataLoaderConfig config = InOrder(1.0);
  std::optional<std::string> state;
  (void)RunAndSave(config, 20, 16, state);
  const auto loader = Resume(config, state);
  EXPECT_GE(loader->GetStats().stages[2].pool->exhaustions, 6u);
}

TEST_F(LoaderStateTest, AStateBeforeTheFirstGameIsAState) {
  const DataLoaderConfig config = InOrder(1.0);
  const std::string text = Resume(config, {})->GetSamplerState();
  AddArchive("a.tar", 0, 3);
  EXPECT_EQ(Take(*Resume(config, text), 48).size(), 48u);
}

TEST_F(LoaderStateTest, AnUnusableStateIsRefusedAndNothingStarts) {
  AddArchive("a.tar", 0, 3);
  const DataLoaderConfig config = InOrder(1.0);
  std::string text = Resume(config, {})->GetSamplerState();
  for (const std::string& bad :
       {std::string(), text.substr(1), text + "x", std::string("{}")}) {
    const auto loader =
        Loader::Create(config, {.log = nullptr, .sampler_state = bad});
    ASSERT_FALSE(loader.has_value()) << bad;
    EXPECT_EQ(loader.error().code, ErrorCode::kCorruptData);
    EXPECT_NE(loader.error().message.find("or none, and sampling starts"),
              std::string::npos);
  }
  const auto foreign =
      Loader::Create(testing::MakeSplitConfig(Graph(), {{"train", 1}}),
                     {.log = nullptr, .sampler_state = text});
  ASSERT_FALSE(foreign.has_value());
  EXPECT_NE(foreign.error().message.find("train.pool"), std::string::npos);
}

// State and batches at the same time, while files come.
TEST_F(LoaderStateTest, MayBeTakenAtAnyTime) {
  AddArchive("a.tar", 0, 20);
  const DataLoaderConfig config = MakeConfig(Graph());
  const auto loader = Resume(config, {});
  std::thread reader([&] {
    while (loader->GetNextBatch()) {
    }
  });
  size_t before = 0;
  for (int i = 0; i < 100; ++i) {
    if (i % 10 == 0) AddArchive("b" + std::to_string(i) + ".tar", 1000, 5);
    const size_t now = Emissions(config, loader->GetSamplerState());
    EXPECT_GE(now, before);
    before = now;
  }
  loader->Stop();
  reader.join();
}

}  // namespace
}  // namespace lczero
