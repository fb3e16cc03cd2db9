// The error type of cc/: errors are values, carried by Result<T>.
//
// Threads: plain values. Abort is for bugs of ours only, never for a file or a
// config.
#ifndef CC_BASE_ERROR_H_
#define CC_BASE_ERROR_H_

#include <expected>
#include <string>
#include <utility>

namespace lczero {

// What kind of thing went wrong; the binding maps each to one exception.
enum class ErrorCode {
  kCancelled,    // Stop() was called while the operation waited or worked.
  kEndOfData,    // The input is finished and everything in it was delivered.
  kBadConfig,    // The configuration cannot be used as it stands.
  kCorruptData,  // A file's content is not what its format promises.
  kIo,           // The system refused a file operation.
  kInternal,     // An exception escaped a worker: a bug of ours, or no memory.
};

// `message` says what, where, the values, and what to do.
struct Error {
  ErrorCode code;
  std::string message;
};

template <typename T>
using Result = std::expected<T, Error>;

// For `return MakeError(ErrorCode::kIo, "...")`.
inline std::unexpected<Error> MakeError(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace lczero

#endif  // CC_BASE_ERROR_H_
