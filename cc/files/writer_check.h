// Asks the kernel whether someone has a file open for writing.
//
// Threads: a pure function.
// How:     by trying to take a read lease, which is refused while there is a
//          writer. The lease is given back at once; should a writer come in
//          between, it waits those microseconds, and the signal that tells us
//          so is one that is ignored by default (SIGURG).
#ifndef CC_FILES_WRITER_CHECK_H_
#define CC_FILES_WRITER_CHECK_H_

#include <string>

namespace lczero {

enum class WriterState {
  kNone,     // Nobody writes.
  kWriting,  // Someone has it open for writing.
  kUnknown,  // The kernel does not tell: another user's file, a file system
             // without leases, or a file that cannot be opened.
};

WriterState CheckWriter(const std::string& path);

}  // namespace lczero

#endif  // CC_FILES_WRITER_CHECK_H_
