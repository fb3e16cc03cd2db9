// Measures class Loader over a folder of games, and the floors beneath it.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cc/bench/floors.h"
#include "cc/bench/in_child.h"
#include "cc/bench/loader_case.h"
#include "cc/bench/report.h"

namespace lczero::bench {
namespace {

constexpr const char* kUsage =
    R"(usage: loader_bench --games=DIR [OPTION...]

Runs the loader over the games in DIR at several sampling rates, first without
a frame cache (cold), then when it holds the whole window (warm), and prints
what a delivered position costs beside the floors of this machine. Games are
made by //tools:make_chunks -- --games 3000 --out DIR.

  --rates=LIST         sampling rates (default: 0.03,0.2,1)
  --seconds=S          measured for each case (default: 5)
  --batch=N            positions in a batch (default: 1024)
  --form=FORM          of batches: packed or plain (default: packed)
  --pool=N             games in the window (default: 2000)
  --reservoir=N        frames in the reservoir (default: 20000)
  --pool-threads=N     threads that read and inflate (default: 1)
  --spill=DIR          the frame cache is a file in DIR (default: in memory)
  --cores=N            processors to use (default: all)
  --scaling=LIST       then, cold: throughput on so many processors, with as
                       many pool threads (default: 1,2); empty: not measured
)";

using Flags = std::map<std::string, std::string, std::less<>>;

// Flags as `--name=value`; false when one is none, or unknown.
bool ParseFlags(int count, char** arguments, Flags& flags) {
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    const size_t equals = argument.find('=');
    if (equals == std::string_view::npos) return false;
    const auto place = flags.find(argument.substr(0, equals));
    if (place == flags.end()) return false;
    place->second = argument.substr(equals + 1);
  }
  return !flags.at("--games").empty();
}

std::vector<double> ParseList(const std::string& list) {
  std::vector<double> numbers;
  const char* text = list.c_str();
  char* end = nullptr;
  for (double number = std::strtod(text, &end); end != text;
       number = std::strtod(text, &end)) {
    numbers.push_back(number);
    text = *end == ',' ? end + 1 : end;
  }
  return numbers;
}

CaseOptions OptionsFrom(const Flags& flags) {
  const auto number = [&](std::string_view name) {
    return static_cast<uint32_t>(
        std::strtoul(flags.find(name)->second.c_str(), nullptr, 10));
  };
  return {.directory = flags.at("--games"),
          .spill_folder = flags.at("--spill"),
          .batch_size = number("--batch"),
          .packed_batches = flags.at("--form") == "packed",
          .pool_chunks = number("--pool"),
          .reservoir_frames = number("--reservoir"),
          .pool_threads = number("--pool-threads"),
          .cores = number("--cores"),
          .seconds = std::strtod(flags.at("--seconds").c_str(), nullptr)};
}

// Measures and prints one case; `floors` gets the cost of inflating as it was
// after it.
Result<void> RunCase(const CaseOptions& options, Floors& floors) {
  const auto result = InChild<CaseResult>([&] { return MeasureCase(options); });
  if (!result) return std::unexpected(result.error());
  const auto inflate =
      InChild<double>([&] { return MeasureInflate(options.directory); });
  if (!inflate) return std::unexpected(inflate.error());
  const double before = std::exchange(floors.libdeflate_us, *inflate);
  Floors around = floors;
  around.libdeflate_us = (before + *inflate) / 2;
  std::fputs(CaseRow(options, *result, around).c_str(), stdout);
  std::fputs(StagesLine(*result).c_str(), stdout);
  std::fflush(stdout);
  return {};
}

// How the throughput of a cold run at `rate` grows with the processors.
Result<void> RunScaling(CaseOptions options, const Flags& flags, double rate) {
  options.sampling_rate = rate;
  std::vector<ScalingPoint> points;
  for (const double cores : ParseList(flags.at("--scaling"))) {
    options.cores = options.pool_threads = static_cast<uint32_t>(cores);
    const auto result =
        InChild<CaseResult>([&] { return MeasureCase(options); });
    if (!result) return std::unexpected(result.error());
    points.push_back({.cores = options.cores,
                      .positions_per_second = 1e6 / result->wall_us});
  }
  std::fputs(ScalingRow(rate, points).c_str(), stdout);
  std::fflush(stdout);
  return {};
}

Result<void> RunCases(CaseOptions options, const Flags& flags, Floors floors) {
  std::fputs(CaseHeading().c_str(), stdout);
  for (const bool warm : {false, true}) {
    for (const double rate : ParseList(flags.at("--rates"))) {
      options.warm = warm;
      options.sampling_rate = rate;
      if (auto done = RunCase(options, floors); !done) return done;
    }
  }
  return {};
}

Result<void> RunAll(const Flags& flags) {
  const CaseOptions options = OptionsFrom(flags);
  auto floors =
      InChild<Floors>([&] { return MeasureFloors(options.directory); });
  if (!floors) return std::unexpected(floors.error());
  std::fputs(FloorsTable(*floors).c_str(), stdout);
  if (auto done = RunCases(options, flags, *floors); !done) return done;
  if (flags.at("--scaling").empty()) return {};
  std::fputs(ScalingHeading().c_str(), stdout);
  for (const double rate : ParseList(flags.at("--rates"))) {
    if (auto done = RunScaling(options, flags, rate); !done) return done;
  }
  return {};
}

int Run(const Flags& flags) {
  const auto done = RunAll(flags);
  if (done) return 0;
  std::fprintf(stderr, "loader_bench: %s\n", done.error().message.c_str());
  return 1;
}

}  // namespace
}  // namespace lczero::bench

int main(int count, char** arguments) {
  lczero::bench::Flags flags = {
      {"--games", ""},          {"--rates", "0.03,0.2,1"}, {"--form", "packed"},
      {"--seconds", "5"},       {"--batch", "1024"},       {"--pool", "2000"},
      {"--reservoir", "20000"}, {"--pool-threads", "1"},   {"--cores", "0"},
      {"--scaling", "1,2"},     {"--spill", ""},
  };
  if (!lczero::bench::ParseFlags(count, arguments, flags)) {
    std::fputs(lczero::bench::kUsage, stderr);
    return 2;
  }
  return lczero::bench::Run(flags);
}
