// The time limits of an attempt: what is late, and what becomes of it.
// kubeflow/spark-operator#2667.
#include <fmt/format.h>

#include <algorithm>

#include "kube/object.h"
#include "operator/decide/pass.h"
#include "spark/demand.h"

namespace firesteel::operators::decide {
namespace {

// For a time that nobody told: an application taken over, a clock without a pod.
std::optional<TimePoint> created_at(const Pass& pass) {
  const auto created = parse_time(json::string_at(*pass.driver, {"metadata", "creationTimestamp"}));
  return created ? created : pass.status.last_submission_attempt_time;
}

std::optional<TimePoint> driver_started_at(const Pass& pass) {
  std::optional<TimePoint> latest;
  for (const json::Value& status : json::array_at(*pass.driver, {"status", "containerStatuses"})) {
    const auto started = parse_time(json::string_at(status, {"state", "running", "startedAt"}));
    if (started && (!latest || *latest < *started)) latest = started;
  }
  return latest ? latest : created_at(pass);
}

bool has_had_executors(const Pass& pass) {
  const ExecutorStates now = executors_now(pass, State::kRunning);
  return std::ranges::any_of(
      now, [](const auto& executor) { return executor.second != ExecutorState::kPending; });
}

// Why none of them runs, as the first of them says.
DriverReport report_executors(const Pass& pass) {
  if (!pass.executors.empty()) return report_driver(*pass.executors.front());
  DriverReport none;
  none.reason = "the driver has created none";
  none.message = "a ResourceQuota or missing rights may be why, its log says";
  none.failure = FailureClass::kTimeout;
  return none;
}

std::string reason_of(const DriverReport& report) {
  return fmt::format("{}{}{}", report.reason, report.message.empty() ? "" : ": ", report.message);
}

void take_soonest(std::optional<Deadline>& soonest, Deadline other) {
  if (!soonest || other.left < soonest->left) soonest = std::move(other);
}

}  // namespace

std::optional<Deadline> next_deadline(const Pass& pass, const DriverReport& report) {
  const Settings& settings = pass.seen.settings;
  const bool pending = report.state == DriverState::kPending;
  const bool running = report.state == DriverState::kRunning;
  std::optional<Deadline> soonest;
  const auto start = pass.policy.driver_start_timeout.value_or(settings.driver_start_timeout);
  if (pending && start.count() > 0) {
    take_soonest(soonest, {.left = time_left(pass, created_at(pass), start),
                           .why = fmt::format("the driver did not start within {} s: {}",
                                              start.count(), reason_of(report)),
                           .failure = report.failure.value_or(FailureClass::kTimeout)});
  }
  const auto executors =
      pass.policy.executor_start_timeout.value_or(settings.executor_start_timeout);
  if (running && executors.count() > 0 && !has_had_executors(pass) &&
      spark::demand_of(pass.defaulted).executors > 0) {
    const DriverReport why = report_executors(pass);
    take_soonest(soonest, {.left = time_left(pass, driver_started_at(pass), executors),
                           .why = fmt::format("no executor started within {} s: {}",
                                              executors.count(), reason_of(why)),
                           .failure = why.failure.value_or(FailureClass::kTimeout)});
  }
  const auto run = pass.policy.run_timeout.value_or(settings.run_timeout);
  if ((pending || running) && run.count() > 0) {
    take_soonest(soonest, {.left = time_left(pass, created_at(pass), run),
                           .why = fmt::format("the attempt took longer than {} s, its limit ({})",
                                              run.count(), kAnnotationRun)});
  }
  return soonest;
}

// The pod goes in the same pass: it must not start, or go on, after all.
Decision give_up_on_driver(const Pass& pass, const Deadline& deadline) {
  if (!pass.is_live()) return look_live();
  Status next = pass.status;
  next.state = State::kFailing;
  next.error_message = deadline.why;
  next.failure = deadline.failure;
  next.termination_time = pass.seen.now;
  next.executor_state = executors_now(pass, next.state);
  return finish(pass, next,
                {.requeue = Requeue::on_change(),
                 .why = Reason::kDriverLate,
                 .actions = delete_drivers({pass.driver}),
                 .events = {note(EventKind::kWarning, "SparkDriverFailed", deadline.why)}});
}

}  // namespace firesteel::operators::decide
