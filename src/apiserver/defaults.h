#pragma once
// Defaults of the built-in kinds, as far as kubectl, Spark and our own components rely on them.
// Source: the zz_generated.defaults.go and strategies of Kubernetes' pkg/apis and pkg/registry.
#include "apiserver/core.h"

namespace firesteel::apiserver {

// Fills in what a stored object of a built-in kind always has. `before` is null on creation; what
// only creation sets (status, allocated addresses) is set then. Errors: kInvalid for a Service
// address that cannot be had.
[[nodiscard]] Result<void> apply_built_in_defaults(const Core& core, const ServedResource& served,
                                                   json::Value& object, const json::Value* before);

// After a write of a pod's status. Pure.
void complete_pod_status(json::Value& pod);

// A PodSpec (a pod's, or a template's). Pure.
void default_pod_spec(json::Object& spec);
// BestEffort, Burstable or Guaranteed. Pure.
[[nodiscard]] std::string_view quality_of_service(const json::Value& pod);
// What admission does to a new pod: service account with its projected token volume, priority,
// tolerations, status. Errors: kForbidden for a service account or priority class that is not
// there.
[[nodiscard]] Result<void> admit_pod(const Core& core, json::Value& pod);

// Services: type, ports, families, and on creation a cluster address of the cluster's block
// (kube/loopback.h).
[[nodiscard]] Result<void> default_service(const Core& core, json::Value& service,
                                           const json::Value* before);

// object[key] = value unless it is there (and not null, nor an empty string).
void set_default(json::Object& object, std::string_view key, json::Value value);

}  // namespace firesteel::apiserver
