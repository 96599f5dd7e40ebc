#include "cluster/jobs.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "cluster/job_failures.h"
#include "cluster/job_indexes.h"
#include "cluster/pods.h"
#include "kube/conditions.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using json::int_at;
using json::string_at;

constexpr std::int64_t kDefaultBackoffLimit = 6;
constexpr std::int64_t kNoLimit = 2147483647;  // backoffLimit where an index has its own
constexpr std::int64_t kLongestBackoffSeconds = 360;

bool has(const json::Value& job, std::string_view field) {
  const json::Value* value = json::find(job, {"spec", field});
  return value != nullptr && !value->is_null();
}

struct Found {
  const json::Value& job;
  bool indexed = false;
  bool any_success = false;  // a work queue: no number of completions, one success ends it
  int completions = 1;
  int parallelism = 1;
  int active = 0, ready = 0, terminating = 0, succeeded = 0, failed = 0;
  std::int64_t restarts = 0;  // of containers of pods that go on
  std::vector<json::Document> running;
  std::set<int> active_indexes, completed, failed_indexes;
  std::optional<TimePoint> last_failure;
  std::string fail_job;  // why a rule ends it, "" for not
};

void count_failure(Found& found, const json::Value& pod, std::map<int, int>& by_index) {
  const FailureVerdict verdict = judge_failure(found.job, pod);
  if (verdict.action == FailureAction::kFailJob && found.fail_job.empty())
    found.fail_job = verdict.message;
  if (verdict.action == FailureAction::kIgnore) return;
  ++found.failed;
  const int index = index_of(pod);
  if (verdict.action == FailureAction::kFailIndex && index >= 0) found.failed_indexes.insert(index);
  if (index >= 0) ++by_index[index];
  for (const json::Value& container : json::array_at(pod, {"status", "containerStatuses"})) {
    const auto end = parse_time(string_at(container, {"state", "terminated", "finishedAt"}));
    if (end && (!found.last_failure || *end > *found.last_failure)) found.last_failure = end;
  }
}

void count_pods(Found& found, std::span<const json::Document> pods) {
  std::map<int, int> failures;  // by index
  for (const json::Document& pod : pods) {
    const std::string_view phase = string_at(*pod, {"status", "phase"});
    const int index = index_of(*pod);
    if (phase == "Succeeded") {
      if (!found.indexed) ++found.succeeded;
      if (found.indexed && index >= 0 && index < found.completions) found.completed.insert(index);
    } else if (phase == "Failed") {
      count_failure(found, *pod, failures);
    } else if (kube::is_deleting(*pod)) {
      ++found.terminating;
    } else {
      ++found.active;
      found.running.push_back(pod);
      if (is_ready(*pod)) ++found.ready;
      if (index >= 0) found.active_indexes.insert(index);
      for (const json::Value& one : json::array_at(*pod, {"status", "containerStatuses"}))
        found.restarts += int_at(one, {"restartCount"});
    }
  }
  if (!has(found.job, "backoffLimitPerIndex")) return;
  const std::int64_t limit = int_at(found.job, {"spec", "backoffLimitPerIndex"});
  for (const auto& [index, count] : failures)
    if (count > limit) found.failed_indexes.insert(index);
}

Found look_at(const json::Value& job, std::span<const json::Document> pods) {
  Found found{.job = job,
              .running = {},
              .active_indexes = {},
              .completed = {},
              .failed_indexes = {},
              .last_failure = {},
              .fail_job = {}};
  found.indexed = string_at(job, {"spec", "completionMode"}) == "Indexed";
  found.any_success = !has(job, "completions") && has(job, "parallelism");
  found.completions = static_cast<int>(int_at(job, {"spec", "completions"}, 1));
  found.parallelism = static_cast<int>(int_at(job, {"spec", "parallelism"}, 1));
  found.completed =
      parse_indexes(string_at(job, {"status", "completedIndexes"}), found.completions);
  found.failed_indexes =
      parse_indexes(string_at(job, {"status", "failedIndexes"}), found.completions);
  count_pods(found, pods);
  if (found.indexed) found.succeeded = static_cast<int>(found.completed.size());
  // What was counted once stays, though its pod be gone.
  const auto before = [&](std::string_view name) {
    return static_cast<int>(int_at(job, {"status", name}));
  };
  found.succeeded = std::max(found.succeeded, before("succeeded"));
  found.failed = std::max(found.failed, before("failed"));
  return found;
}

struct End {
  bool success = false;
  std::string reason, message;
};

// A container that is restarted in its pod has failed as well.
bool is_past_backoff(const Found& found) {
  const std::int64_t otherwise =
      has(found.job, "backoffLimitPerIndex") ? kNoLimit : kDefaultBackoffLimit;
  const std::int64_t limit = int_at(found.job, {"spec", "backoffLimit"}, otherwise);
  if (found.failed > limit) return true;
  if (string_at(found.job, {"spec", "template", "spec", "restartPolicy"}) != "OnFailure")
    return false;
  return limit == 0 ? found.restarts > 0 : found.restarts >= limit;
}

