// The ClusterRoles of a fresh cluster (declared in bootstrap.h). Source: kube-apiserver's
// plugin/pkg/auth/authorizer/rbac/bootstrappolicy, limited to the groups that are served here.
#include <boost/json/array.hpp>

#include "apiserver/bootstrap.h"

namespace firesteel::apiserver {
namespace {

constexpr std::string_view kRead = "get list watch";
constexpr std::string_view kWrite = "create delete deletecollection patch update";
constexpr std::string_view kAll = "*";

// "get list" to ["get", "list"]; "core" stands for the group "".
json::Array words(std::string_view text) {
  json::Array out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!word.empty()) out.emplace_back(word == "core" ? std::string_view() : word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

json::Value rule(std::string_view verbs, std::string_view groups, std::string_view resources,
                 std::string_view names = {}) {
  json::Object out{
      {"apiGroups", words(groups)}, {"resources", words(resources)}, {"verbs", words(verbs)}};
  if (!names.empty()) out["resourceNames"] = words(names);
  return out;
}

json::Value urls(std::string_view verbs, std::string_view paths) {
  return json::Object{{"nonResourceURLs", words(paths)}, {"verbs", words(verbs)}};
}

json::Value role(std::string_view name, json::Array rules, json::Object labels = {}) {
  labels["kubernetes.io/bootstrapping"] = "rbac-defaults";
  json::Object metadata{{"name", name},
                        {"annotations", {{"rbac.authorization.kubernetes.io/autoupdate", "true"}}},
                        {"labels", std::move(labels)}};
  return json::Object{{"apiVersion", "rbac.authorization.k8s.io/v1"},
                      {"kind", "ClusterRole"},
                      {"metadata", std::move(metadata)},
                      {"rules", std::move(rules)}};
}

std::string aggregation_label(std::string_view to) {
  return fmt::format("rbac.authorization.k8s.io/aggregate-to-{}", to);
}

// A role that gathers the rules of all roles labelled aggregate-to-NAME.
json::Value aggregated(std::string_view name, json::Object labels = {}) {
  json::Value out = role(name, {}, std::move(labels));
  json::Object match{{aggregation_label(name), "true"}};
  json::Array selectors{json::Object{{"matchLabels", std::move(match)}}};
  out.get_object()["aggregationRule"] =
      json::Object{{"clusterRoleSelectors", std::move(selectors)}};
  return out;
}

json::Value aggregated_to(std::string_view to, json::Array rules) {
  return role(fmt::format("system:aggregate-to-{}", to), std::move(rules),
              {{aggregation_label(to), "true"}});
}

constexpr std::string_view kWorkloads =
    "daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets "
    "statefulsets/scale";

json::Array view_rules() {
  return {
      rule(kRead, "core",
           "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods "
           "replicationcontrollers replicationcontrollers/scale serviceaccounts services "
           "services/status bindings events limitranges namespaces/status pods/log pods/status "
           "replicationcontrollers/status resourcequotas resourcequotas/status namespaces"),
      rule(kRead, "discovery.k8s.io", "endpointslices"),
      rule(kRead, "apps",
           "controllerrevisions daemonsets daemonsets/status deployments deployments/scale "
           "deployments/status replicasets replicasets/scale replicasets/status statefulsets "
           "statefulsets/scale statefulsets/status"),
      rule(kRead, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
      rule(kRead, "batch", "cronjobs cronjobs/status jobs jobs/status"),
      rule(kRead, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
      rule(kRead, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
  };
}

json::Array edit_rules() {
  return {
      rule(kRead, "core",
           "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
      rule("impersonate", "core", "serviceaccounts"),
      rule(kWrite, "core", "pods pods/attach pods/exec pods/portforward pods/proxy"),
      rule("create", "core", "pods/eviction"),
      rule(kWrite, "core",
           "configmaps events persistentvolumeclaims replicationcontrollers "
           "replicationcontrollers/scale secrets serviceaccounts services services/proxy"),
      rule("create", "core", "serviceaccounts/token"),
      rule(kWrite, "apps", kWorkloads),
      rule("create delete deletecollection get list patch update watch", "coordination.k8s.io",
           "leases"),
      rule(kWrite, "autoscaling", "horizontalpodautoscalers"),
      rule(kWrite, "batch", "cronjobs jobs"),
      rule(kWrite, "policy", "poddisruptionbudgets"),
      rule(kWrite, "networking.k8s.io", "ingresses networkpolicies"),
  };
}

json::Array admin_rules() {
  return {
      rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
      rule("create delete deletecollection get list patch update watch",
           "rbac.authorization.k8s.io", "roles rolebindings"),
  };
}

constexpr std::string_view kEvents = "create patch update";

// A node reads what its pods need and writes its own Node, its pods' status, its Lease.
// (kube-apiserver narrows this further to the objects of the node's own pods by the node
// authorizer; with one node on one machine that is all.)
json::Array node_rules() {
  return {
      rule("create", "authentication.k8s.io", "tokenreviews"),
      rule("create", "authorization.k8s.io", "subjectaccessreviews localsubjectaccessreviews"),
      rule(kRead, "core", "services endpoints namespaces"),
      rule(kRead, "discovery.k8s.io", "endpointslices"),
      rule("create get list watch patch update delete", "core", "nodes"),
      rule("patch update", "core", "nodes/status"),
      rule(kEvents, "core", "events"),
      rule(kEvents, "events.k8s.io", "events"),
      rule("get list watch create delete", "core", "pods"),
      rule("patch update", "core", "pods/status"),
      rule("create", "core", "pods/eviction"),
      rule(kRead, "core", "secrets configmaps serviceaccounts"),
      rule(kRead, "core", "persistentvolumeclaims persistentvolumes"),
      rule("create", "core", "serviceaccounts/token"),
      rule("create delete get patch update list watch", "coordination.k8s.io", "leases"),
      rule(kRead, "scheduling.k8s.io", "priorityclasses"),
      rule(kRead, "storage.k8s.io", "storageclasses"),
  };
}

json::Array scheduler_rules() {
  return {
      rule(kEvents, "core", "events"),
      rule(kEvents, "events.k8s.io", "events"),
      rule("create get list watch patch update", "coordination.k8s.io", "leases"),
      rule(kRead, "core",
           "nodes pods namespaces services replicationcontrollers persistentvolumeclaims "
           "persistentvolumes"),
      rule("delete", "core", "pods"),
      rule("create", "core", "bindings pods/binding"),
      rule("patch update", "core", "pods/status"),
      rule(kRead, "apps", "replicasets statefulsets"),
      rule(kRead, "policy", "poddisruptionbudgets"),
      rule(kRead, "storage.k8s.io", "storageclasses"),
      rule(kRead, "scheduling.k8s.io", "priorityclasses"),
      rule("create", "authentication.k8s.io", "tokenreviews"),
      rule("create", "authorization.k8s.io", "subjectaccessreviews"),
  };
}

// Garbage collection and namespace deletion meet every kind, custom ones too: reading, patching and
// deleting anything, as Kubernetes' generic-garbage-collector and namespace-controller roles
// together. Creating stays by the list.
json::Array controller_rules() {
  return {
      rule("get list watch patch update delete deletecollection", kAll, kAll),
      rule("create", "core",
           "configmaps endpoints events namespaces persistentvolumeclaims persistentvolumes pods "
           "secrets serviceaccounts serviceaccounts/token pods/eviction pods/binding"),
      rule("create", "events.k8s.io", "events"),
      rule("create", "apps", "controllerrevisions replicasets"),
      rule("create", "batch", "jobs"),
      rule("create", "coordination.k8s.io", "leases"),
      rule("create", "discovery.k8s.io", "endpointslices"),
      rule("create", "authentication.k8s.io", "tokenreviews"),
      rule("create", "authorization.k8s.io", "subjectaccessreviews"),
      urls("get", "*"),
  };
}

constexpr std::string_view kDiscoveryPaths =
    "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/";

}  // namespace

std::vector<json::Value> bootstrap_cluster_roles() {
  std::vector<json::Value> roles;
  roles.push_back(role("cluster-admin", {rule(kAll, kAll, kAll), urls(kAll, kAll)}));
  roles.push_back(aggregated("admin"));
  // edit includes view, admin includes edit: each carries the label of the next.
  roles.push_back(aggregated("edit", {{aggregation_label("admin"), "true"}}));
  roles.push_back(aggregated("view", {{aggregation_label("edit"), "true"}}));
  roles.push_back(aggregated_to("admin", admin_rules()));
  roles.push_back(aggregated_to("edit", edit_rules()));
  roles.push_back(aggregated_to("view", view_rules()));
  roles.push_back(role("system:discovery", {urls("get", kDiscoveryPaths)}));
  roles.push_back(role(
      "system:basic-user",
      {rule("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
       rule("create", "authentication.k8s.io", "selfsubjectreviews")}));
  roles.push_back(role("system:public-info-viewer",
                       {urls("get",
                             "/healthz /healthz/* /livez /livez/* /readyz /readyz/* /version "
                             "/version/")}));
  roles.push_back(role("system:monitoring",
                       {urls("get",
                             "/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz "
                             "/readyz/*")}));
  roles.push_back(role("system:node", node_rules()));
  roles.push_back(role("system:kube-scheduler", scheduler_rules()));
  roles.push_back(role("system:kube-controller-manager", controller_rules()));
  roles.push_back(role("system:auth-delegator",
                       {rule("create", "authentication.k8s.io", "tokenreviews"),
                        rule("create", "authorization.k8s.io", "subjectaccessreviews")}));
  roles.push_back(role("system:service-account-issuer-discovery",
                       {urls("get",
                             "/.well-known/openid-configuration "
                             "/.well-known/openid-configuration/ /openid/v1/jwks "
                             "/openid/v1/jwks/")}));
  return roles;
}

}  // namespace firesteel::apiserver
