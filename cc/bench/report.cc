#include "cc/bench/report.h"

#include <array>
#include <cmath>
#include <format>

namespace lczero::bench {
namespace {

struct RateTargets {
  double rate;
  // Times libdeflate's cost of a frame over the rate.
  double cold_factor;
  double warm_us;
};
constexpr std::array<RateTargets, 3> kTargets = {{
    {0.03, 1.15, 10},
    {0.2, 1.2, 9},
    {1.0, 2.0, 8},
}};

constexpr double kMegabyte = 1e6;

}  // namespace

Target TargetOf(const CaseOptions& options, const Floors& floors) {
  for (const RateTargets& target : kTargets) {
    if (std::abs(target.rate - options.sampling_rate) > 1e-9) continue;
    if (!options.packed_batches) {
      if (options.warm || target.rate != 1.0) return {};
      return {
          "2.5 x (libdeflate + planes + memcpy)",
          2.5 * (floors.libdeflate_us + floors.planes_us + floors.memcpy_us)};
    }
    if (options.warm) {
      return {std::format("{} us", target.warm_us), target.warm_us};
    }
    return {
        std::format("{} x libdeflate / {}", target.cold_factor, target.rate),
        target.cold_factor * floors.libdeflate_us / target.rate};
  }
  return {};
}

std::string FloorsTable(const Floors& floors) {
  return std::format(
      "games: {:.0f} frames each, {:.1f} to 1\n"
      "floors, CPU us per frame: libdeflate {:.2f}, zlib {}, memcpy of a cold "
      "frame {:.2f}, plane expansion {:.2f}\n",
      floors.frames_per_game, floors.compression, floors.libdeflate_us,
      floors.zlib_us > 0 ? std::format("{:.2f}", floors.zlib_us)
                         : "(not on this machine)",
      floors.memcpy_us, floors.planes_us);
}

std::string CaseHeading() {
  return std::format(
      "{:>5} {:>5} {:>9} {:>9} {:>11} {:>8} {:>8} {:>9} {:>9}  {}\n", "rate",
      "cache", "CPU us", "wall us", "positions/s", "/inflate", "/memcpy",
      "peak MB", "target us", "target");
}

std::string CaseRow(const CaseOptions& options, const CaseResult& result,
                    const Floors& floors) {
  const Target target = TargetOf(options, floors);
  const char* verdict = target.text.empty()              ? ""
                        : result.cpu_us <= target.cpu_us ? ": met"
                                                         : ": MISSED";
  return std::format(
      "{:>5} {:>5} {:>9.2f} {:>9.2f} {:>11.0f} {:>8.2f} {:>8.1f} {:>9.0f} "
      "{:>9.1f}  {}{}{}\n",
      options.sampling_rate, options.warm ? "warm" : "cold", result.cpu_us,
      result.wall_us, 1e6 / result.wall_us,
      result.cpu_us * options.sampling_rate / floors.libdeflate_us,
      result.cpu_us / floors.memcpy_us, result.peak_bytes / kMegabyte,
      target.cpu_us, target.text, verdict,
      options.warm ? std::format("; cache {:.0f} bytes a frame",
                                 result.cache_bytes_per_frame)
                   : "");
}

std::string StagesLine(const CaseResult& result) {
  std::string line = "      busy us:";
  for (size_t i = 0; i < result.stages; ++i) {
    const StageCost& stage = result.stage_costs[i];
    line += std::format(" {} {:.2f}", stage.name, stage.busy_us);
  }
  return line + "\n";
}

std::string ScalingHeading() {
  return "positions/s, cold, by processors (and pool threads):\n";
}

std::string ScalingRow(double rate, const std::vector<ScalingPoint>& points) {
  std::string line = std::format("{:>5}", rate);
  for (const ScalingPoint& point : points) {
    line += std::format(
        "  {}: {:.0f} ({:.2f} x)", point.cores, point.positions_per_second,
        point.positions_per_second / points.front().positions_per_second);
  }
  return line + "\n";
}

}  // namespace lczero::bench
