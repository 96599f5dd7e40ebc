#include "cluster/namespaces.h"

#include "kube/object.h"

namespace firesteel::cluster {

json::Value default_service_account(std::string_view space) {
  json::Value account = {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}};
  json::Object& metadata = json::make_object(account, {"metadata"});
  metadata["name"] = kDefaultServiceAccount;
  metadata["namespace"] = space;
  return account;
}

json::Value root_ca_config_map(std::string_view space, std::string_view ca_pem) {
  json::Value map = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}};
  json::Object& metadata = json::make_object(map, {"metadata"});
  metadata["name"] = kRootCaConfigMap;
  metadata["namespace"] = space;
  metadata["annotations"] = json::Object{
      {"kubernetes.io/description",
       "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
       "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is "
       "guaranteed across distributions of Kubernetes clusters."}};
  json::make_object(map, {"data"})["ca.crt"] = ca_pem;
  return map;
}

NamespaceStep decide_namespace(const json::Value& object, std::size_t content) {
  if (!kube::is_deleting(object)) return NamespaceStep::kProvide;
  if (content > 0) return NamespaceStep::kEmpty;
  // Without finalizers of its own it goes by itself, once metadata.finalizers are dealt with by
  // their owners.
  return json::array_at(object, {"spec", "finalizers"}).empty() ? NamespaceStep::kWait
                                                                : NamespaceStep::kFinalize;
}

json::Value finalized(const json::Value& object) {
  json::Value changed = object;
  json::Array left;
  for (const json::Value& one : json::array_at(object, {"spec", "finalizers"})) {
    if (one != "kubernetes") left.push_back(one);
  }
  json::make_object(changed, {"spec"})["finalizers"] = std::move(left);
  return changed;
}

}  // namespace firesteel::cluster
