#pragma once
// A pod's status as kubelet computes it from its containers. Pure. Source: kubelet's
// generateAPIPodStatus, getPhase, status/generate.go; core/v1 helper/qos.
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json/json.h"
#include "node/plan/machine.h"

namespace firesteel::node::plan {

// Pending, Running, Succeeded or Failed.
[[nodiscard]] std::string_view phase_of(const PodState& state);
// Guaranteed, Burstable or BestEffort.
[[nodiscard]] std::string_view qos_class_of(const json::Value& pod);

// The whole status. Conditions that kubelet does not own are taken over from the pod, and
// lastTransitionTime moves only where a condition's status changed.
[[nodiscard]] json::Value make_status(const PodState& state, std::string_view host_ip,
                                      TimePoint now);

}  // namespace firesteel::node::plan
