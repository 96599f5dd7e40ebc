#include "operator/decide/application.h"

#include <fmt/format.h>

#include "kube/object.h"
#include "operator/decide/pass.h"
#include "operator/decide/ui.h"

namespace firesteel::operators::decide {
namespace {

std::string subject(const Pass& pass) {
  return fmt::format("SparkApplication {}", kube::name_of(pass.application));
}

// States in which an edit of the specification is noticed by itself: the next attempt reads it.
bool reads_spec_anyway(State state) {
  switch (state) {
    case State::kNew:
    case State::kPendingRerun:
    case State::kInvalidating:
    case State::kSuspending:
    case State::kSuspended:
    case State::kResuming:
      return true;
    case State::kSubmitted:
    case State::kRunning:
    case State::kCompleted:
    case State::kFailed:
    case State::kSubmissionFailed:
    case State::kSucceeding:
    case State::kFailing:
    case State::kUnknown:
      return false;
  }
  std::unreachable();
}

bool can_suspend(State state) {
  // A driver that has succeeded is not thrown away: SUCCEEDING goes on to its end.
  return !is_terminal(state) && state != State::kSuspending && state != State::kSuspended &&
         state != State::kSucceeding;
}

// Nothing of the last attempt survives but what `next` says.
Status forget_attempt(const Pass& pass, State state) {
  Status next;
  next.state = state;
  next.conditions = pass.status.conditions;
  return next;
}

Decision invalidate(const Pass& pass) {
  return finish(pass, forget_attempt(pass, State::kInvalidating),
                {.requeue = Requeue::on_change(),
                 .why = Reason::kSpecChanged,
                 .events = {note(EventKind::kNormal, "SparkApplicationSpecUpdateProcessed",
                                 subject(pass) + " was changed and runs again")}});
}

Decision begin_suspending(const Pass& pass) {
  Status next = pass.status;
  next.state = State::kSuspending;
  return finish(pass, next,
                {.requeue = Requeue::on_change(),
                 .why = Reason::kSuspendRequested,
                 .events = {note(EventKind::kWarning, "SparkApplicationSuspending",
                                 subject(pass) + " is suspending")}});
}

// Deletes the drivers and moves on in the same pass: the state that follows waits until they are
// gone.
Decision clean_up(const Pass& pass, const Status& next, std::vector<EventNote> events) {
  if (!pass.is_live()) return look_live();
  return finish(pass, next,
                {.requeue = Requeue::on_change(),
                 .why = Reason::kRemovingDrivers,
                 .actions = delete_drivers(pass.drivers),
                 .events = std::move(events)});
}

Decision suspend(const Pass& pass) {
  Status next = forget_attempt(pass, State::kSuspended);
  // The interrupted attempt has not failed: it counts against no budget.
  const bool interrupted = !pass.status.driver_info.pod_name.empty();
  next.execution_attempts =
      std::max<std::int64_t>(0, pass.status.execution_attempts - (interrupted ? 1 : 0));
  return clean_up(
      pass, next,
      {note(EventKind::kWarning, "SparkApplicationSuspended", subject(pass) + " is suspended")});
}

Decision stay_suspended(const Pass& pass) {
  if (pass.suspend) {
    return finish(pass, pass.status, {.requeue = Requeue::on_change(), .why = Reason::kSuspended});
  }
  if (!pass.is_live()) return look_live();
  if (!pass.drivers.empty()) {
    return finish(pass, pass.status,
                  {.requeue = Requeue::on_change(),
                   .why = Reason::kRemovingDrivers,
                   .actions = delete_drivers(pass.drivers)});
  }
  Status next = pass.status;
  next.state = State::kResuming;
  return finish(pass, next,
                {.requeue = Requeue::on_change(),
                 .why = Reason::kResuming,
                 .events = {note(EventKind::kWarning, "SparkApplicationResuming",
                                 subject(pass) + " is resuming")}});
}

// Always a live look: an unseen driver of another name would run beside the new one.
Decision rerun(const Pass& pass) {
  if (!pass.is_live()) return look_live();
  if (pass.drivers.empty()) return begin_attempt(pass);
  return finish(pass, pass.status,
                {.requeue = Requeue::on_change(),
                 .why = Reason::kRemovingDrivers,
                 .actions = delete_drivers(pass.drivers)});
}

Decision end_run(const Pass& pass, State final_state,
                 const std::optional<std::chrono::seconds>& wait) {
  if (!wait) {
    Status next = pass.status;
    next.state = final_state;
    if (!next.termination_time) next.termination_time = pass.seen.now;
    next.executor_state = executors_now(pass, final_state);
    std::vector<EventNote> events =
        executor_events(pass.status.executor_state, next.executor_state);
    events.push_back(
        final_state == State::kCompleted
            ? note(EventKind::kNormal, "SparkApplicationCompleted", subject(pass) + " completed")
            : note(EventKind::kWarning, "SparkApplicationFailed",
                   subject(pass) + " failed: " + next.error_message));
    std::vector<Action> actions;
    hide_ui(pass.application, pass.status, pass.seen.settings, actions);
    return finish(
        pass, next,
        {.requeue = Requeue::on_change(),
         .why = final_state == State::kCompleted ? Reason::kFinished : Reason::kNoRetryLeft,
         .actions = std::move(actions),
         .events = std::move(events)});
  }
  const auto left = retry_time_left(pass, pass.status.termination_time, *wait);
  if (left.count() > 0) {
    return finish(pass, pass.status,
                  {.requeue = Requeue::after(left), .why = Reason::kWaitingToRetry});
  }
  Status next = forget_attempt(pass, State::kPendingRerun);
  next.error_message = pass.status.error_message;  // why there is another run, until it begins
  next.failure = pass.status.failure;
  next.execution_attempts = pass.status.execution_attempts;
  return finish(pass, next,
                {.requeue = Requeue::on_change(),
                 .why = Reason::kRerunDue,
                 .events = {note(EventKind::kWarning, "SparkApplicationPendingRerun",
                                 subject(pass) + " is pending rerun")}});
}

Decision decide_by_state(const Pass& pass) {
  switch (pass.status.state) {
    case State::kNew:
      return begin_attempt(pass);
    case State::kSubmitted:
      return pass.status.creating() ? create_objects(pass) : follow_driver(pass);
    case State::kRunning:
    case State::kUnknown:
      return follow_driver(pass);
    case State::kSucceeding:
      return end_run(pass, State::kCompleted, wait_after_success(pass.restart));
    case State::kFailing:
      return end_run(pass, State::kFailed,
                     pass.policy.retries(pass.status.failure)
                         ? wait_after_failure(pass.restart, pass.status.execution_attempts)
                         : std::nullopt);
    case State::kSubmissionFailed:
      return retry_submission(pass);
    case State::kInvalidating:
      return clean_up(pass, forget_attempt(pass, State::kPendingRerun),
                      {note(EventKind::kWarning, "SparkApplicationPendingRerun",
                            subject(pass) + " is pending rerun")});
    case State::kPendingRerun:
    case State::kResuming:
      return rerun(pass);
    case State::kSuspending:
      return suspend(pass);
    case State::kSuspended:
      return stay_suspended(pass);
    case State::kCompleted:
    case State::kFailed:
      return settle(pass);
  }
  std::unreachable();
}

}  // namespace

Decision decide(const Observed& seen) noexcept {
  if (kube::is_deleting(*seen.application)) {
    // Its pods are the garbage collector's by then: they name it as their owner.
    return {
        .actions = {}, .events = {}, .requeue = Requeue::on_change(), .why = Reason::kBeingDeleted};
  }
  const Pass pass(seen);
  if (pass.suspend && can_suspend(pass.status.state)) return begin_suspending(pass);
  if (!reads_spec_anyway(pass.status.state) && pass.spec_changed()) return invalidate(pass);
  return decide_by_state(pass);
}

}  // namespace firesteel::operators::decide
