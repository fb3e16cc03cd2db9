#include "cc/loader/loader.h"

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "cc/base/check.h"
#include "cc/base/hash.h"
#include "cc/base/thread_annotations.h"
#include "cc/loader/any_queue.h"
#include "cc/loader/graph.h"
#include "cc/loader/log_queue.h"
#include "cc/loader/sampler_state.h"
#include "cc/loader/stage.h"
#include "cc/loader/stats_rates.h"
#include "cc/loader/ticker.h"
#include "cc/schema/text.h"

namespace lczero {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStatsPeriod{1};

// Bad data is told once in a while only (BadDataLog), so that this is many
// minutes of it.
constexpr size_t kLogLines = 1000;

}  // namespace

class Loader::Impl {
 public:
  Impl(DataLoaderConfig config, GraphPlan graph, SamplerState sampler_state,
       Options options)
      : config_(std::move(config)),
        graph_(std::move(graph)),
        sampler_state_(std::move(sampler_state)),
        log_(options.log ? std::move(options.log) : KeepLines()) {}
  ~Impl() { Stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> Build();
  void Start();
  void Stop();

  Result<std::unique_ptr<Batch>> GetNextBatch(std::string_view split);
  LoaderStats GetStats() const;
  std::string GetSamplerState() const;
  Result<bool> WaitForChunks(uint64_t count, std::chrono::nanoseconds timeout);
  ChunkPool& pool() { return *pool_; }
  Result<LogLine> NextLogLine() { return log_lines_.Next(); }

 private:
  struct Node {
    // As StagePlan::outputs.
    std::vector<AnyQueue> outputs;
    std::unique_ptr<Stage> stage;
  };

  LogSink KeepLines() {
    return [this](LogLevel level, std::string_view text) {
      log_lines_.Put(level, text);
    };
  }
  AnyQueue& QueueAt(const OutputRef& ref) {
    return nodes_.find(ref.stage)->second.outputs[ref.index];
  }
  StageContext ContextOf(const StagePlan& plan, const PoolState* pool_state);
  uint64_t SeedOf(const StagePlan& plan) const;
  // Frames that the stage had given when the state was saved.
  uint64_t FramesDrawnBefore(const std::string& stage) const;
  // Wakes every thread and every caller, without waiting for them.
  void RequestStop();
  void Fail(const Error& error);
  // The failure that stopped the loader, in place of its own cancellation.
  Error Explain(Error error) const;
  std::string SplitNames() const;
  LoaderStats Totals() const;
  void TakeMoment();

  const DataLoaderConfig config_;
  const GraphPlan graph_;
  // What the loader goes on from.
  const SamplerState sampler_state_;
  LogQueue log_lines_{kLogLines};
  const LogSink log_;
  const Clock::time_point start_ = Clock::now();
  // By the stage's name. Filled by Build and not changed after.
  std::map<std::string, Node, std::less<>> nodes_;
  ChunkPool* pool_ = nullptr;

  mutable std::mutex error_mutex_;
  std::optional<Error> first_error_ LC_GUARDED_BY(error_mutex_);

  mutable std::mutex moments_mutex_;
  // The totals of the last two ticks.
  LoaderStats older_ LC_GUARDED_BY(moments_mutex_);
  LoaderStats newer_ LC_GUARDED_BY(moments_mutex_);

  // Held while threads are joined, which only one caller may do at a time.
  std::mutex join_mutex_;
  std::optional<Ticker> ticker_ LC_GUARDED_BY(join_mutex_);
};

uint64_t Loader::Impl::FramesDrawnBefore(const std::string& stage) const {
  const auto place = sampler_state_.frames_drawn.find(stage);
  return place == sampler_state_.frames_drawn.end() ? 0 : place->second;
}

uint64_t Loader::Impl::SeedOf(const StagePlan& plan) const {
  const uint64_t seed = HashCombine(*config_.seed, HashBytes(plan.name));
  if (!DrawsFrames(*plan.kind)) return seed;
  // Runs that are short must not all make the same first draws.
  const uint64_t drawn = FramesDrawnBefore(plan.name);
  return drawn == 0 ? seed : HashCombine(seed, drawn);
}

StageContext Loader::Impl::ContextOf(const StagePlan& plan,
                                     const PoolState* pool_state) {
  std::vector<AnyQueue*> inputs, outputs;
  for (const OutputRef& input : plan.inputs) inputs.push_back(&QueueAt(input));
  for (AnyQueue& queue : nodes_.at(plan.name).outputs) {
    outputs.push_back(&queue);
  }
  return {.name = plan.name,
          .config = config_.stages.at(plan.name),
          .seed = SeedOf(plan),
          .pool_state = pool_state,
          .inputs = std::move(inputs),
          .outputs = std::move(outputs),
          .log = log_,
          .on_error = [this](const Error& error) { Fail(error); }};
}

Result<void> Loader::Impl::Build() {
  for (const StagePlan& plan : graph_.stages) {
    Node& node = nodes_[plan.name];
    const uint32_t capacity = *config_.stages.at(plan.name).queue_capacity;
    for (size_t i = 0; i < plan.outputs.size(); ++i) {
      node.outputs.push_back(MakeQueue(plan.kind->output, capacity));
    }
    const auto pool_state = PoolStateOf(sampler_state_, plan.name);
    if (!pool_state) return std::unexpected(pool_state.error());
    auto stage = plan.kind->create(
        ContextOf(plan, *pool_state ? &**pool_state : nullptr));
    if (!stage) {
      return MakeError(stage.error().code,
                       "stages." + plan.name + ": " + stage.error().message);
    }
    node.stage = *std::move(stage);
  }
  pool_ = nodes_.at(graph_.anchor_pool).stage->pool();
  LC_CHECK(pool_ != nullptr, "the anchor's pool is one");
  // Until the second tick, rates count from here.
  TakeMoment();
  TakeMoment();
  return {};
}

void Loader::Impl::Start() {
  for (const StagePlan& plan : graph_.stages) {
    nodes_.at(plan.name).stage->Start();
  }
  std::lock_guard<std::mutex> lock(join_mutex_);
  ticker_.emplace(kStatsPeriod, [this] { TakeMoment(); });
}

void Loader::Impl::RequestStop() {
  for (auto& [name, node] : nodes_) {
    for (AnyQueue& queue : node.outputs) StopQueue(queue);
    if (node.stage != nullptr) node.stage->Stop();
  }
}

void Loader::Impl::Stop() {
  RequestStop();
  std::lock_guard<std::mutex> lock(join_mutex_);
  for (auto& [name, node] : nodes_) {
    if (node.stage != nullptr) node.stage->Join();
  }
  if (ticker_) ticker_->Stop();
  // Nothing is left that could log.
  log_lines_.Finish();
}

void Loader::Impl::Fail(const Error& error) {
  {
    std::lock_guard<std::mutex> lock(error_mutex_);
    if (!first_error_) first_error_ = error;
  }
  log_(LogLevel::kError, "stopped: " + error.message);
  RequestStop();
}

Error Loader::Impl::Explain(Error error) const {
  if (error.code != ErrorCode::kCancelled) return error;
  std::lock_guard<std::mutex> lock(error_mutex_);
  if (first_error_) return *first_error_;
  return {ErrorCode::kCancelled, "the loader was stopped"};
}

std::string Loader::Impl::SplitNames() const {
  std::string names;
  for (const auto& [split, ref] : graph_.splits) {
    names += (names.empty() ? "" : ", ") + split;
  }
  return names;
}

Result<std::unique_ptr<Batch>> Loader::Impl::GetNextBatch(
    std::string_view split) {
  const auto place = graph_.splits.find(split);
  if (place == graph_.splits.end()) {
    return MakeError(ErrorCode::kBadConfig, "outputs: no output is named '" +
                                                std::string(split) +
                                                "'; there are " + SplitNames());
  }
  auto batch = QueueOf<BatchItem>(&QueueAt(place->second))->Pop();
  if (!batch) return std::unexpected(Explain(batch.error()));
  return batch;
}

Result<bool> Loader::Impl::WaitForChunks(uint64_t count,
                                         std::chrono::nanoseconds timeout) {
  auto arrived = pool_->WaitForChunks(count, timeout);
  if (!arrived) return std::unexpected(Explain(arrived.error()));
  return arrived;
}

LoaderStats Loader::Impl::Totals() const {
  const Clock::time_point now = Clock::now();
  LoaderStats stats;
  stats.uptime_seconds = std::chrono::duration<double>(now - start_).count();
  for (const StagePlan& plan : graph_.stages) {
    const Node& node = nodes_.at(plan.name);
    StageStats& stage = stats.stages.emplace_back(node.stage->Totals(now));
    stage.name = plan.name;
    stage.kind = plan.kind->name;
    for (size_t i = 0; i < plan.outputs.size(); ++i) {
      const QueueCounts counts = CountsOf(node.outputs[i]);
      stats.queues.push_back({.from_stage = plan.name,
                              .to_stage = plan.outputs[i].reader,
                              .size = counts.size,
                              .capacity = counts.capacity,
                              .put = {.total = counts.put},
                              .get = {.total = counts.get},
                              .dropped = {.total = counts.dropped}});
    }
  }
  const ChunkPool::Stats pool = pool_->GetStats();
  stats.chunks_since_anchor = pool.chunks_since_anchor;
  stats.anchor = pool.anchor;
  stats.newest_key = pool.newest_key;
  return stats;
}

void Loader::Impl::TakeMoment() {
  LoaderStats totals = Totals();
  std::lock_guard<std::mutex> lock(moments_mutex_);
  older_ = std::exchange(newer_, std::move(totals));
}

LoaderStats Loader::Impl::GetStats() const {
  LoaderStats stats = Totals();
  std::lock_guard<std::mutex> lock(moments_mutex_);
  FillRates(older_, newer_, stats);
  return stats;
}

std::string Loader::Impl::GetSamplerState() const {
  SamplerState state;
  const auto now = Clock::now();
  for (const StagePlan& plan : graph_.stages) {
    Stage& stage = *nodes_.at(plan.name).stage;
    if (ChunkPool* const pool = stage.pool()) {
      state.pools[plan.name] = ToMessage(pool->GetState());
    } else if (DrawsFrames(*plan.kind)) {
      state.frames_drawn[plan.name] =
          FramesDrawnBefore(plan.name) + stage.Totals(now).items.total;
    }
  }
  return SealSamplerState(std::move(state));
}

Result<std::unique_ptr<Loader>> Loader::Create(DataLoaderConfig config,
                                               Options options) {
  FillDefaults(config);
  auto graph = PlanGraph(config);
  if (!graph) return std::unexpected(graph.error());
  SamplerState state;
  if (options.sampler_state) {
    auto opened = OpenSamplerState(*options.sampler_state, *graph);
    if (!opened) return std::unexpected(opened.error());
    state = *std::move(opened);
  }
  auto impl = std::make_unique<Impl>(std::move(config), *std::move(graph),
                                     std::move(state), std::move(options));
  if (auto built = impl->Build(); !built) {
    return std::unexpected(built.error());
  }
  impl->Start();
  return std::unique_ptr<Loader>(new Loader(std::move(impl)));
}

namespace {

Result<DataLoaderConfig> ParseConfig(std::string_view config_json) {
  const auto json = schema::ParseJson(config_json);
  if (!json) return std::unexpected(json.error());
  return DataLoaderConfigFromJson(*json);
}

}  // namespace

Result<std::unique_ptr<Loader>> Loader::CreateFromJson(
    std::string_view config_json, Options options) {
  auto config = ParseConfig(config_json);
  if (!config) return std::unexpected(config.error());
  return Create(*std::move(config), std::move(options));
}

Result<void> Loader::CheckJson(std::string_view config_json) {
  auto config = ParseConfig(config_json);
  if (!config) return std::unexpected(config.error());
  FillDefaults(*config);
  const auto graph = PlanGraph(*config);
  if (!graph) return std::unexpected(graph.error());
  return {};
}

Loader::Loader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Loader::~Loader() = default;

Result<std::unique_ptr<Batch>> Loader::GetNextBatch(std::string_view split) {
  return impl_->GetNextBatch(split);
}

LoaderStats Loader::GetStats() const { return impl_->GetStats(); }

std::string Loader::GetStatsJson() const {
  return ToJson(impl_->GetStats()).dump();
}

std::string Loader::GetSamplerState() const { return impl_->GetSamplerState(); }

void Loader::SetAnchor(std::string_view sort_key) {
  impl_->pool().SetAnchor(sort_key);
}

std::string Loader::ResetAnchor() { return impl_->pool().ResetAnchor(); }

Result<bool> Loader::WaitForChunks(uint64_t count,
                                   std::chrono::nanoseconds timeout) {
  return impl_->WaitForChunks(count, timeout);
}

Result<LogLine> Loader::NextLogLine() { return impl_->NextLogLine(); }

void Loader::Stop() { impl_->Stop(); }

}  // namespace lczero
