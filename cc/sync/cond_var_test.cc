#include "cc/sync/cond_var.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>

#include "cc/base/thread_annotations.h"

namespace lczero {
namespace {

struct Flag {
  std::mutex mutex;
  CondVar changed;
  bool set LC_GUARDED_BY(mutex) = false;
};

TEST(CondVarTest, WaitEndsWithNotify) {
  Flag flag;
  std::thread setter([&flag] {
    std::lock_guard<std::mutex> lock(flag.mutex);
    flag.set = true;
    flag.changed.NotifyAll();
  });
  {
    std::lock_guard<std::mutex> lock(flag.mutex);
    while (!flag.set) flag.changed.Wait(flag.mutex);
    EXPECT_TRUE(flag.set);
  }
  setter.join();
}

TEST(CondVarTest, WaitUntilEndsAtItsDeadlineWithTheMutexHeld) {
  Flag flag;
  std::lock_guard<std::mutex> lock(flag.mutex);
  flag.changed.WaitUntil(flag.mutex, std::chrono::steady_clock::now());
  std::thread([&flag] { EXPECT_FALSE(flag.mutex.try_lock()); }).join();
}

}  // namespace
}  // namespace lczero
