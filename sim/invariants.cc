#include "sim/invariants.h"

#include <fmt/format.h>

#include "kube/object.h"
#include "kube/resource.h"
#include "operator/decide/attempt.h"
#include "operator/decide/diagnose.h"
#include "operator/decide/owner.h"
#include "operator/decide/status.h"
#include "spark/defaults.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

using kube::resources::kPods;
using kube::resources::kSparkApplications;
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

void Invariants::check(const Change& change) {
  if (change.resource == kPods && change.after != nullptr && is_driver(*change.after)) {
    check_driver(change);
  }
  if (change.resource == kSparkApplications && change.after != nullptr) check_application(change);
}

void Invariants::excuse(const json::Value& driver) {
  for (const json::Document& application : world_.all(kSparkApplications)) {
    const Status status = operators::decide::decode_status(*application);
    if (status.submission_id == submission_of(driver) && status.creating()) {
      excused_.insert(status.submission_id);
    }
  }
}

void Invariants::check_driver(const Change& change) {
  const json::Value& pod = *change.after;
  const std::string submission = submission_of(pod);
  const auto report = operators::decide::report_driver(pod);
  if (report.state == operators::decide::DriverState::kSucceeded) succeeded_.insert(submission);
  if (change.before != nullptr) return;
  if (++drivers_created_[submission] > 1 && !excused_.contains(submission)) {
    breach(fmt::format("two drivers were created for the attempt {}", submission));
  }
  int alive = 0;
  for (const json::Document& other : world_.all(kPods)) {
    const bool namesake =
        kube::label_of(*other, spark::kLabelAppName) == kube::label_of(pod, spark::kLabelAppName);
    if (is_driver(*other) && namesake && operators::decide::is_driver_alive(*other)) ++alive;
  }
  if (alive > 1) breach(fmt::format("{} live drivers of {}", alive, kube::name_of(pod)));
  bool intended = false;
  for (const json::Document& application : world_.all(kSparkApplications)) {
    const Status status = operators::decide::decode_status(*application);
    intended = intended || status.submission_id == submission;
  }
  if (!intended) breach(fmt::format("driver {} without intent {}", kube::name_of(pod), submission));
}

void Invariants::check_application(const Change& change) {
  if (change.before == nullptr) return;
  const Status before = operators::decide::decode_status(*change.before);
  const Status after = operators::decide::decode_status(*change.after);
  if (before.state == after.state) return;
  const std::string key = kube::key_of(*change.after);
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

void Invariants::check_rest() {
  std::set<std::string> uids;
  for (const auto& resource : {kSparkApplications, kPods}) {
    for (const json::Document& object : world_.all(resource)) {
      uids.insert(std::string(kube::uid_of(*object)));
    }
  }
  for (const auto& resource : {kPods, kube::resources::kConfigMaps, kube::resources::kServices}) {
    for (const json::Document& object : world_.all(resource)) {
      const json::Value* owner = kube::controller_of(*object);
      if (owner == nullptr || !uids.contains(std::string(json::string_at(*owner, "uid")))) {
        breach(fmt::format("{} {} is an orphan", resource.kind, kube::key_of(*object)));
      }
      if (resource == kPods && is_driver(*object) && operators::decide::is_driver_alive(*object)) {
        breach(fmt::format("driver {} lives on", kube::key_of(*object)));
      }
    }
  }
  for (const json::Document& service : world_.all(kube::resources::kServices)) {
    if (kube::name_of(*service).ends_with("-ui-svc")) {
      breach(fmt::format("the UI's Service {} outlives its driver", kube::key_of(*service)));
    }
  }
  for (const json::Document& application : world_.all(kSparkApplications)) {
    const Status status = operators::decide::decode_status(*application);
    if (!is_at_rest(status.state)) {
      breach(fmt::format("{} rests in {}", kube::key_of(*application), text(status.state)));
    }
    const std::uint64_t wanted = operators::decide::spec_hash(spark::apply_defaults(*application));
    if (operators::decide::spec_hash_in(status.submission_id) != wanted) {
      breach(fmt::format("{} rests with what an older specification asked for",
                         kube::key_of(*application)));
    }
  }
}

}  // namespace firesteel::sim
