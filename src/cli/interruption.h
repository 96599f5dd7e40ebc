#pragma once
// Ctrl-C (SIGINT), SIGTERM and a time limit as one stop token, for commands that follow something.
// At most one at a time, made on the main thread before other threads start.
#include <atomic>
#include <chrono>
#include <thread>

#include "base/fd.h"
#include "base/stop.h"

namespace firesteel::cli {

class Interruption {
 public:
  enum class Cause { kNone, kSignal, kTimeout };

  // A limit of 0 is none.
  explicit Interruption(std::chrono::seconds limit = std::chrono::seconds(0));
  // Gives the signals back their former effect.
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  [[nodiscard]] StopToken token() const { return source_.token(); }
  [[nodiscard]] Cause cause() const { return cause_.load(); }

 private:
  void wait(std::chrono::seconds limit);

  StopSource source_;
  StopSource ended_;  // the destructor's, to wake the thread
  Fd signals_;
  std::atomic<Cause> cause_ = Cause::kNone;
  std::jthread thread_;
};

// Waits for `time`; false when `stop` was requested before.
bool wait_for(std::chrono::milliseconds time, const StopToken& stop);

}  // namespace firesteel::cli
