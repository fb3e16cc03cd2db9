// Hands items from producers to consumers, at most `capacity` at a time, in the
// order in which they were pushed.
//
// Threads:   every method may be called from any thread; any number of
//            producers and consumers.
// Ownership: the queue owns the items in it. It must outlive every thread that
//            uses it (join the workers first).
// Blocking:  Push waits for room, Pop for an item; Stop() ends both early. The
//            time blocked is added to the caller's WaitMeter, if it passes one.
// Shutdown:  Finish() = this producer pushes no more; when each of `producers`
//            has called it, consumers drain what is left, then get kEndOfData.
//            Stop() = drop all now; waiting and later calls get kCancelled.
//            Finish() after Stop() is allowed and does nothing.
// Errors:    kEndOfData and kCancelled only, as above.
#ifndef CC_SYNC_BOUNDED_QUEUE_H_
#define CC_SYNC_BOUNDED_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

#include "cc/base/check.h"
#include "cc/base/error.h"
#include "cc/base/thread_annotations.h"
#include "cc/sync/cond_var.h"
#include "cc/sync/wait_meter.h"

namespace lczero {

// One moment of a queue: put == get + dropped + size always holds.
struct QueueCounts {
  uint64_t size;      // Items in the queue.
  uint64_t capacity;  // Items that it may hold.
  uint64_t put;       // Items pushed since construction.
  uint64_t get;       // Items popped.
  uint64_t dropped;   // Items destroyed by Stop().
};

template <typename T>
class BoundedQueue {
 public:
  // `producers` is how many calls of Finish() end the input.
  explicit BoundedQueue(size_t capacity, int producers = 1)
      : capacity_(capacity), producers_(producers) {
    LC_CHECK(capacity > 0, "a queue needs room for one item");
    LC_CHECK(producers > 0, "a queue needs a producer");
  }
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  // kCancelled after Stop(). `item` is consumed only on success. Pushing after
  // the last Finish() is a bug.
  Result<void> Push(T&& item, WaitMeter* waits = nullptr) {
    WaitScope wait(waits);
    std::lock_guard<std::mutex> lock(mutex_);
    while (!stopped_ && items_.size() >= capacity_) {
      wait.Start();
      has_room_.Wait(mutex_);
    }
    if (stopped_) return Cancelled();
    LC_CHECK(producers_ > 0, "Push after every producer called Finish");
    items_.push_back(std::move(item));
    ++put_;
    has_item_.NotifyOne();
    return {};
  }

  // kEndOfData when finished and empty, kCancelled after Stop().
  Result<T> Pop(WaitMeter* waits = nullptr) {
    WaitScope wait(waits);
    std::lock_guard<std::mutex> lock(mutex_);
    while (!stopped_ && items_.empty() && producers_ > 0) {
      wait.Start();
      has_item_.Wait(mutex_);
    }
    if (stopped_) return Cancelled();
    if (items_.empty()) return MakeError(ErrorCode::kEndOfData, kEndMessage);
    T item = std::move(items_.front());
    items_.pop_front();
    ++get_;
    has_room_.NotifyOne();
    return item;
  }

  // One producer will push no more. Once for each producer.
  void Finish() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_) return;
    LC_CHECK(producers_ > 0,
             "Finish called more often than there are producers");
    if (--producers_ == 0) has_item_.NotifyAll();
  }

  // Drops what is in the queue and wakes everyone. May be called repeatedly.
  void Stop() {
    std::deque<T> dropped;  // Destroyed after the lock is released.
    std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    dropped_ += items_.size();
    dropped.swap(items_);
    has_room_.NotifyAll();
    has_item_.NotifyAll();
  }

  QueueCounts Counts() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return {.size = items_.size(),
            .capacity = capacity_,
            .put = put_,
            .get = get_,
            .dropped = dropped_};
  }

 private:
  static constexpr const char* kEndMessage =
      "the input of this queue has ended";

  static std::unexpected<Error> Cancelled() {
    return MakeError(ErrorCode::kCancelled, "the queue was stopped");
  }

  const size_t capacity_;
  mutable std::mutex mutex_;
  CondVar has_room_;
  CondVar has_item_;
  std::deque<T> items_ LC_GUARDED_BY(mutex_);
  int producers_ LC_GUARDED_BY(mutex_);
  bool stopped_ LC_GUARDED_BY(mutex_) = false;
  uint64_t put_ LC_GUARDED_BY(mutex_) = 0;
  uint64_t get_ LC_GUARDED_BY(mutex_) = 0;
  uint64_t dropped_ LC_GUARDED_BY(mutex_) = 0;
};

}  // namespace lczero

#endif  // CC_SYNC_BOUNDED_QUEUE_H_
