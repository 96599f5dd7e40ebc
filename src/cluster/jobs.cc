#include "cluster/jobs.h"

#include <algorithm>

#include "cluster/pods.h"
#include "kube/conditions.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

constexpr std::int64_t kDefaultBackoffLimit = 6;
constexpr std::int64_t kLongestBackoffSeconds = 360;

struct Counts {
  int active = 0, ready = 0, succeeded = 0, failed = 0;
  std::optional<TimePoint> last_failure;
};

Counts count(std::span<const json::Document> pods) {
  Counts counts;
  for (const json::Document& pod : pods) {
    const std::string_view phase = json::string_at(*pod, {"status", "phase"});
    if (phase == "Succeeded") {
      ++counts.succeeded;
    } else if (phase == "Failed") {
      ++counts.failed;
      for (const json::Value& container : json::array_at(*pod, {"status", "containerStatuses"})) {
        const auto end =
            parse_time(json::string_at(container, {"state", "terminated", "finishedAt"}));
        if (end && (!counts.last_failure || *end > *counts.last_failure)) counts.last_failure = end;
      }
    } else if (is_active(*pod)) {
      ++counts.active;
      if (is_ready(*pod)) ++counts.ready;
    }
  }
  return counts;
}

struct End {
  std::string_view type, reason, message;
};

// A work queue: no number of completions, one success ends it.
bool takes_any_success(const json::Value& job) {
  return json::find(job, {"spec", "completions"}) == nullptr &&
         json::find(job, {"spec", "parallelism"}) != nullptr;
}

std::optional<End> end_of(const json::Value& job, const Counts& counts, TimePoint now,
                          std::optional<std::chrono::nanoseconds>& again) {
  const bool any_success = takes_any_success(job);
  const std::int64_t wanted = json::int_at(job, {"spec", "completions"}, 1);
  const bool enough =
      any_success ? counts.succeeded > 0 && counts.active == 0 : counts.succeeded >= wanted;
  if (enough)
    return End{"Complete", "CompletionsReached", "Reached expected number of succeeded pods"};
  if (counts.failed > json::int_at(job, {"spec", "backoffLimit"}, kDefaultBackoffLimit)) {
    return End{"Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit"};
  }
  const std::int64_t deadline = json::int_at(job, {"spec", "activeDeadlineSeconds"});
  const auto start = parse_time(json::string_at(job, {"status", "startTime"}));
  if (deadline > 0 && start) {
    const auto left = std::chrono::seconds(deadline) - (now - *start);
    if (left.count() <= 0) {
      return End{"Failed", "DeadlineExceeded", "Job was active longer than specified deadline"};
    }
    again = left;
  }
  return std::nullopt;
}

// How long to wait before the next pod after a failure: 10 s, 20 s, 40 s, ... six minutes at most.
std::chrono::nanoseconds backoff_left(const Counts& counts, TimePoint now) {
  if (counts.failed == 0 || !counts.last_failure) return std::chrono::nanoseconds(0);
  const int doublings = std::min(counts.failed - 1, 6);
  const std::int64_t seconds = std::min<std::int64_t>(10LL << doublings, kLongestBackoffSeconds);
  return *counts.last_failure + std::chrono::seconds(seconds) - now;
}

void decide_pods(const json::Value& job, const Counts& counts, std::span<const json::Document> pods,
                 int expected, TimePoint now, JobDecision& decision) {
  const bool suspended = json::bool_at(job, {"spec", "suspend"});
  const bool any_success = takes_any_success(job);
  const int parallelism = static_cast<int>(json::int_at(job, {"spec", "parallelism"}, 1));
  const int completions = static_cast<int>(json::int_at(job, {"spec", "completions"}, 1));
  int wanted = any_success ? (counts.succeeded > 0 ? counts.active : parallelism)
                           : std::min(parallelism, completions - counts.succeeded);
  if (suspended) wanted = 0;
  if (counts.active > wanted) {
    int surplus = counts.active - wanted;
    for (const json::Document& pod : pods) {
      if (surplus > 0 && is_active(*pod)) {
        decision.remove.emplace_back(kube::name_of(*pod));
        --surplus;
      }
    }
    return;
  }
  const int missing = wanted - counts.active - expected;
  if (missing <= 0) return;
  const std::chrono::nanoseconds wait = backoff_left(counts, now);
  if (wait.count() > 0) {
    decision.again = decision.again ? std::min(*decision.again, wait) : wait;
  } else {
    decision.create = missing;
  }
}

void decide_expiry(const json::Value& job, TimePoint now, JobDecision& decision) {
  const json::Value* ttl = json::find(job, {"spec", "ttlSecondsAfterFinished"});
  if (ttl == nullptr || ttl->is_null()) return;
  for (const json::Value& condition : json::array_at(job, {"status", "conditions"})) {
    const auto ended = parse_time(json::string_at(condition, "lastTransitionTime"));
    const std::string_view type = json::string_at(condition, "type");
    if (!ended || (type != "Complete" && type != "Failed")) continue;
    const auto left =
        *ended + std::chrono::seconds(json::int_at(job, {"spec", "ttlSecondsAfterFinished"})) - now;
    if (left.count() <= 0) {
      decision.expire = true;
    } else {
      decision.again = left;
    }
  }
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
  if (!json::bool_at(job, {"spec", "suspend"}) && json::find(status, "startTime") == nullptr) {
    status.as_object()["startTime"] = format_time(now);
  }
  Counts counts = count(pods);
  const std::optional<End> end = end_of(job, counts, now, decision.again);
  if (end) {
    for (const json::Document& pod : pods) {
      if (is_active(*pod)) decision.remove.emplace_back(kube::name_of(*pod));
    }
    counts.active = counts.ready = 0;
    kube::set_condition(status, end->type, "True", end->reason, end->message, now);
    if (end->type == "Complete") status.as_object()["completionTime"] = format_time(now);
  } else {
    decide_pods(job, counts, pods, expected, now, decision);
  }
  put_count(status.as_object(), "active", counts.active);
  put_count(status.as_object(), "succeeded", counts.succeeded);
  put_count(status.as_object(), "failed", counts.failed);
  status.as_object()["ready"] = counts.ready;
  if (!known || status != *present) decision.status = std::move(status);
  return decision;
}

}  // namespace firesteel::cluster
