#pragma once
// What a pod asks for as a whole: the numbers that quotas and limit ranges count. Pure. Source:
// Kubernetes' component-helpers/resource PodRequests and PodLimits.
#include <map>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "kube/quantity.h"

namespace firesteel::apiserver {

using Resources = std::map<std::string, kube::Quantity, std::less<>>;

// resources.requests or resources.limits (`list`) of a container, or any map of quantities at
// `keys`; what cannot be read is left out (validation refuses it elsewhere).
[[nodiscard]] Resources quantities_at(const json::Value& object,
                                      std::initializer_list<std::string_view> keys);
void add_to(Resources& sum, const Resources& other);
// Containers together, or the largest init container with the sidecars before it when that is
// more; plus the overhead.
[[nodiscard]] Resources pod_resources(const json::Value& pod, std::string_view list);
// "cpu=1,memory=2Gi", sorted: how Kubernetes prints resource lists in messages.
[[nodiscard]] std::string print_resources(const Resources& resources);

}  // namespace firesteel::apiserver
