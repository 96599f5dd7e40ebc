#pragma once
// Inside of decide(): what the functions of one pass share. Not for use outside of this folder.
// Pure.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "operator/decide/action.h"
#include "operator/decide/annotations.h"
#include "operator/decide/diagnose.h"
#include "operator/decide/observed.h"
#include "operator/decide/owner.h"
#include "operator/decide/restart.h"
#include "operator/decide/status.h"

namespace firesteel::operators::decide {

struct Pass {
  explicit Pass(const Observed& observed);

  const Observed& seen;
  const json::Value& application;
  json::Value defaulted;  // what is submitted
  std::uint64_t spec_hash = 0;
  std::int64_t generation = 0;
  Status status;  // as stored
  RestartPolicy restart;
  Policy policy;
  bool suspend = false;
  const json::Value* driver = nullptr;        // of the present attempt
  std::vector<const json::Value*> drivers;    // all of this application and of its namesakes
  std::vector<const json::Value*> executors;  // of the present attempt

  // The specification differs from what the present attempt was made from.
  [[nodiscard]] bool spec_changed() const;
  [[nodiscard]] bool is_live() const { return seen.application_live && seen.drivers_live; }
  [[nodiscard]] std::string key() const;  // "namespace/name", for messages
};

// Made by this operator, which knows what became of it; another one's may be healthy whatever the
// status says.
[[nodiscard]] bool is_of_this_operator(const json::Value& driver);

// What a condition says beyond the state.
struct Detail {
  std::string reason;
  std::string message;
};

// The decision that ends a pass: `actions` first, then the status when it differs from the stored
// one. `next` gets the observed generation and its conditions here.
struct End {
  Requeue requeue;
  Reason why;
  std::vector<Action> actions = {};
  std::vector<EventNote> events = {};
  Detail running = {};  // why a driver does not run yet
};
[[nodiscard]] Decision finish(const Pass& pass, const Status& next, End end);

[[nodiscard]] Decision look_live();
// Deletes those drivers that are not being deleted yet.
[[nodiscard]] std::vector<Action> delete_drivers(const std::vector<const json::Value*>& drivers);

[[nodiscard]] EventNote note(EventKind kind, std::string_view reason, std::string message);

// The time left of `wait` since `from`; zero or less when it is over.
[[nodiscard]] std::chrono::seconds time_left(const Pass& pass, const std::optional<TimePoint>& from,
                                             std::chrono::seconds wait);

// The same for the wait before another attempt. What lies ahead of now does so because the clock
// was set back: one attempt too early is better than one that waits for hours.
[[nodiscard]] std::chrono::seconds retry_time_left(const Pass& pass,
                                                   const std::optional<TimePoint>& from,
                                                   std::chrono::seconds wait);

// Whether the same request may succeed a little later. Everything else is an answer: quota,
// admission, RBAC, validation.
[[nodiscard]] bool is_transient(ErrorCode code);

// wait.cc
// Nothing: it may create its driver.
[[nodiscard]] std::optional<Decision> stand_in_line(const Pass& pass);
[[nodiscard]] Decision wait_for_quota(const Pass& pass, const Error& error);

// late.cc
struct Deadline {
  std::chrono::seconds left{0};
  std::string why;  // it is over, a sentence
  FailureClass failure = FailureClass::kTimeout;
};
// The next one that applies to this driver.
[[nodiscard]] std::optional<Deadline> next_deadline(const Pass& pass, const DriverReport& report);
[[nodiscard]] Decision give_up_on_driver(const Pass& pass, const Deadline& deadline);

// submit.cc
[[nodiscard]] Decision begin_attempt(const Pass& pass);
// In one step to FAILED when no retry is left, for Airflow reads anything between as "started" and
// looks for a pod.
[[nodiscard]] Decision fail_submission(const Pass& pass, Status next, const std::string& why,
                                       FailureClass failure = FailureClass::kSubmission);
[[nodiscard]] Decision create_objects(const Pass& pass);
[[nodiscard]] Decision retry_submission(const Pass& pass);
// follow.cc
[[nodiscard]] Decision follow_driver(const Pass& pass);
[[nodiscard]] Decision settle(const Pass& pass);
[[nodiscard]] ExecutorStates executors_now(const Pass& pass, State state);
[[nodiscard]] std::vector<EventNote> executor_events(const ExecutorStates& before,
                                                     const ExecutorStates& after);

}  // namespace firesteel::operators::decide
