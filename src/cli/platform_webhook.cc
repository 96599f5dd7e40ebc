#include "cli/platform_webhook.h"

#include "base/check.h"
#include "base/json/yaml.h"

namespace firesteel::cli {
namespace {

// The operator may read and change what is named here and nothing else of its kind. The embedded
// API server validates applications by itself as well, so a webhook that is not there yet holds
// nobody up: Ignore.
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
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata:
  name: spark-operator-webhook
  labels:
    app.kubernetes.io/name: spark-operator
webhooks:
  - name: mutate-sparkoperator-k8s-io-v1beta2-sparkapplication.sparkoperator.k8s.io
    clientConfig:
      service:
        name: spark-operator-webhook
        namespace: data-platform
        port: 443
        path: /mutate-sparkoperator-k8s-io-v1beta2-sparkapplication
    sideEffects: None
    failurePolicy: Ignore
    timeoutSeconds: 2
    admissionReviewVersions: [v1]
    rules:
      - apiGroups: [sparkoperator.k8s.io]
        apiVersions: [v1beta2]
        resources: [sparkapplications]
        operations: [CREATE, UPDATE]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: spark-operator-webhook
  labels:
    app.kubernetes.io/name: spark-operator
webhooks:
  - name: validate-sparkoperator-k8s-io-v1beta2-sparkapplication.sparkoperator.k8s.io
    clientConfig:
      service:
        name: spark-operator-webhook
        namespace: data-platform
        port: 443
        path: /validate-sparkoperator-k8s-io-v1beta2-sparkapplication
    sideEffects: None
    failurePolicy: Ignore
    timeoutSeconds: 2
    admissionReviewVersions: [v1]
    rules:
      - apiGroups: [sparkoperator.k8s.io]
        apiVersions: [v1beta2]
        resources: [sparkapplications]
        operations: [CREATE, UPDATE]
  - name: validate-sparkoperator-k8s-io-v1beta2-scheduledsparkapplication.sparkoperator.k8s.io
    clientConfig:
      service:
        name: spark-operator-webhook
        namespace: data-platform
        port: 443
        path: /validate-sparkoperator-k8s-io-v1beta2-scheduledsparkapplication
    sideEffects: None
    failurePolicy: Ignore
    timeoutSeconds: 2
    admissionReviewVersions: [v1]
    rules:
      - apiGroups: [sparkoperator.k8s.io]
        apiVersions: [v1beta2]
        resources: [scheduledsparkapplications]
        operations: [CREATE, UPDATE]
)yaml";

}  // namespace

std::vector<json::Value> webhook_objects() {
  std::vector<json::Value> objects;
  auto documents = json::parse_yaml(kObjects);
  ASSERT(documents.has_value(), "the webhook's own manifests are valid YAML");
  for (json::YamlDocument& document : *documents) objects.push_back(std::move(document.value));
  return objects;
}

}  // namespace firesteel::cli
