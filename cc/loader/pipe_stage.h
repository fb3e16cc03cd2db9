// What all stages have in common: metered threads between queues.
//
// Purpose:   a kind of stage derives from it and says what is done with one
//            item (Process), or with the whole stream (Work).
// Threads:   Process and Work run in each of `threads` threads at once. With 0
//            threads, Process runs in those of the stage before it: nothing is
//            handed over, and what an item holds is still in that processor's
//            cache.
// Shutdown:  as Stage says. The derived class must be joined before it is
//            destroyed, since its methods run in the threads.
#ifndef CC_LOADER_PIPE_STAGE_H_
#define CC_LOADER_PIPE_STAGE_H_

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "cc/base/check.h"
#include "cc/loader/stage.h"
#include "cc/loader/stage_metrics.h"
#include "cc/sync/worker_group.h"

namespace lczero {

// `In` is what the stage pops, std::monostate for a source.
template <typename In, typename Out>
class PipeStage : public Stage, private ItemSink<In> {
 public:
  ~PipeStage() override {
    LC_CHECK(joined_ || !workers_, "Join comes before the destructor");
  }

  void Start() override {
    if (is_sink_) return;
    ServeOutputs();
    workers_.emplace(
        WorkerGroup::Options{.name = context_.name,
                             .threads = static_cast<int>(threads_),
                             .body = [this](int) { return RunMetered(); },
                             .on_finished = [this] { FinishOutputs(); },
                             .on_error = context_.on_error});
  }

  void Join() override {
    // An error has gone to on_error already.
    if (workers_) (void)workers_->Join();
    joined_ = true;
  }

  StageStats Totals(WaitMeter::Clock::time_point now) const override {
    StageStats stats = metrics_.Totals(now);
    stats.threads = threads_;
    AddTotals(stats, now);
    return stats;
  }

 protected:
  using Clock = WaitMeter::Clock;

  PipeStage(const StageContext& context, uint32_t threads)
      : context_{context.name, context.on_error},
        threads_(threads),
        is_sink_(threads == 0),
        inputs_(InputsOf(context)),
        outputs_(QueuesOf<Out>(context.outputs)) {
    if (!is_sink_) return;
    LC_CHECK(inputs_.size() == 1,
             "a stage without threads needs those of one before it");
    inputs_.front()->SetSink(this);
  }

  // Until kEndOfData (after which the outputs are finished) or kCancelled.
  virtual Result<void> Work() {
    while (true) {
      Result<In> item = Pop();
      if (!item) return std::unexpected(item.error());
      if (Result<void> done = Process(*std::move(item)); !done) return done;
    }
  }

  // One item; for kinds that do not override Work, and only for those `threads`
  // may be 0.
  virtual Result<void> Process(In&&) {
    LC_CHECK(false, "a stage overrides Process or Work");
    return {};
  }

  // At the end of the input, in the last thread: hands on what is held back.
  virtual void Flush() {}

  // Figures of this kind only, up to `now`.
  virtual void AddTotals(StageStats&, Clock::time_point /*now*/) const {}

  // `input` counts in StageContext::inputs.
  Result<In> Pop(size_t input = 0) {
    return inputs_[input]->Pop(&metrics_.input_wait());
  }

  // `items` and `positions` are what the statistics count; `output` counts in
  // StageContext::outputs.
  Result<void> Push(Out item, uint64_t positions, uint64_t items = 1,
                    size_t output = 0) {
    Result<void> done =
        outputs_[output]->Push(std::move(item), &metrics_.output_wait());
    if (done) metrics_.CountOutput(items, positions);
    return done;
  }

  // As BoundedQueue::PopSome.
  Result<void> PopSome(size_t most, std::vector<In>& items) {
    return inputs_.front()->PopSome(most, items, &metrics_.input_wait());
  }

  // BoundedQueue::GatherForPopSome; to be called by the constructor.
  void GatherForPopSome(size_t count) {
    inputs_.front()->GatherForPopSome(count);
  }

  // As BoundedQueue::PushAll, of items that are one position each.
  Result<void> PushAll(std::vector<Out>& items) {
    const size_t count = items.size();
    Result<void> done =
        outputs_.front()->PushAll(items, &metrics_.output_wait());
    metrics_.CountOutput(count - items.size(), count - items.size());
    return done;
  }

  StageMetrics& metrics() { return metrics_; }

 private:
  struct Context {
    std::string name;
    std::function<void(const Error&)> on_error;
  };

  template <typename T>
  static std::vector<BoundedQueue<T>*> QueuesOf(
      const std::vector<AnyQueue*>& queues) {
    std::vector<BoundedQueue<T>*> typed;
    typed.reserve(queues.size());
    for (AnyQueue* queue : queues) typed.push_back(QueueOf<T>(queue));
    return typed;
  }

  static std::vector<BoundedQueue<In>*> InputsOf(const StageContext& context) {
    if constexpr (std::is_same_v<In, std::monostate>) {
      return {};
    } else {
      return QueuesOf<In>(context.inputs);
    }
  }

  void PushedBy(uint32_t threads) override {
    threads_ = threads;
    ServeOutputs();
  }

  Result<void> Take(In&& item) override {
    AliveScope alive(metrics_.alive());
    return Process(std::move(item));
  }

  void TakeNoMore() override { FinishOutputs(); }

  void ServeOutputs() {
    for (BoundedQueue<Out>* output : outputs_) {
      if (output->sink() != nullptr) output->sink()->PushedBy(threads_);
    }
  }

  void FinishOutputs() {
    Flush();
    for (BoundedQueue<Out>* output : outputs_) output->Finish();
  }

  // Ends the meter also when an exception passes.
  class AliveScope {
   public:
    explicit AliveScope(WaitMeter& meter) : meter_(meter) { meter_.Begin(); }
    ~AliveScope() { meter_.End(); }
    AliveScope(const AliveScope&) = delete;
    AliveScope& operator=(const AliveScope&) = delete;

   private:
    WaitMeter& meter_;
  };

  Result<void> RunMetered() {
    AliveScope alive(metrics_.alive());
    return Work();
  }

  const Context context_;
  // Of those before it, if it has none. Not changed after the start.
  uint32_t threads_;
  const bool is_sink_;
  const std::vector<BoundedQueue<In>*> inputs_;
  const std::vector<BoundedQueue<Out>*> outputs_;
  StageMetrics metrics_;
  bool joined_ = false;
  std::optional<WorkerGroup> workers_;
};

}  // namespace lczero

#endif  // CC_LOADER_PIPE_STAGE_H_
