// Counts what the whole program has on the heap.
//
// Purpose: tests that bound memory, or look for what is left behind: exact,
//          where resident memory is not. Linking this replaces the program's
//          operators new and delete.
// Threads: every function may be called from any thread.
// Limits:  memory that C code takes by malloc does not count. Under the thread
//          and address sanitizers, which have operators of their own, nothing
//          does: all figures are 0.
#ifndef CC_TESTING_HEAP_METER_H_
#define CC_TESTING_HEAP_METER_H_

#include <cstdint>

// gcc's name for it.
#ifdef __SANITIZE_ADDRESS__
#define LC_HEAP_IS_NOT_METERED
#endif
#ifdef __has_feature
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define LC_HEAP_IS_NOT_METERED
#endif
#endif

namespace lczero::testing {

struct HeapUse {
  // Allocated now.
  int64_t blocks;
  int64_t bytes;
  // The most at one moment, and the largest block, since the last reset.
  int64_t peak_bytes;
  int64_t largest_block;
};

HeapUse GetHeapUse();

// Both records begin anew, the peak from what is allocated now.
void ResetHeapRecords();

}  // namespace lczero::testing

#endif  // CC_TESTING_HEAP_METER_H_
