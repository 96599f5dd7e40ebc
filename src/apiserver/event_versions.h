#pragma once
// Events exist in two layouts over the same objects: core/v1, which is stored, and
// events.k8s.io/v1. Source: Kubernetes' pkg/apis/events/v1/conversion.go. Pure.
#include "base/json/json.h"
#include "kube/resource.h"

namespace firesteel::apiserver {

[[nodiscard]] bool is_new_event(const kube::Resource& resource);
[[nodiscard]] json::Value new_event_from_core(const json::Value& event);
[[nodiscard]] json::Value core_event_from_new(json::Value event);

}  // namespace firesteel::apiserver
