#pragma once
// DaemonSet -> a Pod on each node that it fits. Pure. Source: kube-controller-manager,
// pkg/controller/daemon. maxSurge is not done: an old pod goes before its successor comes.
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "kube/resource.h"

namespace firesteel::cluster {

inline const kube::Resource kDaemonSets{"apps", "v1", "daemonsets", "DaemonSet"};

struct DaemonSetDecision {
  std::vector<json::Value> create;    // pods
  std::vector<std::string> remove;    // names of pods
  std::optional<json::Value> status;  // the whole new status; nothing when it is as it should be
  std::optional<std::chrono::nanoseconds> again;  // when a pod becomes available by time alone
};

// `pods` are those that the set controls; `expected` is the nodes for which one was created that is
// not among them yet; `hash` is that of the present template's revision.
[[nodiscard]] DaemonSetDecision decide_daemon_set(const json::Value& set,
                                                  std::span<const json::Document> nodes,
                                                  std::span<const json::Document> pods,
                                                  std::span<const std::string> expected,
                                                  std::string_view hash, TimePoint now);

// The node that a daemon's pod is for, bound or not; "" when it does not say.
[[nodiscard]] std::string node_of_daemon(const json::Value& pod);

}  // namespace firesteel::cluster
