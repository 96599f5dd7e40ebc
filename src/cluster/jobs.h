#pragma once
// Job -> Pods, the plain kind: completions, parallelism, backoffLimit, activeDeadlineSeconds,
// ttlSecondsAfterFinished, suspend. Pure. Source: kube-controller-manager, pkg/controller/job. Not
// done: indexed completion, pod failure policies.
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"

namespace firesteel::cluster {

struct JobDecision {
  int create = 0;
  std::vector<std::string> remove;    // names of active pods
  std::optional<json::Value> status;  // the whole new status; nothing when it is as it should be
  bool expire = false;                // its time to live is over: delete it
  std::optional<std::chrono::nanoseconds> again;
};

// `pods` are those that the job controls; `expected` as for replica sets.
[[nodiscard]] JobDecision decide_job(const json::Value& job, std::span<const json::Document> pods,
                                     int expected, TimePoint now);

}  // namespace firesteel::cluster
