#pragma once
// Brings one application up to date: observe, decide, act, until nothing is left to do now. No
// threads of its own, so that the simulation runs exactly this.
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "kube/api.h"
#include "operator/act.h"
#include "operator/decide/application.h"
#include "operator/driver_log.h"
#include "operator/observe.h"
#include "operator/queue.h"

namespace firesteel::operators {

// Told what a reconcile did, for logs and metrics. Called from reconcile()'s threads.
class ReconcileObserver {
 public:
  virtual ~ReconcileObserver() = default;
  // The server acknowledged a status: `before` is the application it replaced, `after` its answer.
  virtual void wrote(const json::Value& before, const json::Value& after, decide::Reason why) = 0;
  // Objects of the attempt could not be created; the next decision says what comes of it.
  virtual void refused(const json::Value& application, const Error& error) = 0;
};

class Reconciler {
 public:
  // Events are told after what they tell of has happened.
  using EventSink =
      std::function<void(const json::Value& application, const decide::EventNote& event)>;
  // 32 random hex digits, others each time.
  using IdSource = std::function<std::string()>;
  // More passes than any path through the states takes.
  static constexpr int kMaxPasses = 16;

  // References must outlive it; the functions are called from reconcile()'s threads.
  Reconciler(kube::Api& api, const Caches& caches, const Clock& clock, decide::Settings settings,
             IdSource fresh_id, EventSink events, ReconcileObserver* observer = nullptr);

  // Where to look for the reason of a failed driver; without, the pod alone explains it. Before the
  // first reconcile(); must outlive it.
  void use_logs(DriverLogs* logs) { logs_ = logs; }

  // Whom to ask before a driver is created; without, whoever wants one may. Before the first
  // reconcile(); must outlive it.
  void use_queue(Queue* queue) { queue_ = queue; }

  // A value: look again after that time; nothing: when something changes; an error: with backoff.
  // Thread-safe for different keys at once.
  [[nodiscard]] Result<std::optional<std::chrono::nanoseconds>> reconcile(const std::string& key);

 private:
  using Next = Result<std::optional<std::chrono::nanoseconds>>;
  // What this process wrote and the cache may not have yet.
  struct Written {
    json::Document application;
    std::set<std::string> older;  // resource versions
  };

  [[nodiscard]] json::Document known_application(const std::string& key);
  void remember(const std::string& key, const json::Document& before, const json::Document& after);
  [[nodiscard]] std::optional<Next> pass(const std::string& key, decide::Observed& seen,
                                         bool& conflict_met);
  [[nodiscard]] std::optional<Next> look(decide::Observed& seen);
  [[nodiscard]] std::optional<Next> digest(const std::string& key, decide::Observed& seen,
                                           const decide::Decision& decision, Outcome outcome);

  kube::Api& api_;
  const Caches& caches_;
  const Clock& clock_;
  const decide::Settings settings_;
  const IdSource fresh_id_;
  const EventSink events_;
  ReconcileObserver* const observer_;
  DriverLogs* logs_ = nullptr;
  Queue* queue_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, Written> written_;
};

}  // namespace firesteel::operators
