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
// Several:   PushAll and PopSome move many items under one lock, for items that
//            are so small that locks and wakeups would cost more than they do.
// Sink:      a queue may have a sink in place of consumers: then nothing waits
//            in it, and Push hands each item on in its own thread, where it is
//            still in the processor's cache.
// Errors:    kEndOfData and kCancelled only, as above; Push also those of the
//            sink.
#ifndef CC_SYNC_BOUNDED_QUEUE_H_
#define CC_SYNC_BOUNDED_QUEUE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

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

// Takes a queue's items where they are pushed.
template <typename T>
class ItemSink {
 public:
  virtual ~ItemSink() = default;

  // So many threads are going to push.
  virtual void PushedBy(uint32_t threads) = 0;
  // Called by several threads at once.
  virtual Result<void> Take(T&& item) = 0;
  // The last producer has finished. Not called after Stop().
  virtual void TakeNoMore() = 0;
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

  // Before any thread uses the queue; it must outlive them.
  void SetSink(ItemSink<T>* sink) { sink_ = sink; }
  ItemSink<T>* sink() const { return sink_; }

  // Before any thread uses the queue. PopSome then waits until `count` items
  // are there, or half of the capacity, so that one wake-up moves many; less
  // comes only when the input has ended.
  void GatherForPopSome(size_t count) {
    gathered_ = std::clamp<size_t>(capacity_ / 2, 1, count);
  }

  // kCancelled after Stop(). `item` is consumed only on success. Pushing after
  // the last Finish() is a bug. With a sink `waits` is the time in it.
  Result<void> Push(T&& item, WaitMeter* waits = nullptr) {
    WaitScope wait(waits);
    if (sink_ != nullptr) return HandOn(std::move(item), wait);
    std::lock_guard<std::mutex> lock(mutex_);
    if (Result<void> room = AwaitRoom(wait); !room) return room;
    items_.push_back(std::move(item));
    ++put_;
    if (items_.size() >= gathered_) has_item_.NotifyOne();
    return {};
  }

  // All of them, in order, as there is room; leaves `items` empty. After an
  // error what was not pushed is left.
  Result<void> PushAll(std::vector<T>& items, WaitMeter* waits = nullptr) {
    for (auto next = items.begin(); next != items.end();) {
      auto pushed = PushSome(next, items.end(), waits);
      if (!pushed) {
        items.erase(items.begin(), next);
        return std::unexpected(pushed.error());
      }
      next = *pushed;
    }
    items.clear();
    return {};
  }

  // kEndOfData when finished and empty, kCancelled after Stop().
  Result<T> Pop(WaitMeter* waits = nullptr) {
    WaitScope wait(waits);
    std::lock_guard<std::mutex> lock(mutex_);
    if (Result<void> there = AwaitItems(1, wait); !there) {
      return std::unexpected(there.error());
    }
    T item = std::move(items_.front());
    items_.pop_front();
    ++get_;
    has_room_.NotifyOne();
    return item;
  }

  // As Pop, but takes all that are there, up to `most`, and appends them to
  // `items`: at least one on success. See GatherForPopSome.
  Result<void> PopSome(size_t most, std::vector<T>& items,
                       WaitMeter* waits = nullptr) {
    LC_CHECK(most > 0, "PopSome takes one item or more");
    WaitScope wait(waits);
    std::lock_guard<std::mutex> lock(mutex_);
    if (Result<void> there = AwaitItems(gathered_, wait); !there) return there;
    const size_t count = std::min(most, items_.size());
    const auto end = items_.begin() + static_cast<std::ptrdiff_t>(count);
    items.insert(items.end(), std::move_iterator(items_.begin()),
                 std::move_iterator(end));
    items_.erase(items_.begin(), end);
    get_ += count;
    has_room_.NotifyAll();
    return {};
  }

  // One producer will push no more. Once for each producer.
  void Finish() {
    if (!CountFinish()) return;
    if (sink_ != nullptr) sink_->TakeNoMore();
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

  // Waits for room for one item, and pushes as many as there is room for; the
  // first one that was not.
  using Iterator = std::vector<T>::iterator;
  Result<Iterator> PushSome(Iterator next, Iterator end, WaitMeter* waits) {
    WaitScope wait(waits);
    if (sink_ != nullptr) {
      if (auto taken = HandOn(std::move(*next), wait); !taken) {
        return std::unexpected(taken.error());
      }
      return next + 1;
    }
    std::lock_guard<std::mutex> lock(mutex_);
    if (Result<void> room = AwaitRoom(wait); !room) {
      return std::unexpected(room.error());
    }
    for (; next != end && items_.size() < capacity_; ++next, ++put_) {
      items_.push_back(std::move(*next));
    }
    if (items_.size() >= gathered_) has_item_.NotifyAll();
    return next;
  }

  Result<void> HandOn(T&& item, WaitScope& wait) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (stopped_) return Cancelled();
      LC_CHECK(producers_ > 0, "Push after every producer called Finish");
      ++put_;
      ++get_;
    }
    wait.Start();
    return sink_->Take(std::move(item));
  }

  Result<void> AwaitRoom(WaitScope& wait) LC_REQUIRES(mutex_) {
    while (!stopped_ && items_.size() >= capacity_) {
      wait.Start();
      has_room_.Wait(mutex_);
    }
    if (stopped_) return Cancelled();
    LC_CHECK(producers_ > 0, "Push after every producer called Finish");
    return {};
  }

  Result<void> AwaitItems(size_t count, WaitScope& wait) LC_REQUIRES(mutex_) {
    while (!stopped_ && items_.size() < count && producers_ > 0) {
      wait.Start();
      has_item_.Wait(mutex_);
    }
    if (stopped_) return Cancelled();
    if (items_.empty()) return MakeError(ErrorCode::kEndOfData, kEndMessage);
    return {};
  }

  // Whether this was the last producer of a queue that was not stopped.
  bool CountFinish() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_) return false;
    LC_CHECK(producers_ > 0,
             "Finish called more often than there are producers");
    if (--producers_ > 0) return false;
    has_item_.NotifyAll();
    return true;
  }

  const size_t capacity_;
  ItemSink<T>* sink_ = nullptr;
  size_t gathered_ = 1;
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
