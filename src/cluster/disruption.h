#pragma once
// PodDisruptionBudget -> its status, which evictions ask. Pure. Source: kube-controller-manager,
// pkg/controller/disruption.
#include <chrono>
#include <functional>
#include <optional>
#include <span>

#include "base/clock.h"
#include "base/json/json.h"
#include "kube/resource.h"

namespace firesteel::cluster {

inline const kube::Resource kDisruptionBudgets{"policy", "v1", "poddisruptionbudgets",
                                               "PodDisruptionBudget"};

struct DisruptionDecision {
  std::optional<json::Value> status;  // the whole new status; nothing when it is as it should be
  std::optional<std::chrono::nanoseconds> again;  // when an eviction that came to nothing counts no
                                                  // more
};
// `pods` are those of the budget's namespace; `scale_of` tells how many pods the controller of one
// of them should have, nothing when that is not known.
[[nodiscard]] DisruptionDecision decide_disruption(
    const json::Value& budget, std::span<const json::Document> pods,
    const std::function<std::optional<int>(const json::Value& controller)>& scale_of,
    TimePoint now);

}  // namespace firesteel::cluster
