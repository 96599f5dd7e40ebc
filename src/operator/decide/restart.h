#pragma once
// Whether and when an application is run again. Source: spec.restartPolicy of v1beta2; unlike the
// Kubeflow operator's v2 (defects 4, 7 and 30 of the reference) the waiting time of a run counts
// from its end, intervals have their default without a webhook, Always waits after a success too,
// and no wait exceeds kLongestWait. Pure.
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/json/json.h"

namespace firesteel::operators::decide {

enum class RestartType { kNever, kOnFailure, kAlways };

struct RestartPolicy {
  static constexpr std::chrono::seconds kDefaultInterval{5};
  // Of a growing wait; a longer interval of the user's own is kept, up to kLongestInterval.
  static constexpr std::chrono::seconds kLongestWait{3600};
  static constexpr std::chrono::seconds kLongestInterval{30 * 86400};

  RestartType type = RestartType::kNever;
  std::optional<std::int64_t> on_failure_retries;  // none: no retries with kOnFailure
  std::optional<std::int64_t> on_submission_failure_retries;
  std::chrono::seconds on_failure_interval = kDefaultInterval;
  std::chrono::seconds on_submission_failure_interval = kDefaultInterval;
};

[[nodiscard]] RestartPolicy restart_policy_of(const json::Value& application);

// The time from the end of the run (of the failed submission) to the next attempt; nothing: no more
// attempts. The wait after failures grows linearly: attempts x interval. N retries are N+1
// attempts.
[[nodiscard]] std::optional<std::chrono::seconds> wait_after_success(const RestartPolicy& policy);
[[nodiscard]] std::optional<std::chrono::seconds> wait_after_failure(
    const RestartPolicy& policy, std::int64_t execution_attempts);
[[nodiscard]] std::optional<std::chrono::seconds> wait_after_failed_submission(
    const RestartPolicy& policy, std::int64_t submission_attempts);

}  // namespace firesteel::operators::decide
