#pragma once
// The life of a ScheduledSparkApplication as one function, like application.h for its runs. Pure.
//
// Rules (reference kubeflow-operator.md, section a.5, without defect 19 of its section k):
//  - A run is named after the time that it was due, so starting it twice gives the same object: the
//    intent is status.nextRun, and AlreadyExists is success.
//  - Runs that were missed are made up for by one.
//  - An edit of schedule or timeZone counts at once: nextRun is computed anew, nothing is made up.
//  - FailedValidation is left when the specification is right again.
//  - Forbid waits until the last run has ended and then starts the run that was due; Replace
//  removes
//    what is still running, waits until it is gone, and starts.
//  - Runs beyond the history limits go as soon as they have ended.
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kube/loop/time_zone.h"
#include "operator/decide/action.h"
#include "operator/decide/observed.h"

namespace firesteel::operators::decide {

// What stands behind "<name>-" in a run's name: the time it was due, in these units since 1970.
enum class TimestampPrecision { kNanos, kMicros, kMillis, kSeconds, kMinutes };

struct ObservedSchedule {
  json::Document schedule;           // never null
  bool schedule_live = false;        // answered by the API server in this pass
  std::vector<json::Document> runs;  // SparkApplications labelled with its name, whoever owns them
  bool runs_live = false;            // listed from the API server in this pass
  std::shared_ptr<const kube::loop::TimeZone> zone;  // of zone_name(); null: see zone_error
  std::string zone_error;
  std::optional<Error> creation_error;  // creating the run that is due was refused
  TimePoint now;
  TimestampPrecision precision = TimestampPrecision::kNanos;
};

// Replaces the whole status; the resourceVersion is its precondition.
struct WriteScheduleStatus {
  json::Value status;
};
// AlreadyExists is success when this schedule owns what is there.
struct CreateRun {
  json::Value application;
};
// Uid and resourceVersion are preconditions: a run that was edited to run again stays.
struct DeleteRun {
  std::string name;
  std::string uid;
  std::string resource_version;
  bool wait_for_pods = false;  // in the foreground: it is gone when its driver is
};
using ScheduleAction = std::variant<WriteScheduleStatus, CreateRun, DeleteRun>;

struct ScheduleDecision {
  std::vector<ScheduleAction> actions;  // in this order; the first failure ends them
  std::vector<EventNote> events;        // when all succeeded
  bool needs_live_look = false;
  Requeue requeue;
};

// The zone whose rules decide_schedule() needs: of the schedule's prefix CRON_TZ=, else
// spec.timeZone; "" for the local one.
[[nodiscard]] std::string zone_name(const json::Value& schedule);

// Total. Any thread.
[[nodiscard]] ScheduleDecision decide_schedule(const ObservedSchedule& seen) noexcept;

}  // namespace firesteel::operators::decide
