#pragma once
// StatefulSet -> Pods and claims with stable names. Pure. Source: kube-controller-manager,
// pkg/controller/statefulset (stateful_set_control.go, stateful_set_utils.go). Not done:
// maxUnavailable (an alpha feature).
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "kube/resource.h"

namespace firesteel::cluster {

inline const kube::Resource kStatefulSets{"apps", "v1", "statefulsets", "StatefulSet"};

struct StatefulSetDecision {
  std::vector<json::Value> create;    // pods, in this order, each after its claims
  std::vector<std::string> remove;    // names of pods
  std::optional<json::Value> status;  // the whole new status; nothing when it is as it should be
  std::optional<std::chrono::nanoseconds> again;  // when a pod becomes available by time alone
};

// `pods` are those that the set controls. `current` and `update` are the ControllerRevisions of
// status.currentRevision (of `update` while there is none) and of the present template.
[[nodiscard]] StatefulSetDecision decide_stateful_set(const json::Value& set,
                                                      std::span<const json::Document> pods,
                                                      const json::Value& current,
                                                      const json::Value& update, TimePoint now);

// The number at the end of a pod's name; -1 when it is no pod of this set.
[[nodiscard]] int ordinal_of(std::string_view set, std::string_view pod);
// The claims of one of its pods.
[[nodiscard]] std::vector<json::Value> claims_of(const json::Value& set, std::string_view pod);
// Whether the claims of this pod go with it: it is scaled away, and the set's
// persistentVolumeClaimRetentionPolicy says so.
[[nodiscard]] bool takes_claims_along(const json::Value& set, std::string_view pod);

}  // namespace firesteel::cluster
