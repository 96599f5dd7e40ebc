#include "sim/invariants.h"

#include <fmt/format.h>

#include "kube/object.h"
#include "kube/resource.h"
#include "operator/decide/attempt.h"
#include "operator/decide/diagnose.h"
#include "operator/decide/owner.h"
#include "operator/decide/status.h"
#include "sim/late_caches.h"
#include "spark/defaults.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

using kube::resources::kPods;
using kube::resources::kSparkApplications;
using operators::decide::DriverState;
using operators::decide::State;
using operators::decide::Status;

bool is_driver(const json::Value& pod) {
  return kube::label_of(pod, spark::kLabelSparkRole) == spark::kRoleDriver;
}

std::string submission_of(const json::Value& pod) {
  return std::string(kube::label_of(pod, spark::kLabelSubmissionId));
}

bool is_at_rest(State state) {
  return operators::decide::is_terminal(state) || state == State::kSuspended;
}

}  // namespace

void Invariants::expect_runs_of(const json::Value& schedule) {
  schedules_[std::string(kube::name_of(schedule))] =
      json::string_at(schedule, {"spec", "concurrencyPolicy"});
}

void Invariants::check(const Change& change) {
  if (change.resource == kPods && change.after != nullptr && is_driver(*change.after)) {
    check_driver(change);
  }
  if (change.resource != kSparkApplications || change.after == nullptr) return;
  if (change.before == nullptr) {
    check_run(*change.after);
  } else {
    check_application(change);
  }
}

void Invariants::check_run(const json::Value& run) {
  const std::string schedule(kube::label_of(run, spark::kLabelScheduledAppName));
  const auto found = schedules_.find(schedule);
  if (found == schedules_.end()) return;
  const std::string name(kube::name_of(run));
  if (!runs_.insert(name).second && !clock_was_set_) breach(name + " was started twice");
  if (found->second != "Forbid" && found->second != "Replace") return;
  for (const json::Document& other : world_.all(kSparkApplications)) {
    const bool sibling = kube::label_of(*other, spark::kLabelScheduledAppName) == schedule &&
                         kube::name_of(*other) != name;
    const Status status = operators::decide::decode_status(*other);
    if (sibling && !is_terminal(status.state)) {
      breach(fmt::format("{} runs beside {}, with {}", name, kube::name_of(*other), found->second));
    }
  }
}

void Invariants::excuse(const json::Value& driver) {
  for (const json::Document& application : world_.all(kSparkApplications)) {
    const Status status = operators::decide::decode_status(*application);
    if (status.submission_id == submission_of(driver) && status.creating()) {
      excused_.insert(status.submission_id);
    }
  }
}

bool Invariants::is_there(std::string_view application_uid) const {
  for (const json::Document& application : world_.all(kSparkApplications)) {
    if (kube::uid_of(*application) == application_uid) return true;
  }
  return false;
}

void Invariants::check_driver(const Change& change) {
  const json::Value& pod = *change.after;
  const std::string submission = submission_of(pod);
  const auto report = operators::decide::report_driver(pod);
  if (report.state == DriverState::kSucceeded) succeeded_.insert(submission);
  if (report.state != DriverState::kPending) ran_.insert(submission);
  if (report.state == DriverState::kUnknown) unknown_.insert(submission);
  if (change.before != nullptr) return;
  const json::Value* owner = kube::controller_of(pod);
  if (owner != nullptr) ++drivers_of_[std::string(json::string_at(*owner, "uid"))];
  // An edit of what another operator's attempt was made from cannot be seen.
  const bool blind =
      !operators::decide::spec_hash_in(submission) && touched_.contains(application_of(pod));
  if (++drivers_created_[submission] > 1 && !excused_.contains(submission) && !blind) {
    breach(fmt::format("two drivers were created for the attempt {}", submission));
  }
  int alive = 0;
  for (const json::Document& other : world_.all(kPods)) {
    const bool namesake =
        kube::label_of(*other, spark::kLabelAppName) == kube::label_of(pod, spark::kLabelAppName);
    if (is_driver(*other) && namesake && operators::decide::is_driver_alive(*other)) ++alive;
  }
  if (alive > 1) breach(fmt::format("{} live drivers of {}", alive, kube::name_of(pod)));
  // Deleted while the request was under way: the collector removes the driver too.
  bool intended = owner != nullptr && !is_there(json::string_at(*owner, "uid"));
  for (const json::Document& application : world_.all(kSparkApplications)) {
    const Status status = operators::decide::decode_status(*application);
    intended = intended || status.submission_id == submission;
  }
  if (!intended) breach(fmt::format("driver {} without intent {}", kube::name_of(pod), submission));
}

