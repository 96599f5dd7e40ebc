#pragma once
// What the operator counts, under the names of both eras of the Kubeflow operator (spark_app_* of
// 1.1.27, spark_application_* of v2) and of controller-runtime; ours begin with firesteel_. Source:
// reference kubeflow-operator.md, section e. Thread-safe.
//
// Counters count what this process did: a transition is counted when its status write was
// acknowledged, so that a restart recounts nothing (defect 28). Gauges are read from the caches
// when they are asked for, and cannot drift. Not counted is a write whose acknowledgement got lost.
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "base/metrics.h"
#include "operator/decide/status.h"

namespace firesteel::operators {

class Metrics {
 public:
  struct Options {
    std::string prefix;               // before the names of applications' metrics
    std::vector<std::string> labels;  // labels of applications that become labels of theirs
    std::string version;              // of this program
  };
  enum class Round { kDone, kLater, kFailed };

  explicit Metrics(Options options);
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The status of `before` was replaced by that of `after`, at `now`.
  void wrote(const json::Value& before, const json::Value& after, TimePoint now);

  // The work queue: a key was added, is worked on, was worked on.
  void queued(const std::string& key, TimePoint now);
  void began(const std::string& key, TimePoint now);
  void ended(const std::string& key, Round round, TimePoint now);

  // One request to the API: verb "GET", HTTP status or 0 when no answer came.
  void requested(std::string_view method, int code, std::chrono::nanoseconds took);

  // For the gauges; called from the thread that exposes. Once, before expose().
  void read_applications(std::function<std::vector<json::Document>()> list);
  void read_queue_depth(std::function<std::size_t()> depth);
  // Applications that wait to start, by namespace.
  void read_waiting(std::function<std::map<std::string, std::size_t>()> waiting);
  void set_workers(int count);
  void set_leading(std::string_view lease, bool leading);

  [[nodiscard]] std::string expose() const { return registry_.expose(); }

 private:
  struct Change;

  void declare_applications();
  void declare_queue();
  void declare_process();
  void count_submission(const Change& change);
  void count_end(const Change& change);
  void count_executors(const Change& change);
  void time_transition(const Change& change);
  void count_both(std::string_view name, const metrics::Labels& labels);
  [[nodiscard]] std::string prefixed(std::string_view name) const {
    return options_.prefix + std::string(name);
  }
  [[nodiscard]] metrics::Labels labels_of(const json::Value& application) const;
  [[nodiscard]] std::vector<metrics::Sample> running_applications() const;
  [[nodiscard]] std::vector<metrics::Sample> running_executors() const;
  [[nodiscard]] std::vector<metrics::Sample> work_seconds(bool longest) const;

  const Options options_;
  metrics::Registry registry_;
  mutable std::mutex sources_;  // held while they are asked: taking one away waits for that
  std::function<std::vector<json::Document>()> list_;
  std::function<std::size_t()> depth_;
  std::function<std::map<std::string, std::size_t>()> waiting_;
  mutable std::mutex mutex_;
  std::map<std::string, TimePoint> queued_;
  std::map<std::string, TimePoint> working_;
};

}  // namespace firesteel::operators
