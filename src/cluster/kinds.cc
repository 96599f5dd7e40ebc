#include "cluster/kinds.h"

#include "cluster/claims.h"
#include "kube/conditions.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using namespace kube::resources;

std::vector<kube::Resource> make_namespaced() {
  return {
      kPods,
      kServices,
      kConfigMaps,
      kSecrets,
      kServiceAccounts,
      kPersistentVolumeClaims,
      kEndpoints,
      {"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"},
      kDeployments,
      kReplicaSets,
      {"apps", "v1", "statefulsets", "StatefulSet"},
      {"apps", "v1", "daemonsets", "DaemonSet"},
      {"apps", "v1", "controllerrevisions", "ControllerRevision"},
      kJobs,
      {"batch", "v1", "cronjobs", "CronJob"},
      {"networking.k8s.io", "v1", "ingresses", "Ingress"},
      {"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"},
      kRoles,
      kRoleBindings,
      kLeases,
      {"", "v1", "limitranges", "LimitRange"},
      {"", "v1", "resourcequotas", "ResourceQuota"},
      {"", "v1", "podtemplates", "PodTemplate"},
      {"", "v1", "replicationcontrollers", "ReplicationController"},
      {"autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"},
      {"networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"},
  };
}

}  // namespace

const std::vector<kube::Resource>& collected_kinds() {
  // Endpoints have no owner; events are nobody's dependents.
  static const std::vector<kube::Resource> kKinds = [] {
    std::vector<kube::Resource> kinds = make_namespaced();
    std::erase(kinds, kEndpoints);
    for (const kube::Resource& cluster_scoped :
         {kNodes, kNamespaces, kCustomResourceDefinitions, kPersistentVolumes, kClusterRoles,
          kClusterRoleBindings})
      kinds.push_back(cluster_scoped);
    return kinds;
  }();
  return kKinds;
}

const std::vector<kube::Resource>& namespaced_kinds() {
  static const std::vector<kube::Resource> kKinds = [] {
    std::vector<kube::Resource> kinds = make_namespaced();
    kinds.push_back(kEvents);
    return kinds;
  }();
  return kKinds;
}

std::optional<kube::Resource> resource_of_crd(const json::Value& crd) {
  const json::Value* status = json::find(crd, "status");
  if (status == nullptr || !kube::is_condition_true(*status, "Established")) return std::nullopt;
  if (kube::is_deleting(crd)) return std::nullopt;
  for (const json::Value& version : json::array_at(crd, {"spec", "versions"})) {
    if (!json::bool_at(version, {"storage"}) || !json::bool_at(version, {"served"}, true)) continue;
    kube::Resource resource;
    resource.group = json::string_at(crd, {"spec", "group"});
    resource.version = json::string_at(version, "name");
    resource.plural = json::string_at(crd, {"spec", "names", "plural"});
    resource.kind = json::string_at(crd, {"spec", "names", "kind"});
    const bool namespaced = json::string_at(crd, {"spec", "scope"}) != "Cluster";
    resource.scope = namespaced ? kube::Scope::kNamespaced : kube::Scope::kCluster;
    return resource;
  }
  return std::nullopt;
}

}  // namespace firesteel::cluster
