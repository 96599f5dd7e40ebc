#pragma once
// The line of applications that wait to start (operator/decide/queue.h decides), kept from what the
// reconciler sees. Thread-safe.
//
// An application that was told to start counts as started from that moment, so two of them cannot
// take the same place. Nothing of this is stored: a new process learns it from the statuses
// (seed()), where an application without driver is one that waits.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "operator/decide/queue.h"

namespace firesteel::operators {

class Queue {
 public:
  // Told of applications that may start now and should ask; not under the queue's lock.
  using Wake = std::function<void(const std::string& key)>;
  struct Known {
    json::Document application;
    bool has_driver = false;  // a driver pod of its present attempt exists
  };

  // `clock` must outlive it.
  Queue(decide::QueueLimits limits, const Clock& clock, Wake wake);
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  // All applications there are, before the first ask().
  void seed(const std::vector<Known>& all);

  // Whether applications of this namespace have to ask.
  [[nodiscard]] bool governs(std::string_view space) const;
  // May it start? Only for one whose intent is written and whose driver is not there.
  [[nodiscard]] decide::Place ask(const json::Document& application);
  // The API server refused, for a quota: it waits again, and lets others go first for a while.
  void give_back(const std::string& key);

  // Executors of a started application are missing: why, or "" for no reason that is known here.
  [[nodiscard]] std::optional<std::string> shortage(const std::string& key);

  // As the application is now, or was: a version older than one that was seen is ignored.
  void saw(const json::Document& application);
  void forget(const std::string& key);

  // Of an informer: null when it is gone.
  void set_quota(const std::string& key, const json::Document& quota);
  void set_priority_class(const std::string& name, const json::Document& priority_class);

  // How many wait, by namespace.
  [[nodiscard]] std::map<std::string, std::size_t> waiting() const;

 private:
  struct Entry {
    decide::Contender contender;
    json::Document application;
    bool has_demand = false;
    TimePoint started_at;
  };

  Entry& enter(const json::Document& application);
  void note(const json::Document& application, bool has_driver);
  // Remembers the version, too.
  [[nodiscard]] bool is_outdated(const std::string& key, const json::Value& application);
  void drop(const std::string& key);
  void measure(Entry& entry) const;
  [[nodiscard]] std::vector<decide::Quota> quotas() const;
  [[nodiscard]] std::map<std::string, decide::Place> places();
  [[nodiscard]] std::int64_t priority_of(const json::Value& application) const;
  // Who may start now, when something was given back since it was last asked.
  [[nodiscard]] std::vector<std::string> take_starters();
  void wake(const std::vector<std::string>& keys) const;

  const decide::QueueLimits limits_;
  const Clock& clock_;
  const Wake wake_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::uint64_t> newest_;  // resource versions
  std::map<std::string, decide::Quota> quotas_;
  std::map<std::string, std::int64_t> classes_;
  std::int64_t default_priority_ = 0;
  std::size_t waiting_ = 0;
  bool released_ = false;
};

// Whether the driver of the application's present attempt is among its pods.
[[nodiscard]] bool has_driver(const json::Value& application,
                              const std::vector<json::Document>& pods);

}  // namespace firesteel::operators
