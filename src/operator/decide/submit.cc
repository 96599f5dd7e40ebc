// The way of an attempt to its driver pod: intent, objects, acknowledgement, and what follows a
// failure of these.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kube/object.h"
#include "operator/decide/attempt.h"
#include "operator/decide/pass.h"
#include "operator/decide/ui.h"
#include "spark/names.h"

namespace firesteel::operators::decide {
namespace {

std::string describe(const Error& error) {
  std::string text = error.message;
  for (const Problem& problem : error.problems) {
    if (text.find(problem.message) != std::string::npos) continue;
    text += fmt::format("; {}: {}", problem.path, problem.message);
  }
  return text;
}

json::Value with_owner(json::Value pod, const json::Value& application) {
  if (owner_of(pod, application) == Owner::kThisApplication) return pod;
  json::Object& metadata = json::make_object(pod, {"metadata"});
  if (!metadata["ownerReferences"].is_array()) metadata["ownerReferences"].emplace_array();
  json::Value owner = kube::owner_reference(application, true, true);
  metadata["ownerReferences"].get_array().push_back(std::move(owner));
  return pod;
}

// What stands under the driver's name: removed when it is a leftover of ours, else it is in the way
// for good.
Decision meet_occupant(const Pass& pass) {
  const json::Value& pod = *pass.seen.occupant;
  if (owner_of(pod, pass.application) == Owner::kOther) {
    return fail_submission(
        pass, pass.status,
        fmt::format("driver pod already exist: pod {} does not belong to this application; delete "
                    "it, or set spec.driver.podName",
                    kube::name_of(pod)));
  }
  return {.actions = delete_drivers({&pod}),
          .events = {},
          // The pod may lack the labels by which its end would be noticed.
          .requeue = Requeue::after(std::chrono::seconds(2)),
          .why = Reason::kRemovingDrivers};
}

void tell(std::vector<EventNote>& events, EventKind kind, std::string_view reason,
          const std::vector<std::string>& what) {
  if (!what.empty()) {
    events.push_back(note(kind, reason, fmt::format("{}", fmt::join(what, "; "))));
  }
}

Decision acknowledge(const Pass& pass, spark::Submission built) {
  Status next = pass.status;
  next.driver_info.pod_name = built.driver_pod_name;
  next.execution_attempts += 1;
  std::vector<Action> actions;
  actions.push_back(CreatePod{with_owner(std::move(built.driver_pod), pass.application),
                              pass.status.submission_id,
                              std::string(kube::uid_of(pass.application))});
  actions.push_back(CreateDependents{std::move(built.dependents)});
  Ui ui = build_ui(pass.defaulted, built.conf, pass.status, pass.seen.settings);
  ui.info.pod_name = next.driver_info.pod_name;
  next.driver_info = ui.info;
  const bool exposed = !ui.objects.empty();
  if (exposed) actions.push_back(CreateUi{std::move(ui.objects)});
  std::vector<EventNote> events;
  tell(events, EventKind::kNormal, "SparkApplicationInferred", built.inferred);
  tell(events, EventKind::kWarning, "SparkApplicationWarning", built.warnings);
  events.push_back(note(EventKind::kNormal, "SparkApplicationSubmitted",
                        fmt::format("SparkApplication {} was submitted successfully",
                                    kube::name_of(pass.application))));
  events.push_back(note(EventKind::kNormal, "SparkDriverPending",
                        fmt::format("Driver {} is pending", next.driver_info.pod_name)));
  Decision decision = finish(pass, next,
                             {.requeue = Requeue::on_change(),
                              .why = Reason::kCreatingObjects,
                              .actions = std::move(actions),
                              .events = std::move(events),
                              .running = {"Pending", ""}});
  if (auto* write = std::get_if<WriteStatus>(&decision.actions.back())) write->fill_in_ui = exposed;
  return decision;
}

std::optional<std::chrono::seconds> wait_for_submission(const Pass& pass, const Status& status) {
  if (!pass.policy.retries(status.failure)) return std::nullopt;
  return wait_after_failed_submission(pass.restart, status.submission_attempts);
}

// Another operator's driver of this application, which it has not recorded (defect 1 of the
// reference: a crash after the submission, or a status write that got lost).
const json::Value* unrecorded_driver(const Pass& pass) {
  for (const json::Value* pod : pass.drivers) {
    const bool taken_over = owner_of(*pod, pass.application) == Owner::kThisApplication &&
                            is_driver_alive(*pod) && !kube::is_deleting(*pod) &&
                            !is_of_this_operator(*pod) &&
                            !kube::label_of(*pod, spark::kLabelSubmissionId).empty();
    if (taken_over) return pod;
  }
  return nullptr;
}

// It runs what the user wants: it is followed, not replaced.
Decision take_over(const Pass& pass, const json::Value& driver) {
  if (!pass.is_live()) return look_live();
  Status next;
  next.state = State::kSubmitted;
  next.submission_id = kube::label_of(driver, spark::kLabelSubmissionId);
  next.spark_application_id = kube::label_of(driver, spark::kLabelSparkAppSelector);
  next.driver_info.pod_name = kube::name_of(driver);
  next.last_submission_attempt_time =
      parse_time(json::string_at(driver, {"metadata", "creationTimestamp"}));
  next.submission_attempts = std::max<std::int64_t>(1, pass.status.submission_attempts);
  next.execution_attempts = pass.status.execution_attempts + 1;
  next.conditions = pass.status.conditions;
  return finish(pass, next,
                {.requeue = Requeue::on_change(),
                 .why = Reason::kTakenOver,
                 .events = {note(EventKind::kNormal, "SparkApplicationSubmitted",
                                 fmt::format("Driver {} of another operator is taken over",
                                             kube::name_of(driver)))},
                 .running = {"Pending", ""}});
}

// The time that it stood in line does not count.
std::optional<TimePoint> may_create_since(const Pass& pass) {
  const auto intended = pass.status.last_submission_attempt_time;
  if (!intended || !pass.seen.place) return intended;
  return std::max(*intended, pass.seen.place->since);
}

}  // namespace

Decision fail_submission(const Pass& pass, Status next, const std::string& why,
                         FailureClass failure) {
  next.failure = failure;
  next.error_message = fmt::format("failed to run spark-submit for {}: {}", pass.key(), why);
  std::vector<EventNote> events;
  events.push_back(note(EventKind::kWarning, "SparkApplicationSubmissionFailed",
                        fmt::format("Failed to submit SparkApplication {}: {}",
                                    kube::name_of(pass.application), why)));
  const auto wait = wait_for_submission(pass, next);
  if (wait) {
    next.state = State::kSubmissionFailed;
    const auto left = retry_time_left(pass, next.last_submission_attempt_time, *wait);
    return finish(pass, next,
                  {.requeue = Requeue::after(std::max(left, std::chrono::seconds(0))),
                   .why = Reason::kSubmissionFailed,
                   .events = std::move(events)});
  }
  next.state = State::kFailed;
  next.termination_time = pass.seen.now;
  events.push_back(note(EventKind::kWarning, "SparkApplicationFailed",
                        fmt::format("SparkApplication {} failed: {}",
                                    kube::name_of(pass.application), next.error_message)));
  std::vector<Action> actions;
  // Some of the objects may be there: the answer of the last request got lost.
  if (pass.status.creating()) {
    hide_ui(pass.application, pass.status, pass.seen.settings, actions);
  }
  return finish(pass, next,
                {.requeue = Requeue::on_change(),
                 .why = Reason::kNoRetryLeft,
                 .actions = std::move(actions),
                 .events = std::move(events)});
}

Decision begin_attempt(const Pass& pass) {
  Status next;
  next.state = State::kSubmitted;
  next.submission_id = make_submission_id(pass.seen.fresh_id, pass.spec_hash);
  next.spark_application_id = spark_application_id(next.submission_id);
  next.last_submission_attempt_time = pass.seen.now;
  next.submission_attempts = pass.status.submission_attempts + 1;
  next.execution_attempts = pass.status.execution_attempts;
  next.conditions = pass.status.conditions;
  // Built here for its errors: what cannot be built ends without a trace in the cluster.
  const auto built =
      spark::build_submission(pass.defaulted, attempt_inputs(next, pass.seen.settings));
  if (!built) return fail_submission(pass, next, describe(built.error()));
  std::vector<EventNote> events;
  if (pass.status.state == State::kNew) {
    events.push_back(note(EventKind::kNormal, "SparkApplicationAdded",
                          fmt::format("SparkApplication {} was added, enqueuing it for submission",
                                      kube::name_of(pass.application))));
  }
  return finish(
      pass, next,
      {.requeue = Requeue::on_change(), .why = Reason::kNewAttempt, .events = std::move(events)});
}

Decision create_objects(const Pass& pass) {
  if (!pass.seen.application_live) return look_live();
  if (pass.seen.occupant != nullptr) return meet_occupant(pass);
  if (pass.seen.creation_error) {
    const Error& error = *pass.seen.creation_error;
    if (classify_refusal(error) == FailureClass::kQuota) return wait_for_quota(pass, error);
    const bool patient =
        time_left(pass, may_create_since(pass), pass.seen.settings.submission_patience).count() > 0;
    if (!is_transient(error.code) || !patient) {
      return fail_submission(pass, pass.status, describe(error), classify_refusal(error));
    }
    return finish(pass, pass.status,
                  {.requeue = Requeue::backoff(), .why = Reason::kServerInTrouble});
  }
  if (const json::Value* driver = unrecorded_driver(pass)) return take_over(pass, *driver);
  std::vector<const json::Value*> leftovers;
  for (const json::Value* pod : pass.drivers) {
    if (pod != pass.driver) leftovers.push_back(pod);
  }
  if (!leftovers.empty()) {
    if (!pass.seen.drivers_live) return look_live();
    return finish(pass, pass.status,
                  {.requeue = Requeue::on_change(),
                   .why = Reason::kRemovingDrivers,
                   .actions = delete_drivers(leftovers)});
  }
  if (auto waiting = stand_in_line(pass)) return std::move(*waiting);
  json::Value submitted = pass.defaulted;
  set_proxy_base(submitted, pass.status, pass.seen.settings);
  auto built = spark::build_submission(submitted, attempt_inputs(pass.status, pass.seen.settings));
  if (!built) return fail_submission(pass, pass.status, describe(built.error()));
  return acknowledge(pass, std::move(*built));
}

Decision retry_submission(const Pass& pass) {
  if (const json::Value* driver = unrecorded_driver(pass)) return take_over(pass, *driver);
  if (!pass.drivers.empty()) {
    if (!pass.is_live()) return look_live();
    return finish(pass, pass.status,
                  {.requeue = Requeue::on_change(),
                   .why = Reason::kRemovingDrivers,
                   .actions = delete_drivers(pass.drivers)});
  }
  const auto wait = wait_for_submission(pass, pass.status);
  if (!wait) {
    Status next = pass.status;
    next.state = State::kFailed;
    next.termination_time = pass.seen.now;
    return finish(
        pass, next,
        {.requeue = Requeue::on_change(),
         .why = Reason::kNoRetryLeft,
         .events = {note(EventKind::kWarning, "SparkApplicationFailed",
                         fmt::format("SparkApplication {} failed: {}",
                                     kube::name_of(pass.application), next.error_message))}});
  }
  const auto left = retry_time_left(pass, pass.status.last_submission_attempt_time, *wait);
  if (left.count() > 0) {
    return finish(pass, pass.status,
                  {.requeue = Requeue::after(left), .why = Reason::kWaitingToRetry});
  }
  if (!pass.is_live()) return look_live();
  return begin_attempt(pass);
}

}  // namespace firesteel::operators::decide
