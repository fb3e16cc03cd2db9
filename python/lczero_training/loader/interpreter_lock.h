// Waiting without the interpreter lock, also while the interpreter ends.
//
// Purpose: CPython up to 3.13 ends a thread that asks for the lock while the
//          interpreter ends by unwinding its stack, which crashes where C++
//          frames are on it. So threads that come back too late stay here until
//          the process is gone.
#ifndef PYTHON_LCZERO_TRAINING_LOADER_INTERPRETER_LOCK_H_
#define PYTHON_LCZERO_TRAINING_LOADER_INTERPRETER_LOCK_H_

#include <Python.h>
#include <pthread.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace lczero {

// What threads pass on their way back to the interpreter lock.
//
// Threads:  every method may be called from any thread. Close from the one that
//           ends the interpreter, without the interpreter lock.
// Blocking: Enter returns at once, or never: after Close. Close waits until the
//           threads that have entered have the lock.
class ExitGate {
 public:
  void Enter() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!closed_ || closer_ == std::this_thread::get_id()) {
        ++entered_;
        return;
      }
    }
    while (true) ::pause();
  }

  void Leave() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (--entered_ == 0) all_left_.notify_all();
  }

  void Close() {
    std::unique_lock<std::mutex> lock(mutex_);
    closed_ = true;
    closer_ = std::this_thread::get_id();
    all_left_.wait(lock, [this] { return entered_ == 0; });
  }

  static ExitGate& Get() { return *Instance(); }

  // Threads that were in the gate do not exist in a forked child, which gets
  // another one. Call it once.
  static void RenewInForks() {
    ::pthread_atfork(nullptr, nullptr, [] { Instance() = new ExitGate; });
  }

 private:
  // Never destroyed: threads may stay in it.
  static ExitGate*& Instance() {
    static ExitGate* gate = new ExitGate;
    return gate;
  }

  // Guards all below.
  std::mutex mutex_;
  std::condition_variable all_left_;
  int entered_ = 0;
  bool closed_ = false;
  std::thread::id closer_;
};

// The calling thread is without the interpreter lock while this lives.
class WithoutLock {
 public:
  WithoutLock() : state_(PyEval_SaveThread()) {}
  ~WithoutLock() {
    ExitGate::Get().Enter();
    PyEval_RestoreThread(state_);
    ExitGate::Get().Leave();
  }
  WithoutLock(const WithoutLock&) = delete;
  WithoutLock& operator=(const WithoutLock&) = delete;

 private:
  PyThreadState* const state_;
};

}  // namespace lczero

#endif  // PYTHON_LCZERO_TRAINING_LOADER_INTERPRETER_LOCK_H_
