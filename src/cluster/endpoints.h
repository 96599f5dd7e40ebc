#pragma once
// Services with a selector -> Endpoints and EndpointSlices. Pure. Source: kube-controller-manager,
// pkg/controller/endpoint and endpointslice.
#include <optional>
#include <span>

#include "base/json/json.h"
#include "kube/resource.h"

namespace firesteel::cluster {

inline const kube::Resource kEndpointSlices{"discovery.k8s.io", "v1", "endpointslices",
                                            "EndpointSlice"};

// Whether this controller writes the endpoints of the service: it has a selector and is no
// ExternalName.
[[nodiscard]] bool has_selected_endpoints(const json::Value& service);
[[nodiscard]] bool selects(const json::Value& service, const json::Value& pod);

// The whole object as it should be; `pods` are those of the service's namespace. Pods without an
// address, finished ones and those being deleted are left out; the others are ready or not ready.
[[nodiscard]] json::Value endpoints_of(const json::Value& service,
                                       std::span<const json::Document> pods);
// The same as slices "<service>-ipv4", "<service>-ipv4-1", ...: one for each distinct set of port
// numbers, at least one. Pods being deleted are in them, as terminating.
[[nodiscard]] std::vector<json::Value> endpoint_slices_of(const json::Value& service,
                                                          std::span<const json::Document> pods);
// Whether a slice was made by this controller.
[[nodiscard]] bool is_managed_slice(const json::Value& slice);

}  // namespace firesteel::cluster
