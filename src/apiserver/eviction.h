#pragma once
// pods/eviction: a deletion that asks the pod's disruption budget first. Source: kube-apiserver,
// pkg/registry/core/pod/storage/eviction.go.
#include "apiserver/core.h"

namespace firesteel::apiserver {

// Takes one of the disruptions that the budget of the call's pod allows; nothing happens for a pod
// without budget, for one that serves nobody, and in a dry run. Errors: kTooManyRequests when the
// budget allows none (now), kInternal for a pod with more than one.
[[nodiscard]] Result<void> ask_disruption_budget(const Call& call, const json::Value& pod);

}  // namespace firesteel::apiserver
