#include "cli/platform_webhook.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <span>

#include "base/check.h"
#include "base/json/yaml.h"

namespace firesteel::cli {
namespace {

constexpr std::string_view kName = "spark-operator-webhook";
constexpr std::string_view kNamespace = "data-platform";
constexpr std::string_view kGroup = "sparkoperator.k8s.io";

// The operator may read and change what is named here and nothing else of its kind.
constexpr std::string_view kObjects = R"yaml(
apiVersion: v1
kind: Secret
metadata:
  name: spark-operator-webhook-certs
  namespace: data-platform
  labels:
    app.kubernetes.io/name: spark-operator
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: spark-operator-webhook
  namespace: data-platform
rules:
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: [spark-operator-webhook-certs]
    verbs: [get, list, watch, update]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: spark-operator-webhook
  namespace: data-platform
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: spark-operator-webhook
subjects:
  - kind: ServiceAccount
    name: spark-operator
    namespace: data-platform
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: spark-operator-webhook
rules:
  - apiGroups: [admissionregistration.k8s.io]
    resources: [validatingwebhookconfigurations, mutatingwebhookconfigurations]
    resourceNames: [spark-operator-webhook]
    verbs: [get, list, watch, patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: spark-operator-webhook
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: spark-operator-webhook
subjects:
  - kind: ServiceAccount
    name: spark-operator
    namespace: data-platform
---
apiVersion: v1
kind: Service
metadata:
  name: spark-operator-webhook
  namespace: data-platform
  labels:
    app.kubernetes.io/name: spark-operator
spec:
  selector:
    app.kubernetes.io/name: spark-operator
  ports:
    - name: webhook
      port: 443
      targetPort: 9443
)yaml";

// What the operator is asked about: a verb of the webhook's path and a kind in the singular.
struct Question {
  std::string_view verb;
  std::string_view kind;
};
constexpr Question kMutating[] = {{"mutate", "sparkapplication"}};
constexpr Question kValidating[] = {{"validate", "sparkapplication"},
                                    {"validate", "scheduledsparkapplication"}};

// The embedded API server validates applications by itself as well, so a webhook that is not there
// yet holds nobody up: Ignore. Names and paths are those of the Kubeflow operator.
json::Value webhook(const Question& question) {
  const std::string topic =
      fmt::format("{}-sparkoperator-k8s-io-v1beta2-{}", question.verb, question.kind);
  json::Object service{
      {"name", kName}, {"namespace", kNamespace}, {"port", 443}, {"path", "/" + topic}};
  json::Object rule;
  rule["apiGroups"] = json::Array{kGroup};
  rule["apiVersions"] = json::Array{"v1beta2"};
  rule["resources"] = json::Array{fmt::format("{}s", question.kind)};
  rule["operations"] = json::Array{"CREATE", "UPDATE"};
  json::Object made{{"name", fmt::format("{}.{}", topic, kGroup)},
                    {"clientConfig", json::Object{{"service", std::move(service)}}},
                    {"sideEffects", "None"},
                    {"failurePolicy", "Ignore"},
                    {"timeoutSeconds", 2}};
  made["admissionReviewVersions"] = json::Array{"v1"};
  made["rules"].emplace_array().push_back(std::move(rule));
  return made;
}

json::Value configuration(std::string_view kind, std::span<const Question> questions) {
  json::Object labels{{"app.kubernetes.io/name", "spark-operator"}};
  json::Object made{{"apiVersion", "admissionregistration.k8s.io/v1"},
                    {"kind", kind},
                    {"metadata", json::Object{{"name", kName}, {"labels", std::move(labels)}}}};
  json::Array& webhooks = made["webhooks"].emplace_array();
  for (const Question& question : questions) webhooks.push_back(webhook(question));
  return made;
}

}  // namespace

std::vector<json::Value> webhook_objects() {
  std::vector<json::Value> objects;
  auto documents = json::parse_yaml(kObjects);
  ASSERT(documents.has_value(), "the webhook's own manifests are valid YAML");
  for (json::YamlDocument& document : *documents) objects.push_back(std::move(document.value));
  objects.push_back(configuration("MutatingWebhookConfiguration", kMutating));
  objects.push_back(configuration("ValidatingWebhookConfiguration", kValidating));
  return objects;
}

}  // namespace firesteel::cli
