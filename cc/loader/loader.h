// The data loader: games in files become batches of tensors.
//
// Purpose:   the whole of cc/ behind one class. Builds the stages that a config
//            names, joins them by bounded queues, runs them, and hands out
//            batches. docs of the config: proto/loader_config.proto.
// Threads:   every method may be called from any thread at any time between
//            Create and the destructor. The stages run in threads of their own
//            from Create on.
// Ownership: batches belong to the caller and may outlive the loader.
// Blocking:  GetNextBatch waits for a batch, WaitForChunks for arrivals,
//            NextLogLine for a line; Stop ends them early. Stop and the
//            destructor wait until every thread has returned, which is as long
//            as one item takes.
// Shutdown:  Stop() drops everything in flight; later calls of GetNextBatch
//            and WaitForChunks give kCancelled. Idempotent, from any thread.
//            Statistics remain readable. The destructor calls it.
// Restarts:  GetSamplerState() says how far sampling has come; a loader that is
//            given it (Options) goes on from there: a pass through the pool is
//            finished, not begun again, and each game's next visit takes the
//            next positions. Other files, another pool size, other rates and
//            more pools are no obstacle. All that had left the pools counts as
//            given, also what was still in queues and reservoirs: it comes
//            again when its turn comes again. The anchor is not part of it.
// Errors:    kBadConfig from Create: every problem with its key and remedy, and
//            nothing was started. A bad file or chunk is counted, told in the
//            log, and skipped; it is never an error here. An error of a stage
//            itself (kInternal, or kIo where the system gives no inotify) stops
//            the loader, and GetNextBatch and WaitForChunks return it.
#ifndef CC_LOADER_LOADER_H_
#define CC_LOADER_LOADER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cc/base/error.h"
#include "cc/batches/batch.h"
#include "cc/batches/layout.h"
#include "cc/loader/log_sink.h"
#include "cc/schema/loader_config.h"
#include "cc/schema/loader_stats.h"

namespace lczero {

class Loader {
 public:
  struct Options {
    // Empty: lines are kept for NextLogLine, and no thread of the loader ever
    // waits for whoever reads them.
    LogSink log = LogToStderr;
    // Of another loader's GetSamplerState, to go on from. Absent: starts
    // afresh.
    std::optional<std::string> sampler_state = {};
  };

  // Absent fields of `config` get their defaults. kCorruptData when the sampler
  // state is damaged, of an unknown version, or of other pools than the
  // config's.
  static Result<std::unique_ptr<Loader>> Create(DataLoaderConfig config,
                                                Options options);
  static Result<std::unique_ptr<Loader>> Create(DataLoaderConfig config) {
    return Create(std::move(config), Options());
  }
  // The same from the config's JSON form, for other languages.
  static Result<std::unique_ptr<Loader>> CreateFromJson(
      std::string_view config_json, Options options);

  // What Create would refuse, without making anything: kBadConfig or nothing.
  static Result<void> CheckJson(std::string_view config_json);

  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The next batch of the output `split`. kEndOfData when its input has ended
  // (a watched folder never does), kBadConfig when no output has that name.
  Result<std::unique_ptr<Batch>> GetNextBatch(std::string_view split = "train");

  // Totals are of this moment, rates and loads of the last whole second.
  LoaderStats GetStats() const;
  std::string GetStatsJson() const;

  // Some bytes for each game in the pools' windows; any time, also after Stop.
  // Does not hold up the stages for longer than it takes to copy them.
  std::string GetSamplerState() const;

  // Counts chunks in sources whose sort key is greater than `sort_key` from
  // now on, those that have already come included. Behind an older anchor,
  // what had left the pool's window by then is not counted again.
  void SetAnchor(std::string_view sort_key);

  // Sets the anchor to the newest sort key seen, and returns it; empty before
  // the first source.
  std::string ResetAnchor();

  // Waits until `count` chunks are there that are newer than the anchor: true;
  // false when `timeout` passed first.
  Result<bool> WaitForChunks(uint64_t count, std::chrono::nanoseconds timeout);

  // Waits for the next line of the log, where Options.log is empty. What Stop
  // itself caused comes too; kEndOfData after that. Of lines that nobody takes
  // the newest are kept, and one says how many are missing.
  Result<LogLine> NextLogLine();

  void Stop();

 private:
  class Impl;
  explicit Loader(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace lczero

#endif  // CC_LOADER_LOADER_H_
