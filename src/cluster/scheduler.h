#pragma once
// Which node a pending pod goes to. Pure; the rules and the wording are kube-scheduler's
// (NodeUnschedulable, NodeAffinity, TaintToleration, NodeResourcesFit, least allocated). Affinity
// between pods, preemption and volumes' topology are not considered.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/json/json.h"

namespace firesteel::cluster {

struct Room {
  std::int64_t cpu_milli = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t pods = 0;

  bool operator==(const Room&) const = default;
};

// What a pod takes: the sum of its containers' requests (limits stand in for missing requests), or
// the largest init container when that is more, plus its overhead. A malformed quantity counts as
// zero.
[[nodiscard]] Room requested_by(const json::Value& pod);

// Waits for this scheduler: no node, not finished, not being deleted, no scheduling gates, our
// schedulerName.
[[nodiscard]] bool needs_a_node(const json::Value& pod);

// Whether the node's labels, name and taints let the pod be there, whatever room there is.
[[nodiscard]] bool may_run_on(const json::Value& pod, const json::Value& node);

struct Placement {
  std::string node;     // "" = none fits
  std::string message;  // then: "0/1 nodes are available: 1 Insufficient memory."
};
// `used` is what bound pods take, by node name.
[[nodiscard]] Placement place_pod(const json::Value& pod, std::span<const json::Document> nodes,
                                  const std::map<std::string, Room>& used);

}  // namespace firesteel::cluster
