#include "apiserver/registry.h"

#include <tuple>

namespace firesteel::apiserver {

namespace {

using kube::Resource;
using kube::Scope;

const std::vector<std::string> kAllVerbs = {"create", "delete", "deletecollection", "get",
                                            "list",   "patch",  "update",           "watch"};
constexpr bool kWithStatus = true;

// One built-in kind in few words: what differs from "namespaced, all verbs, no subresources".
struct BuiltIn {
  const char* group;
  const char* plural;
  const char* kind;
  bool with_status = false;  // status subresource; main writes leave .status alone
  Scope scope = Scope::kNamespaced;
  std::vector<std::string> short_names = {};
  std::vector<std::string> subresources = {};  // besides status
  std::vector<std::string> categories = {};
  const char* version = "v1";
};

const std::vector<BuiltIn> kKinds = {
    {"", "configmaps", "ConfigMap", false, Scope::kNamespaced, {"cm"}},
    {"", "endpoints", "Endpoints", false, Scope::kNamespaced, {"ep"}},
    {"", "events", "Event", false, Scope::kNamespaced, {"ev"}},
    {"", "limitranges", "LimitRange", false, Scope::kNamespaced, {"limits"}},
    {"", "namespaces", "Namespace", kWithStatus, Scope::kCluster, {"ns"}, {"finalize"}},
    {"", "nodes", "Node", kWithStatus, Scope::kCluster, {"no"}},
    {"",
     "persistentvolumeclaims",
     "PersistentVolumeClaim",
     kWithStatus,
     Scope::kNamespaced,
     {"pvc"}},
    {"", "persistentvolumes", "PersistentVolume", kWithStatus, Scope::kCluster, {"pv"}},
    {"",
     "pods",
     "Pod",
     kWithStatus,
     Scope::kNamespaced,
     {"po"},
     {"attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward"},
     {"all"}},
    {"", "podtemplates", "PodTemplate"},
    {"",
     "replicationcontrollers",
     "ReplicationController",
     kWithStatus,
     Scope::kNamespaced,
     {"rc"},
     {"scale"},
     {"all"}},
    {"", "resourcequotas", "ResourceQuota", kWithStatus, Scope::kNamespaced, {"quota"}},
    {"", "secrets", "Secret"},
    {"", "serviceaccounts", "ServiceAccount", false, Scope::kNamespaced, {"sa"}, {"token"}},
    {"", "services", "Service", kWithStatus, Scope::kNamespaced, {"svc"}, {}, {"all"}},
    {"admissionregistration.k8s.io",
     "mutatingwebhookconfigurations",
     "MutatingWebhookConfiguration",
     false,
     Scope::kCluster,
     {},
     {},
     {"api-extensions"}},
    {"admissionregistration.k8s.io",
     "validatingwebhookconfigurations",
     "ValidatingWebhookConfiguration",
     false,
     Scope::kCluster,
     {},
     {},
     {"api-extensions"}},
    {"apiextensions.k8s.io",
     "customresourcedefinitions",
     "CustomResourceDefinition",
     kWithStatus,
     Scope::kCluster,
     {"crd", "crds"},
     {},
     {"api-extensions"}},
    {"apps", "controllerrevisions", "ControllerRevision"},
    {"apps", "daemonsets", "DaemonSet", kWithStatus, Scope::kNamespaced, {"ds"}, {}, {"all"}},
    {"apps",
     "deployments",
     "Deployment",
     kWithStatus,
     Scope::kNamespaced,
     {"deploy"},
     {"scale"},
     {"all"}},
    {"apps",
     "replicasets",
     "ReplicaSet",
     kWithStatus,
     Scope::kNamespaced,
     {"rs"},
     {"scale"},
     {"all"}},
    {"apps",
     "statefulsets",
     "StatefulSet",
     kWithStatus,
     Scope::kNamespaced,
     {"sts"},
     {"scale"},
     {"all"}},
    {"autoscaling",
     "horizontalpodautoscalers",
     "HorizontalPodAutoscaler",
     kWithStatus,
     Scope::kNamespaced,
     {"hpa"},
     {},
     {"all"},
     "v2"},
    {"batch", "cronjobs", "CronJob", kWithStatus, Scope::kNamespaced, {"cj"}, {}, {"all"}},
    {"batch", "jobs", "Job", kWithStatus, Scope::kNamespaced, {}, {}, {"all"}},
    {"coordination.k8s.io", "leases", "Lease"},
    {"discovery.k8s.io", "endpointslices", "EndpointSlice"},
    {"events.k8s.io", "events", "Event", false, Scope::kNamespaced, {"ev"}},
    {"networking.k8s.io", "ingressclasses", "IngressClass", false, Scope::kCluster},
    {"networking.k8s.io", "ingresses", "Ingress", kWithStatus, Scope::kNamespaced, {"ing"}},
    {"networking.k8s.io",
     "networkpolicies",
     "NetworkPolicy",
     false,
     Scope::kNamespaced,
     {"netpol"}},
    {"policy",
     "poddisruptionbudgets",
     "PodDisruptionBudget",
     kWithStatus,
     Scope::kNamespaced,
     {"pdb"}},
    {"rbac.authorization.k8s.io", "clusterrolebindings", "ClusterRoleBinding", false,
     Scope::kCluster},
    {"rbac.authorization.k8s.io", "clusterroles", "ClusterRole", false, Scope::kCluster},
    {"rbac.authorization.k8s.io", "rolebindings", "RoleBinding"},
    {"rbac.authorization.k8s.io", "roles", "Role"},
    {"scheduling.k8s.io", "priorityclasses", "PriorityClass", false, Scope::kCluster, {"pc"}},
    {"storage.k8s.io", "storageclasses", "StorageClass", false, Scope::kCluster, {"sc"}},
};

// Answered and forgotten.
const std::vector<BuiltIn> kReviews = {
    {"authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview", false, Scope::kCluster},
    {"authentication.k8s.io", "tokenreviews", "TokenReview", false, Scope::kCluster},
    {"authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview"},
    {"authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false,
     Scope::kCluster},
    {"authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false,
     Scope::kCluster},
    {"authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview", false, Scope::kCluster},
};

// Measured when asked for.
const std::vector<BuiltIn> kMetrics = {
    {"metrics.k8s.io", "nodes", "NodeMetrics", false, Scope::kCluster, {}, {}, {}, "v1beta1"},
    {"metrics.k8s.io", "pods", "PodMetrics", false, Scope::kNamespaced, {}, {}, {}, "v1beta1"},
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

ServedResource served(const BuiltIn& kind) {
  ServedResource made;
  made.resource = {kind.group, kind.version, kind.plural, kind.kind, kind.scope};
  made.singular = lower(kind.kind);
  made.list_kind = std::string(kind.kind) + "List";
  made.short_names = kind.short_names;
  made.categories = kind.categories;
  made.verbs = kAllVerbs;
  made.subresources = kind.subresources;
  if (kind.with_status) made.subresources.emplace_back("status");
  made.has_spec_status = kind.with_status;
  // Source: Kubernetes' NewNamespace storage: they go one by one.
  if (made.resource.plural == "namespaces") std::erase(made.verbs, "deletecollection");
  made.storage_version = kind.version;
  made.storage = made.resource.group_resource();
  // The same objects under two groups; kept as core/v1 writes them.
  if (made.storage == "events.events.k8s.io") made.storage = "events";
  return made;
}

auto order(const ServedResource& served) {
  return std::tie(served.resource.group, served.resource.version, served.resource.plural);
}

}  // namespace

bool ServedResource::has_subresource(std::string_view name) const {
  return std::find(subresources.begin(), subresources.end(), name) != subresources.end();
}

bool ServedResource::has_verb(std::string_view verb) const {
  return std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
}

Registry::Registry(std::vector<ServedResource> resources) : resources_(std::move(resources)) {
  std::sort(resources_.begin(), resources_.end(),
            [](const auto& a, const auto& b) { return order(a) < order(b); });
}

std::vector<ServedResource> Registry::built_in() {
  std::vector<ServedResource> all;
  for (const BuiltIn& kind : kKinds) all.push_back(served(kind));
  for (const BuiltIn& kind : kReviews) {
    ServedResource review = served(kind);
    review.verbs = {"create"};
    review.stored = false;
    all.push_back(std::move(review));
  }
  for (const BuiltIn& kind : kMetrics) {
    ServedResource metrics = served(kind);
    metrics.verbs = {"get", "list"};
    metrics.stored = false;
    metrics.singular = metrics.resource.plural.substr(0, metrics.resource.plural.size() - 1);
    all.push_back(std::move(metrics));
  }
  return all;
}

const ServedResource* Registry::find(std::string_view group, std::string_view version,
                                     std::string_view plural) const {
  for (const ServedResource& served : resources_) {
    const Resource& resource = served.resource;
    if (resource.plural == plural && resource.version == version && resource.group == group) {
      return &served;
    }
  }
  return nullptr;
}

const ServedResource* Registry::find_kind(std::string_view group, std::string_view version,
                                          std::string_view kind) const {
  for (const ServedResource& served : resources_) {
    const Resource& resource = served.resource;
    if (resource.kind == kind && resource.version == version && resource.group == group) {
      return &served;
    }
  }
  return nullptr;
}

bool Registry::has_group_version(std::string_view group, std::string_view version) const {
  for (const ServedResource& served : resources_) {
    if (served.resource.group == group && served.resource.version == version) return true;
  }
  return false;
}

}  // namespace firesteel::apiserver
