// Runs a fuzz target where there is no libFuzzer: on its seeds, then on
// damaged ones, for a bounded time or number of runs; deterministic in the
// number of the run.
//
//   X_fuzz [--seconds=N] [--runs=N] [--seed=N]   both bounds hold
//   X_fuzz --write-seeds=FOLDER                  for libFuzzer
//   X_fuzz FILE...                               one run of each
//
// An input on which the target dies, hangs or takes too much memory is written
// to a file, which is named on stderr.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cc/base/random.h"
#include "cc/fuzz/coverage.h"
#include "cc/fuzz/fuzz_target.h"
#include "cc/testing/damage.h"
#include "cc/testing/heap_meter.h"

namespace lczero::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMaxInputBytes = 64 << 10;
constexpr size_t kMaxCorpus = 10'000;
// A gzip member may claim a thousand times its size.
constexpr int64_t kMaxHeapBytes = 80 << 20;
constexpr unsigned kMaxSeconds = 20;

struct Options {
  double seconds = 1e9;
  uint64_t runs = UINT64_MAX;
  uint64_t seed = 1;
  std::string write_seeds;
  std::vector<std::string> files;
};

// Of the run that goes on; read by the signal handler.
const uint8_t* current_data = nullptr;
size_t current_size = 0;
char crash_path[4096] = "crash-input";

// Nothing here allocates.
void SaveInput(const char* why) {
  const int file = ::open(crash_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const bool saved = file >= 0 && ::write(file, current_data, current_size) ==
                                      static_cast<ssize_t>(current_size);
  for (const char* part : {why, saved ? "; its input is in " : "; no file ",
                           static_cast<const char*>(crash_path), "\n"}) {
    (void)!::write(STDERR_FILENO, part, std::strlen(part));
  }
}

void OnSignal(int number) {
  SaveInput(number == SIGALRM ? "the target hangs" : "the target died");
  ::signal(number, SIG_DFL);
  ::raise(number == SIGALRM ? SIGABRT : number);
}

void CatchSignals() {
  // An overrun stack has no room for the handler.
  static char stack[64 << 10];
  const stack_t other = {
      .ss_sp = stack, .ss_flags = 0, .ss_size = sizeof stack};
  ::sigaltstack(&other, nullptr);
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  for (int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM}) {
    ::sigaction(number, &action, nullptr);
  }
  if (const char* folder = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR")) {
    std::snprintf(crash_path, sizeof crash_path, "%s/crash-input", folder);
  }
}

void RunOne(std::string_view input) {
  // A block of its own size, so that a sanitizer sees every step beyond it.
  const std::vector<uint8_t> block(input.begin(), input.end());
  current_data = block.data();
  current_size = block.size();
  testing::ResetHeapRecords();
  const int64_t before = testing::GetHeapUse().bytes;
  ::alarm(kMaxSeconds);
  (void)LLVMFuzzerTestOneInput(block.data(), block.size());
  ::alarm(0);
  if (testing::GetHeapUse().peak_bytes - before > kMaxHeapBytes) {
    SaveInput("the target takes too much memory");
    std::_Exit(1);
  }
  current_size = 0;
}

// Inputs that are worth damaging; those that took new edges join.
class Corpus {
 public:
  explicit Corpus(uint64_t seed)
      : random_(seed), words_(Words()), inputs_(Seeds()) {
    for (const std::string& input : inputs_) RunOne(input);
  }

  void Step() {
    std::string input = Next();
    const size_t before = EdgesTaken();
    RunOne(input);
    if (EdgesTaken() > before && inputs_.size() < kMaxCorpus) {
      inputs_.push_back(std::move(input));
    }
  }

  size_t size() const { return inputs_.size(); }

 private:
  const std::string& Any() { return inputs_[random_.Below(inputs_.size())]; }

  std::string Next() {
    std::string input = Any();
    for (uint64_t i = random_.Below(4) + 1; i > 0; --i) Change(input);
    if (input.size() > kMaxInputBytes) input.resize(kMaxInputBytes);
    return input;
  }

  void Change(std::string& input) {
    const size_t place = random_.Below(input.size() + 1);
    const uint64_t kind = random_.Below(8);
    if (kind == 0) {
      const std::string& other = Any();
      input = input.substr(0, place) +
              other.substr(random_.Below(other.size() + 1));
    } else if (kind < 3 && !words_.empty()) {
      const std::string& word = words_[random_.Below(words_.size())];
      input.replace(place, random_.Below(2) * word.size(), word);
    } else {
      input =
          ToText(testing::Damaged(std::as_bytes(std::span(input)), random_));
    }
  }

  Random random_;
  const std::vector<std::string> words_;
  std::vector<std::string> inputs_;
};

int Fuzz(const Options& options) {
  const auto start = Clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  Corpus corpus(options.seed);
  uint64_t runs = 0;
  for (; runs < options.runs && seconds() < options.seconds; ++runs) {
    corpus.Step();
  }
  std::printf("%llu runs in %.1f s, %zu inputs in the corpus, %zu edges\n",
              static_cast<unsigned long long>(runs), seconds(), corpus.size(),
              EdgesTaken());
  return 0;
}

int WriteSeeds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  size_t number = 0;
  for (const std::string& seed : Seeds()) {
    std::ofstream(folder / std::to_string(number++), std::ios::binary) << seed;
  }
  return 0;
}

int RunFiles(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    RunOne(std::string(std::istreambuf_iterator<char>(file), {}));
    std::printf("%s: survived\n", path.c_str());
  }
  return 0;
}

Options Parse(std::span<char*> arguments) {
  Options options;
  for (const std::string_view argument : arguments) {
    const std::string value(argument.substr(argument.find('=') + 1));
    if (argument.starts_with("--seconds=")) {
      options.seconds = std::stod(value);
    } else if (argument.starts_with("--runs=")) {
      options.runs = std::stoull(value);
    } else if (argument.starts_with("--seed=")) {
      options.seed = std::stoull(value);
    } else if (argument.starts_with("--write-seeds=")) {
      options.write_seeds = value;
    } else {
      options.files.emplace_back(argument);
    }
  }
  return options;
}

}  // namespace
}  // namespace lczero::fuzz

int main(int count, char** arguments) {
  using namespace lczero::fuzz;
  const Options options =
      Parse(std::span(arguments, static_cast<size_t>(count)).subspan(1));
  if (!options.write_seeds.empty()) return WriteSeeds(options.write_seeds);
  CatchSignals();
  if (!options.files.empty()) return RunFiles(options.files);
  return Fuzz(options);
}
