#include "operator/decide/pass.h"

#include <algorithm>

#include "kube/conditions.h"
#include "kube/object.h"
#include "operator/decide/attempt.h"
#include "spark/defaults.h"
#include "spark/names.h"

namespace firesteel::operators::decide {
namespace {

struct Condition {
  std::string_view type;
  bool holds;
};

// Three that people wait for with `kubectl wait --for=condition=Completed`.
void set_conditions(const Pass& pass, const Status& next, const Detail& running,
                    json::Value& document) {
  const bool detailed =
      (next.state == State::kSubmitted || next.state == State::kRunning) && !running.reason.empty();
  const std::string reason = detailed ? running.reason : std::string(name(next.state));
  const std::string& message = detailed ? running.message : next.error_message;
  for (const auto& [type, holds] : {Condition{"Running", next.state == State::kRunning},
                                    Condition{"Completed", next.state == State::kCompleted},
                                    Condition{"Failed", next.state == State::kFailed}}) {
    const bool classified = type == "Failed" && next.failure;
    kube::set_condition(document, type, holds ? "True" : "False",
                        classified ? decide::text(*next.failure) : reason, message, pass.seen.now);
  }
}

}  // namespace

Pass::Pass(const Observed& observed)
    : seen(observed),
      application(*observed.application),
      defaulted(spark::apply_defaults(application)),
      generation(json::int_at(application, {"metadata", "generation"})),
      status(decode_status(application)),
      restart(restart_policy_of(application)),
      policy(policy_of(application)),
      suspend(json::bool_at(application, {"spec", "suspend"})) {
  spec_hash = decide::spec_hash(defaulted);
  for (const json::Document& document : seen.pods) {
    const json::Value& pod = *document;
    const Owner owner = owner_of(pod, application);
    const std::string_view role = kube::label_of(pod, spark::kLabelSparkRole);
    const bool present = !status.submission_id.empty() &&
                         kube::label_of(pod, spark::kLabelSubmissionId) == status.submission_id;
    if (role == spark::kRoleExecutor && present) executors.push_back(&pod);
    if (role != spark::kRoleDriver || owner == Owner::kOther) continue;
    drivers.push_back(&pod);
    if (present && owner == Owner::kThisApplication) driver = &pod;
  }
}

bool is_of_this_operator(const json::Value& driver) {
  return spec_hash_in(kube::label_of(driver, spark::kLabelSubmissionId)).has_value();
}

bool Pass::spec_changed() const {
  if (status.observed_generation != 0 && status.observed_generation == generation) return false;
  const std::optional<std::uint64_t> made_from = spec_hash_in(status.submission_id);
  return made_from && *made_from != spec_hash;
}

std::string Pass::key() const {
  return kube::key_of(application);
}

Decision finish(const Pass& pass, const Status& next, End end) {
  Status complete = next;
  complete.observed_generation = pass.generation;
  json::Value document = encode_status(complete);
  set_conditions(pass, complete, end.running, document);
  const json::Value* stored = json::find(pass.application, "status");
  if (stored == nullptr || *stored != document) {
    end.actions.push_back(WriteStatus{std::move(document)});
  }
  return {.actions = std::move(end.actions),
          .events = std::move(end.events),
          .requeue = end.requeue,
          .why = end.why};
}

Decision look_live() {
  return {.actions = {},
          .events = {},
          .needs_live_look = true,
          .requeue = Requeue::on_change(),
          .why = Reason::kNeedsLiveLook};
}

std::vector<Action> delete_drivers(const std::vector<const json::Value*>& drivers) {
  std::vector<Action> actions;
  for (const json::Value* pod : drivers) {
    if (kube::is_deleting(*pod)) continue;
    actions.push_back(DeletePod{std::string(kube::name_of(*pod)), std::string(kube::uid_of(*pod))});
  }
  return actions;
}

EventNote note(EventKind kind, std::string_view reason, std::string message) {
  return {kind, std::string(reason), std::move(message)};
}

std::chrono::seconds time_left(const Pass& pass, const std::optional<TimePoint>& from,
                               std::chrono::seconds wait) {
  if (!from) return std::chrono::seconds(0);
  const auto passed = pass.seen.now - *from;
  // After the clock was set back nothing is known, and what ends here must not end too early.
  if (passed < std::chrono::seconds(0)) return wait;
  return std::chrono::ceil<std::chrono::seconds>(wait - passed);
}

std::chrono::seconds retry_time_left(const Pass& pass, const std::optional<TimePoint>& from,
                                     std::chrono::seconds wait) {
  if (from && *from > pass.seen.now) return std::chrono::seconds(0);
  return time_left(pass, from, wait);
}

bool is_transient(ErrorCode code) {
  switch (code) {
    case ErrorCode::kConflict:
    case ErrorCode::kGone:
    case ErrorCode::kTooManyRequests:
    case ErrorCode::kUnauthorized:  // the operator's own token is being rotated
    case ErrorCode::kTimeout:
    case ErrorCode::kUnavailable:
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return true;
    case ErrorCode::kBadRequest:
    case ErrorCode::kInvalid:
    case ErrorCode::kForbidden:
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kTooLarge:
    case ErrorCode::kUnsupportedMedia:
    case ErrorCode::kNotAcceptable:
    case ErrorCode::kMethodNotAllowed:
      return false;
  }
  std::unreachable();
}

}  // namespace firesteel::operators::decide
