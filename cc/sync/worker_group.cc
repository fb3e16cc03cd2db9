#include "cc/sync/worker_group.h"

#include <exception>
#include <system_error>
#include <utility>

#include "cc/base/check.h"

namespace lczero {

WorkerGroup::WorkerGroup(Options options)
    : options_(std::move(options)), running_(options_.threads) {
  LC_CHECK(options_.threads > 0, "a worker group needs a thread");
  for (int worker = 0; worker < options_.threads; ++worker) {
    try {
      threads_.emplace_back([this, worker] { Run(worker); });
    } catch (const std::system_error& refused) {
      const Result<void> failure =
          MakeError(ErrorCode::kInternal,
                    "cannot start thread " + std::to_string(worker) + " of " +
                        options_.name + ": " + refused.what());
      Fail(failure.error());
      Leave(failure);
    }
  }
}

WorkerGroup::~WorkerGroup() { (void)Join(); }

Result<void> WorkerGroup::Join() {
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  if (std::optional<Error> error = FirstError()) {
    return std::unexpected(*std::move(error));
  }
  return {};
}

std::optional<Error> WorkerGroup::FirstError() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return first_error_;
}

void WorkerGroup::Run(int worker) {
  const Result<void> result = RunBody(worker);
  if (!result && result.error().code != ErrorCode::kCancelled &&
      result.error().code != ErrorCode::kEndOfData) {
    Fail(result.error());
  }
  Leave(result);
}

Result<void> WorkerGroup::RunBody(int worker) {
  const std::string place =
      "worker " + std::to_string(worker) + " of " + options_.name;
  try {
    return options_.body(worker);
  } catch (const std::exception& exception) {
    return MakeError(ErrorCode::kInternal,
                     place + " threw an exception: " + exception.what());
  } catch (...) {
    return MakeError(ErrorCode::kInternal,
                     place + " threw something that is no std::exception");
  }
}

void WorkerGroup::Fail(const Error& error) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (first_error_) return;
    first_error_ = error;
  }
  if (options_.on_error) options_.on_error(error);
}

void WorkerGroup::Leave(const Result<void>& result) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    cancelled_ |= !result && result.error().code == ErrorCode::kCancelled;
    if (--running_ > 0 || first_error_ || cancelled_) return;
  }
  if (options_.on_finished) options_.on_finished();
}

}  // namespace lczero
