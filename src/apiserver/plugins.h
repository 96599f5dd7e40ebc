#pragma once
// The built-in admission plugins in two steps, as in kube-apiserver: what they validate about an
// object of its own kind, and what they refuse once all webhooks have had their say. Source:
// Kubernetes' plugin/pkg/admission.
#include "apiserver/core.h"

namespace firesteel::apiserver {

// Defaults of LimitRanges, webhook configurations and the like, and of a new pod by the limit
// ranges of its namespace. `before` is null on creation.
void default_by_plugins(const Core& core, const ServedResource& served, json::Value& object,
                        const json::Value* before);
// Problems of quotas, limit ranges, priority classes, webhook configurations, namespace labels.
[[nodiscard]] std::vector<Problem> validate_by_plugins(const ServedResource& served,
                                                       const json::Value& object,
                                                       const json::Value* before);
// LimitRanger, PodSecurity, PriorityClass. Errors: kForbidden. Adds warnings.
[[nodiscard]] Result<void> admit_by_plugins(Call& call, const json::Value& object,
                                            const json::Value* before);

}  // namespace firesteel::apiserver
