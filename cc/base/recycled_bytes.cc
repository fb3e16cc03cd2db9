#include "cc/base/recycled_bytes.h"

#include <array>
#include <mutex>
#include <new>
#include <vector>

#include "cc/base/thread_annotations.h"

namespace lczero {
namespace {

// The sanitizers see what a block is used for only if it is really freed.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kRecycles = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kRecycles = false;
#else
constexpr bool kRecycles = true;
#endif
#else
constexpr bool kRecycles = true;
#endif

constexpr size_t kSizes = RecycledBytes::kMost / RecycledBytes::kStep;

// Free blocks of one size.
using Blocks = std::vector<std::byte*>;

size_t ClassOf(size_t size) {
  return (size + RecycledBytes::kStep - 1) / RecycledBytes::kStep - 1;
}

std::byte* NewBlock(size_t size) {
  return static_cast<std::byte*>(::operator new(size));
}

void DeleteBlocks(const Blocks& blocks) {
  for (std::byte* block : blocks) ::operator delete(block);
}

// Another processor had the block last; it comes while the one before it is
// filled.
void PrefetchToWrite(std::byte* block, size_t which) {
  for (size_t i = 0; i <= which; ++i) {
    __builtin_prefetch(block + i * RecycledBytes::kStep, 1);
  }
}

// Full magazines that no thread has.
class Depot {
 public:
  // Never destroyed: threads may outlive the static objects.
  static Depot& Get() {
    static Depot& depot = *new Depot;
    return depot;
  }

  // Empty if there is none.
  Blocks Take(size_t which) {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Blocks>& magazines = magazines_[which];
    if (magazines.empty()) return {};
    Blocks magazine = std::move(magazines.back());
    magazines.pop_back();
    return magazine;
  }

  void Give(size_t which, Blocks magazine) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      std::vector<Blocks>& magazines = magazines_[which];
      if (magazines.size() < RecycledBytes::kMostMagazines) {
        magazines.push_back(std::move(magazine));
        return;
      }
    }
    DeleteBlocks(magazine);
  }

 private:
  std::mutex mutex_;
  std::array<std::vector<Blocks>, kSizes> magazines_ LC_GUARDED_BY(mutex_);
};

// What one thread keeps.
class ThreadsBlocks {
 public:
  ~ThreadsBlocks() {
    for (const Pair& pair : pairs_) {
      DeleteBlocks(pair.current);
      DeleteBlocks(pair.full);
    }
  }

  std::byte* Take(size_t which) {
    Pair& pair = pairs_[which];
    if (pair.current.empty()) {
      pair.current = pair.full.empty() ? Depot::Get().Take(which)
                                       : std::exchange(pair.full, {});
      if (pair.current.empty()) {
        return NewBlock((which + 1) * RecycledBytes::kStep);
      }
    }
    std::byte* const block = pair.current.back();
    pair.current.pop_back();
    if (!pair.current.empty()) PrefetchToWrite(pair.current.back(), which);
    return block;
  }

  void Give(size_t which, std::byte* block) {
    Pair& pair = pairs_[which];
    if (pair.current.size() == RecycledBytes::kMagazine) {
      if (!pair.full.empty()) Depot::Get().Give(which, std::move(pair.full));
      pair.full = std::exchange(pair.current, {});
      pair.current.reserve(RecycledBytes::kMagazine);
    }
    pair.current.push_back(block);
  }

 private:
  // Two, so that a thread that takes and gives in turn at the edge of one does
  // not go to the depot each time.
  struct Pair {
    Blocks current;
    Blocks full;
  };
  std::array<Pair, kSizes> pairs_;
};

ThreadsBlocks& MyBlocks() {
  thread_local ThreadsBlocks blocks;
  return blocks;
}

}  // namespace

std::byte* RecycledBytes::Allocate(size_t size) {
  if (size == 0) return nullptr;
  if (!kRecycles || size > kMost) return NewBlock(size);
  return MyBlocks().Take(ClassOf(size));
}

void RecycledBytes::Free(std::byte* block, size_t size) {
  if (!kRecycles || size > kMost) {
    ::operator delete(block);
    return;
  }
  MyBlocks().Give(ClassOf(size), block);
}

}  // namespace lczero