std::optional<End> end_of(const Found& found, TimePoint now,
                          std::optional<std::chrono::nanoseconds>& again) {
  if (!found.fail_job.empty()) return End{false, "PodFailurePolicy", found.fail_job};
  if (is_past_backoff(found))
    return End{false, "BackoffLimitExceeded", "Job has reached the specified backoff limit"};
  const std::int64_t deadline = int_at(found.job, {"spec", "activeDeadlineSeconds"});
  const auto start = parse_time(string_at(found.job, {"status", "startTime"}));
  if (deadline > 0 && start && !json::bool_at(found.job, {"spec", "suspend"})) {
    const auto left = std::chrono::seconds(deadline) - (now - *start);
    if (left.count() <= 0)
      return End{false, "DeadlineExceeded", "Job was active longer than specified deadline"};
    again = left;
  }
  if (has(found.job, "maxFailedIndexes") &&
      std::ssize(found.failed_indexes) > int_at(found.job, {"spec", "maxFailedIndexes"}))
    return End{false, "MaxFailedIndexesExceeded",
               "Job has exceeded the specified maximal number of failed indexes"};
  if (found.indexed && !found.failed_indexes.empty() && found.active == 0 &&
      std::ssize(found.failed_indexes) + std::ssize(found.completed) >= found.completions)
    return End{false, "FailedIndexes", "Job has failed indexes"};
  const bool enough = found.any_success ? found.succeeded > 0 && found.active == 0
                                        : found.succeeded >= found.completions;
  if (!enough) return std::nullopt;
  return End{true, "CompletionsReached", "Reached expected number of succeeded pods"};
}

// The end that was decided in a former pass, while pods were still on their way out.
std::optional<End> end_under_way(const json::Value& status) {
  for (const std::string_view type : {"SuccessCriteriaMet", "FailureTarget"}) {
    const json::Value* condition = kube::find_condition(status, type);
    if (condition == nullptr || string_at(*condition, "status") != "True") continue;
    return End{type == "SuccessCriteriaMet", std::string(string_at(*condition, "reason")),
               std::string(string_at(*condition, "message"))};
  }
  return std::nullopt;
}

void tell(json::Value& status, std::string_view type, bool holds, std::string_view reason,
          std::string_view message, TimePoint now) {
  if (!kube::set_condition(status, type, holds ? "True" : "False", reason, message, now)) return;
  for (json::Value& condition : status.as_object()["conditions"].as_array()) {
    if (string_at(condition, "type") == type)
      condition.as_object()["lastProbeTime"] = format_time(now);
  }
}

// How long to wait before the next pod after a failure: 10 s, 20 s, 40 s, ... six minutes at most.
std::chrono::nanoseconds backoff_left(const Found& found, TimePoint now) {
  if (found.failed == 0 || !found.last_failure) return std::chrono::nanoseconds(0);
  const int doublings = std::min(found.failed - 1, 6);
  const std::int64_t seconds = std::min<std::int64_t>(10LL << doublings, kLongestBackoffSeconds);
  return *found.last_failure + std::chrono::seconds(seconds) - now;
}

std::vector<int> next_pods(const Found& found, int missing) {
  if (!found.indexed) return std::vector<int>(static_cast<std::size_t>(missing), kNoIndex);
  std::vector<int> indexes;
  for (int index = 0; index < found.completions && std::ssize(indexes) < missing; ++index) {
    if (!found.completed.contains(index) && !found.active_indexes.contains(index) &&
        !found.failed_indexes.contains(index))
      indexes.push_back(index);
  }
  return indexes;
}

void decide_pods(const Found& found, int expected, TimePoint now, JobDecision& decision) {
  int wanted = found.any_success ? (found.succeeded > 0 ? found.active : found.parallelism)
                                 : std::min(found.parallelism, found.completions - found.succeeded);
  if (json::bool_at(found.job, {"spec", "suspend"})) wanted = 0;
  for (int surplus = found.active; surplus > wanted; --surplus)
    decision.remove.emplace_back(
        kube::name_of(*found.running[static_cast<std::size_t>(surplus - 1)]));
  // With pods not seen yet it is not known which indexes they have.
  const int missing = wanted - found.active - expected;
  if (missing <= 0 || (found.indexed && expected > 0)) return;
  const std::chrono::nanoseconds wait = backoff_left(found, now);
  if (wait.count() > 0) {
    decision.again = decision.again ? std::min(*decision.again, wait) : wait;
  } else {
    decision.create = next_pods(found, missing);
  }
}