void Invariants::check_application(const Change& change) {
  const Status before = operators::decide::decode_status(*change.before);
  const Status after = operators::decide::decode_status(*change.after);
  if (before.state == after.state) return;
  const std::string key = kube::key_of(*change.after);
  check_explained(key, after);
  check_airflow(*change.after, key, before, after);
  if (is_terminal(before.state)) {
    const auto made_from = operators::decide::spec_hash_in(before.submission_id);
    const bool edited = made_from && *made_from != operators::decide::spec_hash(
                                                       spark::apply_defaults(*change.after));
    if (after.state != State::kInvalidating || !edited) {
      breach(fmt::format("{} left {} for {}", key, text(before.state), text(after.state)));
    }
  }
  if (after.state == State::kSucceeding && !succeeded_.contains(after.submission_id)) {
    breach(fmt::format("{} succeeds without a driver that did", key));
  }
  if (after.state == State::kFailing && after.error_message.starts_with("driver pod not found")) {
    for (const json::Document& pod : world_.all(kPods)) {
      if (is_driver(*pod) && submission_of(*pod) == after.submission_id) {
        breach(fmt::format("{} lost a driver that is there", key));
      }
    }
  }
}

void Invariants::check_explained(const std::string& key, const Status& after) {
  const bool failed = after.state == State::kFailed || after.state == State::kFailing ||
                      after.state == State::kSubmissionFailed;
  if (failed && after.error_message.empty()) {
    breach(fmt::format("{} is {} and nobody knows why", key, text(after.state)));
  }
  if (failed && !after.failure) {
    breach(fmt::format("{} is {} without a class", key, text(after.state)));
  }
}

// Reference airflow.md, section 4. Anything but "" and SUBMITTED is read as: there is a pod.
void Invariants::check_airflow(const json::Value& application, const std::string& key,
                               const Status& before, const Status& after) {
  const auto misread = [&](std::string_view why) {
    breach(fmt::format("Airflow misreads {} going from {} to {}: {}", key, text(before.state),
                       text(after.state), why));
  };
  const bool ours = operators::decide::spec_hash_in(after.submission_id).has_value();
  if (after.state == State::kRunning && ours && !ran_.contains(after.submission_id)) {
    misread("its driver never ran");
  }
  if (after.state == State::kUnknown && ours && !unknown_.contains(after.submission_id)) {
    misread("UNKNOWN is a failure to it");
  }
  const bool never = json::string_at(application, {"spec", "restartPolicy", "type"}) == "Never";
  if (!never || !ours || touched_.contains(key)) return;
  if (after.state == State::kSubmissionFailed || after.state == State::kPendingRerun) {
    misread("it looks for a pod");
  }
  const bool begun = drivers_of_.contains(std::string(kube::uid_of(application)));
  const bool quiet = after.state == State::kNew || after.state == State::kSubmitted ||
                     after.state == State::kFailed;
  if (!begun && !quiet) misread("there never was a driver");
  if (drivers_of_[std::string(kube::uid_of(application))] > 1) misread("it follows the first pod");
}

void Invariants::check_owner(const kube::Resource& resource, const json::Value& object,
                             const std::set<std::string>& uids) {
  if (!kube::label_of(object, kStranger).empty()) return;
  const json::Value* owner = kube::controller_of(object);
  if (owner == nullptr || !uids.contains(std::string(json::string_at(*owner, "uid")))) {
    breach(fmt::format("{} {} is an orphan", resource.kind, kube::key_of(object)));
  }
}

void Invariants::check_rest() {
  std::set<std::string> uids;
  for (const auto& resource : {kSparkApplications, kPods}) {
    for (const json::Document& object : world_.all(resource)) {
      uids.insert(std::string(kube::uid_of(*object)));
    }
  }
  for (const auto& resource : {kPods, kube::resources::kConfigMaps, kube::resources::kServices}) {
    for (const json::Document& object : world_.all(resource)) {
      check_owner(resource, *object, uids);
      if (resource == kPods && is_driver(*object) && operators::decide::is_driver_alive(*object)) {
        breach(fmt::format("driver {} lives on", kube::key_of(*object)));
      }
    }
  }
  for (const json::Document& service : world_.all(kube::resources::kServices)) {
    if (kube::name_of(*service).ends_with("-ui-svc") &&
        kube::label_of(*service, kStranger).empty()) {
      breach(fmt::format("the UI's Service {} outlives its driver", kube::key_of(*service)));
    }
  }
  for (const json::Document& application : world_.all(kSparkApplications)) {
    const Status status = operators::decide::decode_status(*application);
    if (!is_at_rest(status.state)) {
      breach(fmt::format("{} rests in {}", kube::key_of(*application), text(status.state)));
    }
    const std::uint64_t wanted = operators::decide::spec_hash(spark::apply_defaults(*application));
    const auto made_from = operators::decide::spec_hash_in(status.submission_id);
    if (made_from && *made_from != wanted) {
      breach(fmt::format("{} rests with what an older specification asked for",
                         kube::key_of(*application)));
    }
  }
}

}  // namespace firesteel::sim
