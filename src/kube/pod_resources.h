#pragma once
// What a pod asks for as a whole: the numbers that quotas and limit ranges count. Pure. Source:
// Kubernetes' component-helpers/resource PodRequests and PodLimits.
#include <map>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "kube/quantity.h"

namespace firesteel::kube {

using Resources = std::map<std::string, Quantity, std::less<>>;

// resources.requests or resources.limits (`list`) of a container, or any map of quantities at
// `keys`; what cannot be read is left out (validation refuses it elsewhere).
[[nodiscard]] Resources quantities_at(const json::Value& object,
                                      std::initializer_list<std::string_view> keys);
void add_to(Resources& sum, const Resources& other);
// Containers together, or the largest init container with the sidecars before it when that is
// more; plus the overhead.
[[nodiscard]] Resources pod_resources(const json::Value& pod, std::string_view list);
// Adds what a pod with these counts for, by the names that quotas use: cpu and memory under their
// short names too, whatever else only as requests.X.
void count_compute(Resources& usage, const Resources& requests, const Resources& limits);
// "cpu=1,memory=2Gi", sorted: how Kubernetes prints resource lists in messages.
[[nodiscard]] std::string print_resources(const Resources& resources);

}  // namespace firesteel::kube
