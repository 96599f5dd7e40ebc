// From the driver pod to the application's end.
#include <fmt/format.h>

#include <algorithm>

#include "kube/object.h"
#include "operator/decide/diagnose.h"
#include "operator/decide/executor_state.h"
#include "operator/decide/pass.h"
#include "spark/names.h"

namespace firesteel::operators::decide {
namespace {

constexpr std::chrono::seconds kLongestSleep{86400};

State state_for(DriverState driver) {
  switch (driver) {
    case DriverState::kPending:
      return State::kSubmitted;
    case DriverState::kRunning:
      return State::kRunning;
    case DriverState::kSucceeded:
      return State::kSucceeding;
    case DriverState::kFailed:
      return State::kFailing;
    case DriverState::kUnknown:
      return State::kUnknown;
  }
  std::unreachable();
}

Reason reason_for(const DriverReport& report) {
  switch (report.state) {
    case DriverState::kPending:
      return Reason::kDriverPending;
    case DriverState::kRunning:
      return report.terminating ? Reason::kDriverTerminating : Reason::kDriverRunning;
    case DriverState::kSucceeded:
      return Reason::kDriverSucceeded;
    case DriverState::kFailed:
      return Reason::kDriverFailed;
    case DriverState::kUnknown:
      return Reason::kDriverUnknown;
  }
  std::unreachable();
}

EventNote driver_event(const DriverReport& report, std::string_view pod) {
  switch (report.state) {
    case DriverState::kPending:
      return note(EventKind::kNormal, "SparkDriverPending",
                  fmt::format("Driver {} is pending", pod));
    case DriverState::kRunning:
      return note(EventKind::kNormal, "SparkDriverRunning",
                  fmt::format("Driver {} is running", pod));
    case DriverState::kSucceeded:
      return note(EventKind::kNormal, "SparkDriverCompleted",
                  fmt::format("Driver {} completed", pod));
    case DriverState::kFailed:
      return note(EventKind::kWarning, "SparkDriverFailed",
                  fmt::format("Driver {} failed: {}", pod, report.message));
    case DriverState::kUnknown:
      return note(EventKind::kWarning, "SparkDriverUnknown",
                  fmt::format("Driver {} is in unknown state", pod));
  }
  std::unreachable();
}

// Read from the pods of Spark itself, so that applications taken over from another operator have it
// too.
std::string application_id(const Pass& pass) {
  for (const json::Value* executor : pass.executors) {
    const std::string_view id = kube::label_of(*executor, spark::kLabelSparkAppSelector);
    if (!id.empty()) return std::string(id);
  }
  return pass.status.spark_application_id;
}

Decision look_at_log(const Pass& pass) {
  return {.actions = {},
          .events = {},
          .needs_log_of = std::string(kube::name_of(*pass.driver)),
          .requeue = Requeue::on_change(),
          .why = Reason::kDriverFailed};
}

Decision lose_driver(const Pass& pass) {
  if (!pass.is_live()) return look_live();
  const std::string why = describe_missing_driver(pass.status.driver_info.pod_name);
  Status next = pass.status;
  next.state = State::kFailing;
  next.error_message = why;
  next.failure = FailureClass::kInfrastructure;
  next.termination_time = pass.seen.now;
  next.executor_state = executors_now(pass, next.state);
  std::vector<EventNote> events = executor_events(pass.status.executor_state, next.executor_state);
  events.push_back(note(EventKind::kWarning, "SparkDriverNotFound", why));
  return finish(pass, next,
                {.requeue = Requeue::on_change(),
                 .why = Reason::kDriverMissing,
                 .events = std::move(events)});
}

bool misses_executors(const Pass& pass, const DriverReport& report) {
  return report.state == DriverState::kRunning && pass.seen.shortage.has_value();
}

// That the driver's executors are refused makes no event and changes no pod: look now and then.
Requeue requeue_for(const Pass& pass, const DriverReport& report,
                    const std::optional<Deadline>& deadline) {
  constexpr std::chrono::seconds kLookForExecutors{30};
  if (misses_executors(pass, report)) {
    return Requeue::after(deadline ? std::min(deadline->left, kLookForExecutors)
                                   : kLookForExecutors);
  }
  return deadline ? Requeue::after(std::min(deadline->left, kLongestSleep)) : Requeue::on_change();
}

Detail detail_of(const Pass& pass, const DriverReport& report) {
  const bool short_of_them = misses_executors(pass, report) && !pass.seen.shortage->empty();
  if (short_of_them) return {"ExecutorsWaitForQuota", *pass.seen.shortage};
  return {report.reason, report.message};
}

// When a finished application is to be deleted; nothing when it stays.
std::optional<std::chrono::seconds> time_to_live_left(const Pass& pass) {
  const std::int64_t ttl = json::int_at(pass.application, {"spec", "timeToLiveSeconds"}, -1);
  if (ttl < 0) return std::nullopt;
  const auto created =
      parse_time(json::string_at(pass.application, {"metadata", "creationTimestamp"}));
  std::optional<TimePoint> from = pass.status.termination_time;
  if (!from) from = pass.status.last_submission_attempt_time;
  if (!from) from = created;
  const std::chrono::seconds longest = RestartPolicy::kLongestInterval * 1200;  // a century
  return time_left(pass, from, std::min(std::chrono::seconds(ttl), longest));
}

// Another operator has recorded an end that was none (defect 1 of the reference). The end stands,
// for clients have read it; the driver may be doing work that somebody wants.
EventNote describe_survivor(const json::Value& driver, State state) {
  return note(EventKind::kWarning, "SparkDriverLeftRunning",
              fmt::format("Driver {} runs although another operator recorded {}: it is left alone; "
                          "delete the pod, or the application, to stop it",
                          kube::name_of(driver), text(state)));
}

}  // namespace

ExecutorStates executors_now(const Pass& pass, State state) {
  return executor_states(pass.status.executor_state, pass.executors, state,
                         pass.seen.settings.max_tracked_executors);
}

std::vector<EventNote> executor_events(const ExecutorStates& before, const ExecutorStates& after) {
  std::vector<EventNote> events;
  for (const auto& [pod, state] : after) {
    const auto old = before.find(pod);
    if (old != before.end() && old->second == state) continue;
    switch (state) {
      case ExecutorState::kPending:
        events.push_back(note(EventKind::kNormal, "SparkExecutorPending",
                              fmt::format("Executor {} is pending", pod)));
        break;
      case ExecutorState::kRunning:
        events.push_back(note(EventKind::kNormal, "SparkExecutorRunning",
                              fmt::format("Executor {} is running", pod)));
        break;
      case ExecutorState::kCompleted:
        events.push_back(note(EventKind::kNormal, "SparkExecutorCompleted",
                              fmt::format("Executor {} completed", pod)));
        break;
      case ExecutorState::kFailed:
        events.push_back(note(EventKind::kWarning, "SparkExecutorFailed",
                              fmt::format("Executor {} failed", pod)));
        break;
      case ExecutorState::kUnknown:
        events.push_back(note(EventKind::kWarning, "SparkExecutorUnknown",
                              fmt::format("Executor {} is in unknown state", pod)));
        break;
    }
  }
  return events;
}

Decision follow_driver(const Pass& pass) {
  if (pass.driver == nullptr) return lose_driver(pass);
  DriverReport report = report_driver(*pass.driver);
  if (report.log_may_tell && pass.seen.settings.can_read_logs && !pass.seen.driver_log) {
    return look_at_log(pass);
  }
  if (report.log_may_tell && pass.seen.driver_log) explain_by_log(report, *pass.seen.driver_log);
  const std::optional<Deadline> deadline = next_deadline(pass, report);
  if (deadline && deadline->left.count() <= 0) return give_up_on_driver(pass, *deadline);
  Status next = pass.status;
  next.state = state_for(report.state);
  next.failure = report.state == DriverState::kFailed ? report.failure : std::nullopt;
  next.driver_info.pod_name = kube::name_of(*pass.driver);
  next.spark_application_id = application_id(pass);
  next.executor_state = executors_now(pass, next.state);
  next.error_message.clear();
  const bool ended = next.state == State::kSucceeding || next.state == State::kFailing;
  if (ended && !next.termination_time) {
    // By our clock where the node's is ahead: what is still to come would end no wait.
    next.termination_time = std::min(report.finished_at.value_or(pass.seen.now), pass.seen.now);
  }
  if (next.state == State::kFailing) next.error_message = report.message;
  std::vector<EventNote> events = executor_events(pass.status.executor_state, next.executor_state);
  if (next.state != pass.status.state) {
    events.push_back(driver_event(report, kube::name_of(*pass.driver)));
  }
  return finish(pass, next,
                {.requeue = requeue_for(pass, report, deadline),
                 .why = reason_for(report),
                 .events = std::move(events),
                 .running = detail_of(pass, report)});
}

Decision settle(const Pass& pass) {
  std::vector<const json::Value*> alive;
  std::vector<EventNote> left_alone;
  for (const json::Value* pod : pass.drivers) {
    if (!is_driver_alive(*pod)) continue;
    if (is_of_this_operator(*pod)) {
      alive.push_back(pod);
    } else if (pass.status.observed_generation == 0) {
      left_alone.push_back(describe_survivor(*pod, pass.status.state));
    }
  }
  const std::vector<Action> deletions = delete_drivers(alive);
  if (!deletions.empty() && !pass.is_live()) return look_live();
  Status next = pass.status;
  next.executor_state = executors_now(pass, next.state);
  if (!next.termination_time) next.termination_time = pass.seen.now;
  std::vector<EventNote> events = executor_events(pass.status.executor_state, next.executor_state);
  std::ranges::move(left_alone, std::back_inserter(events));
  const auto left = time_to_live_left(pass);
  if (left && left->count() <= 0) {
    if (!pass.seen.application_live) return look_live();
    return {
        .actions = {DeleteApplication{std::string(kube::uid_of(pass.application)),
                                      std::string(kube::resource_version_of(pass.application))}},
        .events = {},
        .requeue = Requeue::on_change(),
        .why = Reason::kTimeToLiveOver};
  }
  return finish(
      pass, next,
      {.requeue = left ? Requeue::after(std::min(*left, kLongestSleep)) : Requeue::on_change(),
       .why = deletions.empty() ? Reason::kFinished : Reason::kRemovingDrivers,
       .actions = deletions,
       .events = std::move(events)});
}

}  // namespace firesteel::operators::decide
