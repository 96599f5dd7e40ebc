#pragma once
// Pod Security Standards by namespace label (pod-security.kubernetes.io/enforce and .../warn).
// Pure. Source: Kubernetes' pod-security-admission/policy: the checks of its newest version, with
// their words.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

enum class PodSecurityLevel { kPrivileged, kBaseline, kRestricted };
// Nothing for a text that is no level.
[[nodiscard]] std::optional<PodSecurityLevel> parse_pod_security_level(std::string_view text);

// What the pod (or template: `metadata` and `spec`) breaks, each `reason (detail)`; none for
// kPrivileged.
[[nodiscard]] std::vector<std::string> pod_security_violations(PodSecurityLevel level,
                                                               const json::Value& pod);

// The labels of one namespace.
struct PodSecurityPolicy {
  PodSecurityLevel enforce = PodSecurityLevel::kPrivileged;
  PodSecurityLevel warn = PodSecurityLevel::kPrivileged;
};
// A label that is no level enforces restricted, as in Kubernetes.
[[nodiscard]] PodSecurityPolicy pod_security_policy(const json::Value& space);
// Problems of a namespace's labels.
[[nodiscard]] std::vector<Problem> validate_pod_security_labels(const json::Value& space);

// `violates PodSecurity "baseline:latest": ...`, or "" when nothing is wrong. `verb` is "violates"
// or "would violate".
[[nodiscard]] std::string pod_security_message(std::string_view verb, PodSecurityLevel level,
                                               const json::Value& pod);
// The pod in an object: itself, or a workload's template; null for other kinds.
[[nodiscard]] json::Value pod_within(std::string_view kind, const json::Value& object);

}  // namespace firesteel::apiserver
