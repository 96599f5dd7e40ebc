#pragma once
// The queue of keys that a controller works on, as a pure structure: no key twice, none handed out
// while it is being worked on, retries with exponential backoff per key. The rules of client-go's
// util/workqueue. Not thread-safe: the owner locks.
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace firesteel::kube::loop {

struct Backoff {
  std::chrono::milliseconds first{5};
  std::chrono::milliseconds longest{1'000'000};
};

class WorkQueue {
 public:
  explicit WorkQueue(Backoff backoff = {}) : backoff_(backoff) {}

  // Ready now, first in first out. A key in progress is queued again when it is done.
  void add(std::string key);
  // Ready at `due`; of several the earliest counts.
  void add_after(std::string key, TimePoint due);
  // Ready after this key's backoff, doubled at each call until forget(). Returns when.
  TimePoint backoff(std::string key, TimePoint now);
  // Work on this key succeeded: its next backoff is the first one again.
  void forget(std::string_view key);

  // The next ready key, which is in progress until done(); nothing when there is none.
  [[nodiscard]] std::optional<std::string> next(TimePoint now);
  void done(std::string_view key);

  // When next() may have something: a time in the past (the epoch) when a key is ready, the
  // earliest due time, or nothing.
  [[nodiscard]] std::optional<TimePoint> next_due() const;
  // Ready keys; neither the ones in progress nor the delayed.
  [[nodiscard]] std::size_t size() const { return ready_.size(); }
  [[nodiscard]] std::size_t delayed() const { return due_.size(); }
  [[nodiscard]] std::size_t in_progress() const { return in_progress_.size(); }
  // Failures of this key since the last forget().
  [[nodiscard]] int retries(std::string_view key) const;

 private:
  void take_due(TimePoint now);

  Backoff backoff_;
  std::deque<std::string> ready_;
  std::set<std::string, std::less<>> dirty_;  // ready, or to be queued again when done
  std::set<std::string, std::less<>> in_progress_;
  std::map<std::string, TimePoint, std::less<>> due_;
  std::set<std::pair<TimePoint, std::string>> by_time_;  // the same entries, in order of time
  std::map<std::string, int, std::less<>> failures_;
};

}  // namespace firesteel::kube::loop
