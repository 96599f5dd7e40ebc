#pragma once
// Brings one ScheduledSparkApplication up to date: observe, decide, act, until nothing is left to
// do now. No threads of its own, so that tests move the clock.
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "client/time_zones.h"
#include "kube/api.h"
#include "operator/decide/schedule.h"

namespace firesteel::operators {

// The last known schedules and their runs, which may lag. Implementations are thread-safe.
class ScheduleCaches {
 public:
  virtual ~ScheduleCaches() = default;
  // By "namespace/name"; null when there is none.
  [[nodiscard]] virtual json::Document schedule(const std::string& key) const = 0;
  // SparkApplications of that namespace whose label scheduled-app-name is that name.
  [[nodiscard]] virtual std::vector<json::Document> runs(const std::string& key) const = 0;
};

class ScheduledReconciler {
 public:
  // Events are told after what they tell of has happened.
  using EventSink =
      std::function<void(const json::Value& schedule, const decide::EventNote& event)>;
  // More passes than any path takes.
  static constexpr int kMaxPasses = 8;

  // References must outlive it; the function is called from reconcile()'s threads.
  ScheduledReconciler(kube::Api& api, const ScheduleCaches& caches, const Clock& clock,
                      client::TimeZones& zones, decide::TimestampPrecision precision,
                      EventSink events);

  // A value: look again after that time; nothing: when something changes; an error: with backoff.
  // Thread-safe for different keys at once.
  [[nodiscard]] Result<std::optional<std::chrono::nanoseconds>> reconcile(const std::string& key);

 private:
  using Next = Result<std::optional<std::chrono::nanoseconds>>;
  struct Round;

  [[nodiscard]] std::optional<Next> pass(Round& round);
  [[nodiscard]] Result<void> look_live(Round& round);
  [[nodiscard]] Result<void> act(Round& round, const decide::ScheduleAction& action);

  kube::Api& api_;
  const ScheduleCaches& caches_;
  const Clock& clock_;
  client::TimeZones& zones_;
  const decide::TimestampPrecision precision_;
  const EventSink events_;
};

}  // namespace firesteel::operators
