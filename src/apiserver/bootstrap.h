#pragma once
// What a fresh cluster holds before anyone writes to it: namespaces, RBAC roles and bindings,
// priority classes. Source: kube-apiserver's bootstrappolicy and the system namespaces and priority
// classes controllers. Pure.
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "kube/resource.h"

namespace firesteel::apiserver {

// Users of the embedded cluster's own components: the common names of their client certificates. A
// node is system:node:NAME in the group system:nodes; the person's admin certificate is in
// system:masters.
inline constexpr std::string_view kControllerUser = "system:kube-controller-manager";
inline constexpr std::string_view kSchedulerUser = "system:kube-scheduler";
inline constexpr std::string_view kNodeUserPrefix = "system:node:";

struct BootstrapObject {
  kube::Resource resource;
  json::Value object;  // with apiVersion, kind and metadata.name; no uid, no resourceVersion
};

// In an order in which they can be created: create each that is missing at every start. Namespaces:
// default, kube-system, kube-public, kube-node-lease. ClusterRoles: cluster-admin, admin, edit,
// view (aggregated from system:aggregate-to-*), system:discovery, system:basic-user,
// system:public-info-viewer, system:monitoring, system:node, system:kube-scheduler,
// system:kube-controller-manager, system:auth-delegator, system:service-account-issuer-discovery,
// and the ClusterRoleBindings of those. Priority classes: system-cluster-critical,
// system-node-critical.
[[nodiscard]] std::vector<BootstrapObject> bootstrap_objects();

// The ClusterRoles alone (used by bootstrap_objects; bootstrap_roles.cc).
[[nodiscard]] std::vector<json::Value> bootstrap_cluster_roles();

}  // namespace firesteel::apiserver
