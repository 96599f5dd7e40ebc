#pragma once
// What a failed pod means for its Job: spec.podFailurePolicy. Pure. Source:
// kube-controller-manager, pkg/controller/job/pod_failure_policy.go.
#include <string>

#include "base/json/json.h"

namespace firesteel::cluster {

enum class FailureAction { kCount, kIgnore, kFailIndex, kFailJob };

struct FailureVerdict {
  FailureAction action = FailureAction::kCount;
  std::string message;  // for kFailJob
};
// The first rule that matches; kCount when none does or the job has no policy.
[[nodiscard]] FailureVerdict judge_failure(const json::Value& job, const json::Value& pod);

}  // namespace firesteel::cluster
