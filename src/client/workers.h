#pragma once
// Threads that work a queue of keys: each key is worked by one thread at a time, is never lost, and
// is tried again with a growing delay after an error (kube/loop/work_queue.h decides). Thread-safe.
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/stop.h"

namespace firesteel::client {

struct WorkersOptions {
  std::string name;  // for logs: "sparkapplication"
  std::size_t threads = 1;
  std::chrono::nanoseconds base_delay = std::chrono::milliseconds(100);
  std::chrono::nanoseconds max_delay = std::chrono::seconds(300);
};

class Workers {
 public:
  // Brings one key up to date. A value: work it again after that time; nothing: when it is added
  // again; an error: again with backoff (it is logged here).
  using Reconcile =
      std::function<Result<std::optional<std::chrono::nanoseconds>>(const std::string& key)>;

  // `clock` must outlive the workers.
  Workers(WorkersOptions options, const Clock& clock, Reconcile reconcile);
  // Stops: keys under work are finished, others are dropped; joins.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start();
  void stop();  // idempotent; what the destructor does
  void add(const std::string& key);
  void add_after(const std::string& key, std::chrono::nanoseconds delay);
  // Keys waiting to be worked now (not the delayed ones).
  [[nodiscard]] std::size_t depth() const;
  // Looks at the clock again: after a manual clock was moved.
  void wake();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firesteel::client
