// LC_CHECK: aborts with a message when our own code breaks its own contract.
//
// Never for a file, a config or anything else that comes from outside: those
// are errors, and errors are values (error.h).
#ifndef CC_BASE_CHECK_H_
#define CC_BASE_CHECK_H_

#include <cstdio>
#include <cstdlib>

// `what` is a string literal that says which promise the caller broke.
#define LC_CHECK(condition, what)                                             \
  do {                                                                        \
    if (!(condition)) {                                                       \
      std::fprintf(stderr, "%s:%d: bug: %s (%s)\n", __FILE__, __LINE__, what, \
                   #condition);                                               \
      std::abort();                                                           \
    }                                                                         \
  } while (false)

#endif  // CC_BASE_CHECK_H_
