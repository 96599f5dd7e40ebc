#pragma once
// Deployment -> ReplicaSets. Pure. Source: kube-controller-manager, pkg/controller/deployment
// (rolling.go, recreate.go, sync.go). Not done: proportional scaling of several active replica
// sets, hash collisions.
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"

namespace firesteel::cluster {

inline constexpr std::string_view kHashLabel = "pod-template-hash";
inline constexpr std::string_view kRevisionAnnotation = "deployment.kubernetes.io/revision";

struct ScaleReplicaSet {
  std::string name;
  int replicas = 0;

  bool operator==(const ScaleReplicaSet&) const = default;
};

// What to do, in this order. Everything may be done again.
struct DeploymentDecision {
  std::optional<json::Value> create;  // the new replica set
  std::vector<ScaleReplicaSet> scale;
  std::vector<std::string> remove;    // old replica sets beyond the history limit
  std::string revise;                 // this replica set gets `revision` (a rollback to it)
  std::string revision;               // annotation of the deployment; "" = as it is
  std::optional<json::Value> status;  // the whole new status; nothing when it is as it should be
  std::optional<std::chrono::nanoseconds> again;
};

// A number, or a percentage of `replicas`; `other` when nothing is said (null).
[[nodiscard]] int int_or_percent(const json::Value* value, int replicas, bool round_up,
                                 std::string_view other);

// The label value for a pod template: equal templates have equal hashes.
[[nodiscard]] std::string template_hash(const json::Value& pod_template);

// `replica_sets` are those that the deployment controls; `pods_left` is whether any pod of an old
// one is still there (Recreate waits for them to be gone).
[[nodiscard]] DeploymentDecision decide_deployment(const json::Value& deployment,
                                                   std::span<const json::Document> replica_sets,
                                                   bool pods_left, TimePoint now);

}  // namespace firesteel::cluster
