// Owns the threads of one stage.
//
// Purpose:   runs `body` on several threads, and brings the first thing that
//            goes wrong in any of them to the owner.
// Threads:   Start and Join belong to the owner's thread; FirstError may be
//            called from any. The callbacks run in worker threads.
// Ownership: the group owns the threads; `body` and the callbacks live as long
//            as the group, and what they refer to must live longer.
// Blocking:  Join and the destructor wait until every worker has returned.
// Shutdown:  the group has no stop of its own: the owner stops what the workers
//            wait on (queues, pool, discovery), they return kCancelled or
//            kEndOfData, and Join comes back. The destructor only joins.
// Errors:    kCancelled and kEndOfData are the ordinary ends of a worker. Any
//            other error, or an exception (as kInternal), is a failure; the
//            first one is kept.
#ifndef CC_SYNC_WORKER_GROUP_H_
#define CC_SYNC_WORKER_GROUP_H_

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cc/base/error.h"
#include "cc/base/thread_annotations.h"

namespace lczero {

class WorkerGroup {
 public:
  struct Options {
    // Of the stage, for error messages.
    std::string name;
    // Threads to start; at least 1.
    int threads = 1;
    // Runs once in each thread, with the thread's number 0..threads-1.
    std::function<Result<void>(int worker)> body;
    // Runs once, in the last worker to leave, if none has failed and none was
    // cancelled: the place to call Finish() on the output. May be empty.
    std::function<void()> on_finished;
    // Runs once, in the first worker that fails, before it leaves: the place to
    // stop what the other threads wait on. May be empty.
    std::function<void(const Error&)> on_error;
  };

  // Starts the threads; one that the system refuses counts as a worker that
  // failed.
  explicit WorkerGroup(Options options);
  ~WorkerGroup();
  WorkerGroup(const WorkerGroup&) = delete;
  WorkerGroup& operator=(const WorkerGroup&) = delete;

  // Waits for every worker. The first failure, if there was one. May be called
  // again, and then returns the same.
  Result<void> Join();

  // The first failure so far; never waits for a worker.
  std::optional<Error> FirstError() const;

 private:
  void Run(int worker);
  Result<void> RunBody(int worker);
  void Fail(const Error& error);
  void Leave(const Result<void>& result);

  const Options options_;
  mutable std::mutex mutex_;
  std::optional<Error> first_error_ LC_GUARDED_BY(mutex_);
  int running_ LC_GUARDED_BY(mutex_);
  bool cancelled_ LC_GUARDED_BY(mutex_) = false;
  // Last: the threads use the fields above.
  std::vector<std::thread> threads_;
};

}  // namespace lczero

#endif  // CC_SYNC_WORKER_GROUP_H_
