#pragma once
// Job -> Pods: completions, parallelism, indexed completion, backoff limits (of the job and of an
// index), deadline, pod failure policy, suspension, time to live. Pure. Source:
// kube-controller-manager, pkg/controller/job. Unlike there finished pods are not held by a
// finalizer until they are counted: counts never fall instead, whoever deletes pods. Not done:
// successPolicy, managedBy.
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"

namespace firesteel::cluster {

inline constexpr int kNoIndex = -1;
inline constexpr std::string_view kCompletionIndex = "batch.kubernetes.io/job-completion-index";

struct JobDecision {
  std::vector<int> create;            // a pod for each, with that index or kNoIndex
  std::vector<std::string> remove;    // names of active pods
  std::optional<json::Value> status;  // the whole new status; nothing when it is as it should be
  bool expire = false;                // its time to live is over: delete it
  std::optional<std::chrono::nanoseconds> again;
};

// `pods` are those that the job controls; `expected` as for replica sets.
[[nodiscard]] JobDecision decide_job(const json::Value& job, std::span<const json::Document> pods,
                                     int expected, TimePoint now);
// The pod for an index.
[[nodiscard]] json::Value pod_of_job(const json::Value& job, int index);

}  // namespace firesteel::cluster
