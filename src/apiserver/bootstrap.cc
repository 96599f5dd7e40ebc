#include "apiserver/bootstrap.h"

#include <boost/json/array.hpp>

#include "apiserver/user.h"

namespace firesteel::apiserver {
namespace {

const kube::Resource kPriorityClasses{"scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass",
                                      kube::Scope::kCluster};

json::Value namespace_object(std::string_view name) {
  return json::Object{
      {"apiVersion", "v1"},
      {"kind", "Namespace"},
      {"metadata", {{"name", name}, {"labels", {{"kubernetes.io/metadata.name", name}}}}},
      {"spec", {{"finalizers", json::Array{"kubernetes"}}}},
      {"status", {{"phase", "Active"}}}};
}

json::Value priority_class(std::string_view name, std::int64_t value,
                           std::string_view description) {
  return json::Object{
      {"apiVersion", "scheduling.k8s.io/v1"}, {"kind", "PriorityClass"},
      {"metadata", {{"name", name}}},         {"value", value},
      {"description", description},           {"preemptionPolicy", "PreemptLowerPriority"}};
}

json::Value binding(std::string_view role, std::initializer_list<std::string_view> groups,
                    std::initializer_list<std::string_view> users = {}) {
  json::Array subjects;
  const auto add = [&](std::string_view kind, std::string_view name) {
    subjects.emplace_back(
        json::Object{{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", kind}, {"name", name}});
  };
  for (const std::string_view group : groups) add("Group", group);
  for (const std::string_view user : users) add("User", user);
  return json::Object{
      {"apiVersion", "rbac.authorization.k8s.io/v1"},
      {"kind", "ClusterRoleBinding"},
      {"metadata",
       {{"name", role},
        {"annotations", {{"rbac.authorization.kubernetes.io/autoupdate", "true"}}},
        {"labels", {{"kubernetes.io/bootstrapping", "rbac-defaults"}}}}},
      {"roleRef",
       {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", role}}},
      {"subjects", std::move(subjects)}};
}

}  // namespace

std::vector<BootstrapObject> bootstrap_objects() {
  std::vector<BootstrapObject> out;
  for (const std::string_view name : {"default", "kube-system", "kube-public", "kube-node-lease"}) {
    out.push_back({kube::resources::kNamespaces, namespace_object(name)});
  }
  for (json::Value& role : bootstrap_cluster_roles()) {
    out.push_back({kube::resources::kClusterRoles, std::move(role)});
  }
  const auto bind = [&](json::Value object) {
    out.push_back({kube::resources::kClusterRoleBindings, std::move(object)});
  };
  bind(binding("cluster-admin", {kMastersGroup}));
  bind(binding("system:discovery", {kAuthenticatedGroup}));
  bind(binding("system:basic-user", {kAuthenticatedGroup}));
  bind(binding("system:public-info-viewer", {kAuthenticatedGroup, kUnauthenticatedGroup}));
  bind(binding("system:monitoring", {"system:monitoring"}));
  bind(binding("system:service-account-issuer-discovery", {kServiceAccountsGroup}));
  bind(binding("system:node", {kNodesGroup}));
  bind(binding("system:kube-scheduler", {}, {kSchedulerUser}));
  bind(binding("system:kube-controller-manager", {}, {kControllerUser}));
  out.push_back(
      {kPriorityClasses,
       priority_class("system-cluster-critical", 2000000000,
                      "Used for system critical pods that must run in the cluster, but can be "
                      "moved to another node if necessary.")});
  out.push_back({kPriorityClasses,
                 priority_class("system-node-critical", 2000001000,
                                "Used for system critical pods that must not be moved from their "
                                "current node.")});
  return out;
}

}  // namespace firesteel::apiserver
