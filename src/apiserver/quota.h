#pragma once
// ResourceQuota as arithmetic: what an object counts for, which quotas count it, what a quota
// counts in all. Pure. Source: Kubernetes' pkg/quota/v1/evaluator/core and apiserver's
// pkg/quota/v1.
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "kube/pod_resources.h"
#include "kube/resource.h"

namespace firesteel::apiserver {

using kube::Resources;

// What one object counts for, by the names that quotas use: "pods", "requests.cpu",
// "count/deployments.apps", ... A pod that has ended counts only as an object.
[[nodiscard]] Resources usage_of(const kube::Resource& resource, const json::Value& object);

// spec.hard's names that objects of this resource can count for.
[[nodiscard]] std::vector<std::string> counted_names(const json::Value& quota,
                                                     const kube::Resource& resource);
// Whether the quota's scopes and scopeSelector take the object in.
[[nodiscard]] bool in_scope(const json::Value& quota, const kube::Resource& resource,
                            const json::Value& object);
// `resources` without what is not named.
[[nodiscard]] Resources only(const Resources& resources, const std::vector<std::string>& names);

// A quota on cpu or memory wants every container to say what it uses: "must specify requests.cpu
// for: c1,c2; ..." when one does not, else "".
[[nodiscard]] std::string unspecified(const json::Value& quota, const json::Value& pod);

// The resources whose objects a quota counts, of those given (the registry's): for its status.
[[nodiscard]] bool counts_any(const json::Value& quota, const kube::Resource& resource);

// Problems of a quota itself: quantities, scopes and what they go with.
[[nodiscard]] std::vector<Problem> validate_quota(const json::Value& quota);

}  // namespace firesteel::apiserver