void decide_suspension(const json::Value& job, json::Value& status, TimePoint now) {
  const bool suspended = json::bool_at(job, {"spec", "suspend"});
  const bool was = kube::is_condition_true(status, "Suspended");
  if (suspended) {
    tell(status, "Suspended", true, "JobSuspended", "Job suspended", now);
    json::remove(status.as_object(), "startTime");
  } else if (was) {
    tell(status, "Suspended", false, "JobResumed", "Job resumed", now);
  }
  if (!suspended && json::find(status, "startTime") == nullptr)
    status.as_object()["startTime"] = format_time(now);
}

void decide_expiry(const json::Value& job, TimePoint now, JobDecision& decision) {
  if (!has(job, "ttlSecondsAfterFinished")) return;
  for (const json::Value& condition : json::array_at(job, {"status", "conditions"})) {
    const auto ended = parse_time(string_at(condition, "lastTransitionTime"));
    const std::string_view type = string_at(condition, "type");
    if (!ended || (type != "Complete" && type != "Failed")) continue;
    const auto left =
        *ended + std::chrono::seconds(int_at(job, {"spec", "ttlSecondsAfterFinished"})) - now;
    if (left.count() <= 0) {
      decision.expire = true;
    } else {
      decision.again = left;
    }
  }
}

void count_in_status(const Found& found, json::Object& status) {
  put_count(status, "active", found.active);
  put_count(status, "succeeded", found.succeeded);
  put_count(status, "failed", found.failed);
  status["ready"] = found.ready;
  status["terminating"] = found.terminating;
  status["uncountedTerminatedPods"] = json::Object{};
  if (found.indexed && !found.completed.empty())
    status["completedIndexes"] = print_indexes(found.completed);
  if (has(found.job, "backoffLimitPerIndex"))
    status["failedIndexes"] = print_indexes(found.failed_indexes);
}

}  // namespace

JobDecision decide_job(const json::Value& job, std::span<const json::Document> pods, int expected,
                       TimePoint now) {
  JobDecision decision;
  const json::Value* present = json::find(job, "status");
  const bool known = present != nullptr && present->is_object();
  if (known && (kube::is_condition_true(*present, "Complete") ||
                kube::is_condition_true(*present, "Failed"))) {
    decide_expiry(job, now, decision);
    return decision;
  }
  if (kube::is_deleting(job)) return decision;
  json::Value status = known ? *present : json::Value(json::Object{});
  decide_suspension(job, status, now);
  Found found = look_at(job, pods);
  std::optional<End> end = end_under_way(status);
  if (!end) end = end_of(found, now, decision.again);
  if (end) {
    for (const json::Document& pod : found.running)
      decision.remove.emplace_back(kube::name_of(*pod));
    found.terminating += found.active;
    found.active = found.ready = 0;
    tell(status, end->success ? "SuccessCriteriaMet" : "FailureTarget", true, end->reason,
         end->message, now);
    if (found.terminating == 0 && expected == 0) {
      tell(status, end->success ? "Complete" : "Failed", true, end->reason, end->message, now);
      if (end->success) status.as_object()["completionTime"] = format_time(now);
    }
  } else {
    decide_pods(found, expected, now, decision);
  }
  count_in_status(found, status.as_object());
  if (!known || status != *present) decision.status = std::move(status);
  return decision;
}

json::Value pod_of_job(const json::Value& job, int index) {
  json::Value pod = pod_from_template(job, json::Value(json::object_at(job, {"spec", "template"})));
  json::Object& labels = json::make_object(pod, {"metadata", "labels"});
  // As the API server's job strategy puts them into the template.
  for (const char* name : {"job-name", "batch.kubernetes.io/job-name"})
    labels[name] = kube::name_of(job);
  for (const char* name : {"controller-uid", "batch.kubernetes.io/controller-uid"})
    labels[name] = kube::uid_of(job);
  if (index == kNoIndex) return pod;
  const std::string number = std::to_string(index);
  labels[kCompletionIndex] = number;
  json::make_object(pod, {"metadata", "annotations"})[kCompletionIndex] = number;
  json::make_object(pod, {"metadata"})["generateName"] =
      fmt::format("{}-{}-", kube::name_of(job), number);
  json::Object& spec = json::make_object(pod, {"spec"});
  if (string_at(pod, {"spec", "hostname"}).empty())
    spec["hostname"] = fmt::format("{}-{}", kube::name_of(job), number);
  const std::string path = fmt::format("metadata.annotations['{}']", kCompletionIndex);
  for (const std::string_view list : {"initContainers", "containers"}) {
    json::Value* containers = spec.if_contains(list);
    if (containers == nullptr || !containers->is_array()) continue;
    for (json::Value& container : containers->get_array()) {
      json::Object variable{{"name", "JOB_COMPLETION_INDEX"}};
      variable["valueFrom"] =
          json::Object{{"fieldRef", json::Object{{"apiVersion", "v1"}, {"fieldPath", path}}}};
      json::Value& env = container.as_object()["env"];
      if (!env.is_array()) env.emplace_array();
      env.get_array().push_back(std::move(variable));
    }
  }
  return pod;
}

}  // namespace firesteel::cluster
