#pragma once
// ReplicaSet -> Pods. Pure. Source: kube-controller-manager, pkg/controller/replicaset.
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"

namespace firesteel::cluster {

inline constexpr int kMaxPodsAtOnce = 500;  // creations or deletions in one pass, as upstream

struct ReplicaSetDecision {
  int create = 0;                     // pods from the template
  std::vector<std::string> remove;    // names of pods
  std::optional<json::Value> status;  // the whole new status; nothing when it is as it should be
  std::optional<std::chrono::nanoseconds> again;  // when a pod becomes available by time alone
};

// `pods` are those that the replica set controls. `expected` is how many more active pods there are
// than `pods` shows (created a moment ago, not seen yet).
[[nodiscard]] ReplicaSetDecision decide_replica_set(const json::Value& replica_set,
                                                    std::span<const json::Document> pods,
                                                    int expected, TimePoint now);

}  // namespace firesteel::cluster
