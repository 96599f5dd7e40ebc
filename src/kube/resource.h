#pragma once
// Which kind of object: group, version, plural, kind, scope. Pure data; the built-in ones that
// firesteel uses are named.
#include <string>
#include <string_view>

namespace firesteel::kube {

enum class Scope { kNamespaced, kCluster };

struct Resource {
  std::string group;    // "" for core
  std::string version;  // "v1"
  std::string plural;   // "pods"
  std::string kind;     // "Pod"
  Scope scope = Scope::kNamespaced;

  bool operator==(const Resource&) const = default;
  auto operator<=>(const Resource&) const = default;
  // "v1" or "apps/v1".
  [[nodiscard]] std::string api_version() const {
    return group.empty() ? version : group + "/" + version;
  }
  // "pods" or "deployments.apps": how Kubernetes names it in messages and RBAC.
  [[nodiscard]] std::string group_resource() const {
    return group.empty() ? plural : plural + "." + group;
  }
};

namespace resources {
inline const Resource kNamespaces{"", "v1", "namespaces", "Namespace", Scope::kCluster};
inline const Resource kNodes{"", "v1", "nodes", "Node", Scope::kCluster};
inline const Resource kPods{"", "v1", "pods", "Pod"};
inline const Resource kServices{"", "v1", "services", "Service"};
inline const Resource kEndpoints{"", "v1", "endpoints", "Endpoints"};
inline const Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
inline const Resource kSecrets{"", "v1", "secrets", "Secret"};
inline const Resource kEvents{"", "v1", "events", "Event"};
inline const Resource kServiceAccounts{"", "v1", "serviceaccounts", "ServiceAccount"};
inline const Resource kPersistentVolumeClaims{"", "v1", "persistentvolumeclaims",
                                              "PersistentVolumeClaim"};
inline const Resource kDeployments{"apps", "v1", "deployments", "Deployment"};
inline const Resource kReplicaSets{"apps", "v1", "replicasets", "ReplicaSet"};
inline const Resource kLeases{"coordination.k8s.io", "v1", "leases", "Lease"};
inline const Resource kRoles{"rbac.authorization.k8s.io", "v1", "roles", "Role"};
inline const Resource kRoleBindings{"rbac.authorization.k8s.io", "v1", "rolebindings",
                                    "RoleBinding"};
inline const Resource kClusterRoles{"rbac.authorization.k8s.io", "v1", "clusterroles",
                                    "ClusterRole", Scope::kCluster};
inline const Resource kClusterRoleBindings{"rbac.authorization.k8s.io", "v1", "clusterrolebindings",
                                           "ClusterRoleBinding", Scope::kCluster};
inline const Resource kCustomResourceDefinitions{"apiextensions.k8s.io", "v1",
                                                 "customresourcedefinitions",
                                                 "CustomResourceDefinition", Scope::kCluster};
inline const Resource kSparkApplications{"sparkoperator.k8s.io", "v1beta2", "sparkapplications",
                                         "SparkApplication"};
inline const Resource kScheduledSparkApplications{
    "sparkoperator.k8s.io", "v1beta2", "scheduledsparkapplications", "ScheduledSparkApplication"};
}  // namespace resources

}  // namespace firesteel::kube
