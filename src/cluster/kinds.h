#pragma once
// The kinds that the cluster's controllers look after beyond those that kube/resource.h names, and
// those that CRDs add. Pure.
#include <optional>
#include <span>
#include <vector>

#include "base/json/json.h"
#include "kube/resource.h"

namespace firesteel::cluster {

inline const kube::Resource kJobs{"batch", "v1", "jobs", "Job"};

// Built-in kinds that own or are owned, or are deleted with finalizers: what garbage collection
// watches.
[[nodiscard]] const std::vector<kube::Resource>& collected_kinds();
// Built-in namespaced kinds: what a terminating namespace is emptied of.
[[nodiscard]] const std::vector<kube::Resource>& namespaced_kinds();
// The kind that an established CRD serves, in its stored version; nothing while it is not
// established or being deleted.
[[nodiscard]] std::optional<kube::Resource> resource_of_crd(const json::Value& crd);

}  // namespace firesteel::cluster
