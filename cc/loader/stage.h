// One stage of the loader: threads that take items of one type and put out
// items of the next.
//
// Purpose:   the interface by which Loader runs every stage, and the
//            description of a kind of stage that the registry lists. A new kind
//            is one file in stages/ and one line in registry.cc.
// Threads:   Start and Join belong to the loader; the others may be called from
//            any thread.
// Ownership: a stage owns its threads and its state; the queues at both ends
//            belong to the loader and outlive it.
// Blocking:  Join waits until every thread of the stage has returned.
// Shutdown:  the loader stops the queues and calls Stop; both wake the stage's
//            threads, which then return. Stop before Start is allowed. Join
//            comes before the destructor. At the end of its input a stage hands
//            on what it holds, and finishes its output.
// Errors:    bad data is counted and skipped. What is our own fault ends the
//            stage and reaches the loader by `on_error`.
#ifndef CC_LOADER_STAGE_H_
#define CC_LOADER_STAGE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cc/base/error.h"
#include "cc/chunks/pool/chunk_pool.h"
#include "cc/chunks/pool/pool_state.h"
#include "cc/loader/any_queue.h"
#include "cc/loader/log_sink.h"
#include "cc/schema/loader_config.h"
#include "cc/schema/loader_stats.h"
#include "cc/sync/wait_meter.h"

namespace lczero {

class Stage {
 public:
  virtual ~Stage() = default;

  virtual void Start() = 0;
  virtual void Stop() {}
  virtual void Join() = 0;

  // Totals up to `now`; the name and the kind are filled in by the loader.
  virtual StageStats Totals(WaitMeter::Clock::time_point now) const = 0;

  // The pool that counts arrivals, if this stage is one.
  virtual ChunkPool* pool() { return nullptr; }
};

// What a stage is made of.
struct StageContext {
  std::string name;
  // Validated, defaults filled in. Used during the construction only.
  const StageConfig& config;
  // Of this stage alone.
  uint64_t seed;
  // For a pool: where it stood when it was saved. Null: nowhere.
  const PoolState* pool_state = nullptr;
  // As the config names them, and in that order. All outlive the stage.
  std::vector<AnyQueue*> inputs;
  // In the order of StageKind::output_names.
  std::vector<AnyQueue*> outputs;
  LogSink log;
  // Called once, in the thread that fails.
  std::function<void(const Error&)> on_error;

  // Of kinds with at most one; null where there is none.
  AnyQueue* input() const { return inputs.empty() ? nullptr : inputs.front(); }
  AnyQueue* output() const { return outputs.front(); }
};

struct StageKind {
  // The field of StageConfig.
  std::string_view name;
  ItemType input;
  ItemType output;
  // Reads one stage or more, all of type `input`; else exactly one, or none
  // where that is kNone.
  bool reads_several = false;
  // Whether the config asks for this kind.
  bool (*is_configured)(const StageConfig&);
  // Names of the outputs, all of type `output`. Null: one, which has no name.
  std::vector<std::string> (*output_names)(const StageConfig&) = nullptr;
  // What the schema's own rules do not cover, as `FIELD: MESSAGE`; the field
  // is relative to the stage. May be null.
  std::vector<std::string> (*find_problems)(const StageConfig&);
  // kBadConfig or kIo when the stage cannot be made. Starts no thread.
  Result<std::unique_ptr<Stage>> (*create)(const StageContext&);
};

}  // namespace lczero

#endif  // CC_LOADER_STAGE_H_
