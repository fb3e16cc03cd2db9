// What the tests of class Loader share: a folder of games whose positions are
// numbered, and a loader over it whose log is kept.
#ifndef CC_LOADER_LOADER_FIXTURE_FOR_TEST_H_
#define CC_LOADER_LOADER_FIXTURE_FOR_TEST_H_

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cc/batches/batch.h"
#include "cc/loader/loader.h"
#include "cc/testing/chunk_files.h"
#include "cc/testing/frames.h"
#include "cc/testing/loader_configs.h"

namespace lczero {

// Long enough that it never passes in a test that works.
inline constexpr std::chrono::minutes kForever{10};

// `plies_left` of every frame is the position's number: an identity that shows
// in a batch.
inline std::vector<Frame> NumberedGame(
    int first_number, size_t frames,
    InputFormat format = InputFormat::kClassical) {
  auto game =
      testing::RandomGame(static_cast<uint64_t>(first_number), frames, format);
  for (size_t i = 0; i < frames; ++i) {
    game[i].plies_left = static_cast<float>(first_number + static_cast<int>(i));
  }
  return game;
}

inline std::vector<int> NumbersIn(const Batch& batch) {
  std::vector<int> numbers;
  for (size_t i = 0; i < batch.size(); ++i) {
    const auto values = batch.row(Tensor::kValues, i);
    numbers.push_back(
        static_cast<int>(values[static_cast<size_t>(ValueColumn::kM)]));
  }
  return numbers;
}

class LoaderTest : public ::testing::Test {
 protected:
  // The usual graph on the test's folder.
  testing::UsualGraph Graph() const {
    testing::UsualGraph graph;
    graph.directory = folder_.path();
    return graph;
  }

  std::unique_ptr<Loader> Start(const DataLoaderConfig& config) {
    auto loader =
        Loader::Create(config, {.log = [this](LogLevel, std::string_view line) {
                         std::lock_guard<std::mutex> lock(mutex_);
                         lines_.emplace_back(line);
                       }});
    if (!loader) ADD_FAILURE() << loader.error().message;
    return loader ? *std::move(loader) : nullptr;
  }

  // Games of 16 numbered frames each, in one archive.
  void AddArchive(const std::string& name, int first_number, int games) {
    std::vector<testing::Bytes> chunks;
    for (int i = 0; i < games; ++i) {
      chunks.push_back(
          testing::ChunkBytes(NumberedGame(first_number + 16 * i, 16)));
    }
    testing::WriteFile(folder_.path() / name, testing::TarOfGames(chunks));
  }

  std::vector<std::string> lines() {
    std::lock_guard<std::mutex> lock(mutex_);
    return lines_;
  }

  testing::TempFolder folder_;

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace lczero

#endif  // CC_LOADER_LOADER_FIXTURE_FOR_TEST_H_
