#include "cluster/job_failures.h"

#include <fmt/core.h>

#include <algorithm>

#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using json::string_at;

struct Exit {
  std::string container;
  std::int64_t code = 0;
};

// The first container whose exit code the requirement speaks of; code 0 when there is none.
Exit matching_exit(const json::Value& requirement, const json::Value& pod) {
  const std::string_view named = string_at(requirement, "containerName");
  const json::Array& values = json::array_at(requirement, {"values"});
  const bool wants_in = string_at(requirement, "operator") == "In";
  for (const std::string_view list : {"containerStatuses", "initContainerStatuses"}) {
    for (const json::Value& container : json::array_at(pod, {"status", list})) {
      const std::int64_t code = json::int_at(container, {"state", "terminated", "exitCode"});
      if (code == 0) continue;
      if (!named.empty() && string_at(container, "name") != named) continue;
      const bool in = std::ranges::any_of(values, [&](const json::Value& value) {
        return value.is_int64() && value.get_int64() == code;
      });
      if (in == wants_in) return {std::string(string_at(container, "name")), code};
    }
  }
  return {};
}

// The type of the first condition of the pod that a pattern fits; "" for none.
std::string matching_condition(const json::Array& patterns, const json::Value& pod) {
  for (const json::Value& condition : json::array_at(pod, {"status", "conditions"})) {
    for (const json::Value& pattern : patterns) {
      const std::string_view status = string_at(pattern, "status");
      if (string_at(pattern, "type") == string_at(condition, "type") &&
          string_at(condition, "status") == (status.empty() ? "True" : status))
        return std::string(string_at(condition, "type"));
    }
  }
  return "";
}

FailureAction action_named(std::string_view name) {
  if (name == "FailJob") return FailureAction::kFailJob;
  if (name == "FailIndex") return FailureAction::kFailIndex;
  if (name == "Ignore") return FailureAction::kIgnore;
  return FailureAction::kCount;
}

}  // namespace

FailureVerdict judge_failure(const json::Value& job, const json::Value& pod) {
  const json::Array& rules = json::array_at(job, {"spec", "podFailurePolicy", "rules"});
  for (std::size_t index = 0; index < rules.size(); ++index) {
    const std::string_view action = string_at(rules[index], "action");
    if (const json::Value* codes = json::find(rules[index], "onExitCodes")) {
      const Exit exit = matching_exit(*codes, pod);
      if (exit.code == 0) continue;
      return {action_named(action),
              fmt::format("Container {} for pod {} failed with exit code {} matching {} rule at "
                          "index {}",
                          exit.container, kube::key_of(pod), exit.code, action, index)};
    }
    const std::string type =
        matching_condition(json::array_at(rules[index], {"onPodConditions"}), pod);
    if (type.empty()) continue;
    return {action_named(action),
            fmt::format("Pod {} has condition {} matching {} rule at index {}", kube::key_of(pod),
                        type, action, index)};
  }
  return {};
}

}  // namespace firesteel::cluster
