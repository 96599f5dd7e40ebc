#pragma once
// LimitRange: defaults for containers that say nothing, and bounds that pods and claims must keep.
// Pure. Source: Kubernetes' plugin/pkg/admission/limitranger and core/v1 defaults.
#include <string>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

// A LimitRange's own defaults: `default` from `max`, `defaultRequest` from `default` and `min`.
void default_limit_range(json::Value& range);
// Problems of a LimitRange itself: types, quantities, min <= defaultRequest <= default <= max.
[[nodiscard]] std::vector<Problem> validate_limit_range(const json::Value& range);

// Fills in requests and limits of a new pod's containers, and says so in the annotation
// kubernetes.io/limit-ranger.
void apply_limit_ranges(const std::vector<json::Document>& ranges, json::Value& pod);
// What a new Pod or PersistentVolumeClaim (`kind`) breaks, in Kubernetes' words.
[[nodiscard]] std::vector<std::string> check_limit_ranges(const std::vector<json::Document>& ranges,
                                                          std::string_view kind,
                                                          const json::Value& object);

}  // namespace firesteel::apiserver
