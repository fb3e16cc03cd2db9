// Macros for clang's -Wthread-safety over std::mutex and std::lock_guard.
//
// They are active where libc++ annotates its own mutex (the pinned compiler,
// with _LIBCPP_ENABLE_THREAD_SAFETY_ANNOTATIONS) and nothing elsewhere. To wait
// on a condition under a std::lock_guard use CondVar of cc/sync/cond_var.h:
// std::unique_lock is not understood by the analysis.
#ifndef CC_BASE_THREAD_ANNOTATIONS_H_
#define CC_BASE_THREAD_ANNOTATIONS_H_

#if defined(__clang__) && defined(_LIBCPP_ENABLE_THREAD_SAFETY_ANNOTATIONS)
#define LC_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define LC_THREAD_ANNOTATION(x)
#endif

// A field that may be touched only while `mutex` is held.
#define LC_GUARDED_BY(mutex) LC_THREAD_ANNOTATION(guarded_by(mutex))

// A pointer whose target may be touched only while `mutex` is held.
#define LC_PT_GUARDED_BY(mutex) LC_THREAD_ANNOTATION(pt_guarded_by(mutex))

// The caller holds `mutex`.
#define LC_REQUIRES(mutex) LC_THREAD_ANNOTATION(requires_capability(mutex))

// The caller does not hold `mutex`.
#define LC_EXCLUDES(mutex) LC_THREAD_ANNOTATION(locks_excluded(mutex))

// Only for code that hands a lock between types that the analysis cannot see.
#define LC_NO_THREAD_SAFETY_ANALYSIS \
  LC_THREAD_ANNOTATION(no_thread_safety_analysis)

#endif  // CC_BASE_THREAD_ANNOTATIONS_H_
