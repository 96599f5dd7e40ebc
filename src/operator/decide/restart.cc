#include "operator/decide/restart.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace firesteel::operators::decide {
namespace {

using std::chrono::seconds;

RestartType type_of(std::string_view text) {
  if (text == "Always") return RestartType::kAlways;
  if (text == "OnFailure") return RestartType::kOnFailure;
  return RestartType::kNever;
}

std::optional<std::int64_t> budget(const json::Value& application, std::string_view field) {
  const std::int64_t value = json::int_at(application, {"spec", "restartPolicy", field}, -1);
  return value < 0 ? std::nullopt : std::optional(value);
}

seconds interval(const json::Value& application, std::string_view field) {
  const std::int64_t value = json::int_at(application, {"spec", "restartPolicy", field},
                                          RestartPolicy::kDefaultInterval.count());
  return seconds(
      std::clamp(value, std::int64_t{1}, std::int64_t{RestartPolicy::kLongestInterval.count()}));
}

seconds growing(seconds interval, std::int64_t attempts) {
  const seconds longest = std::max(interval, RestartPolicy::kLongestWait);
  // An attempt adds a second or more, so beyond this the answer is the longest wait anyway.
  const std::int64_t factor =
      std::clamp(attempts, std::int64_t{1}, std::int64_t{RestartPolicy::kLongestWait.count()});
  return std::min(interval * factor, longest);
}

std::optional<seconds> wait_for(const RestartPolicy& policy,
                                const std::optional<std::int64_t>& retries, seconds interval,
                                std::int64_t attempts) {
  switch (policy.type) {
    case RestartType::kNever:
      return std::nullopt;
    case RestartType::kOnFailure:
      if (!retries || attempts > *retries) return std::nullopt;
      return growing(interval, attempts);
    case RestartType::kAlways:
      return growing(interval, attempts);
  }
  std::unreachable();
}

}  // namespace

RestartPolicy restart_policy_of(const json::Value& application) {
  RestartPolicy policy;
  policy.type = type_of(json::string_at(application, {"spec", "restartPolicy", "type"}));
  policy.on_failure_retries = budget(application, "onFailureRetries");
  policy.on_submission_failure_retries = budget(application, "onSubmissionFailureRetries");
  policy.on_failure_interval = interval(application, "onFailureRetryInterval");
  policy.on_submission_failure_interval = interval(application, "onSubmissionFailureRetryInterval");
  return policy;
}

std::optional<seconds> wait_after_success(const RestartPolicy& policy) {
  if (policy.type != RestartType::kAlways) return std::nullopt;
  return policy.on_failure_interval;
}

std::optional<seconds> wait_after_failure(const RestartPolicy& policy,
                                          std::int64_t execution_attempts) {
  return wait_for(policy, policy.on_failure_retries, policy.on_failure_interval,
                  execution_attempts);
}

std::optional<seconds> wait_after_failed_submission(const RestartPolicy& policy,
                                                    std::int64_t submission_attempts) {
  return wait_for(policy, policy.on_submission_failure_retries,
                  policy.on_submission_failure_interval, submission_attempts);
}

}  // namespace firesteel::operators::decide
