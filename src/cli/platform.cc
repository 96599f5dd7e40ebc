#include "cli/platform.h"

#include <fmt/core.h>

#include "base/check.h"
#include "base/json/yaml.h"
#include "cli/platform_webhook.h"
#include "spark/crd.h"

namespace firesteel::cli {
namespace {

constexpr std::string_view kObjects = R"yaml(
apiVersion: v1
kind: Namespace
metadata:
  name: data-platform
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: spark-operator
  namespace: data-platform
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: spark-operator-spark
  namespace: data-platform
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: spark-operator
rules:
  - apiGroups: [sparkoperator.k8s.io]
    resources: [sparkapplications, scheduledsparkapplications]
    verbs: [get, list, watch, create, update, patch, delete]
  - apiGroups: [sparkoperator.k8s.io]
    resources:
      - sparkapplications/status
      - sparkapplications/finalizers
      - scheduledsparkapplications/status
    verbs: [get, update, patch]
  - apiGroups: [""]
    resources: [pods]
    verbs: [get, list, watch, create, patch, delete, deletecollection]
  - apiGroups: [""]
    resources: [services, configmaps]
    verbs: [get, list, watch, create, update, patch, delete, deletecollection]
  - apiGroups: [""]
    resources: [persistentvolumeclaims]
    verbs: [get, create, delete]
  - apiGroups: [""]
    resources: [resourcequotas]
    verbs: [get, list, watch]
  - apiGroups: [scheduling.k8s.io]
    resources: [priorityclasses]
    verbs: [get, list, watch]
  # To refuse what no node could hold.
  - apiGroups: [""]
    resources: [nodes]
    verbs: [list]
  # Of applications whose configuration holds a secret; never read.
  - apiGroups: [""]
    resources: [secrets]
    verbs: [create, delete]
  - apiGroups: [networking.k8s.io]
    resources: [ingresses, networkpolicies]
    verbs: [get, create, delete]
  - apiGroups: [policy]
    resources: [poddisruptionbudgets]
    verbs: [get, create, delete]
  - apiGroups: [scheduling.volcano.sh]
    resources: [podgroups]
    verbs: [get, create, delete]
  - apiGroups: [""]
    resources: [pods/log]
    verbs: [get]
  - apiGroups: [""]
    resources: [events]
    verbs: [create, patch, update]
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    verbs: [get, create, update, patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: spark-operator
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: spark-operator
subjects:
  - kind: ServiceAccount
    name: spark-operator
    namespace: data-platform
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: spark-operator-spark
  namespace: data-platform
rules:
  - apiGroups: [""]
    resources: [pods, services, configmaps, persistentvolumeclaims]
    verbs: [get, list, watch, create, update, patch, delete, deletecollection]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: spark-operator-spark
  namespace: data-platform
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: spark-operator-spark
subjects:
  - kind: ServiceAccount
    name: spark-operator-spark
    namespace: data-platform
---
apiVersion: v1
kind: Service
metadata:
  name: spark-operator-metrics
  namespace: data-platform
  labels:
    app.kubernetes.io/name: spark-operator
spec:
  selector:
    app.kubernetes.io/name: spark-operator
  ports:
    - name: metrics
      port: 10254
      targetPort: 10254
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: spark-operator
  namespace: data-platform
  labels:
    app.kubernetes.io/name: spark-operator
spec:
  replicas: 1
  strategy:
    type: Recreate
  selector:
    matchLabels:
      app.kubernetes.io/name: spark-operator
  template:
    metadata:
      labels:
        app.kubernetes.io/name: spark-operator
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "10254"
        prometheus.io/path: /metrics
    spec:
      serviceAccountName: spark-operator
      containers:
        - name: spark-operator
          image: firesteel:{version}
          # Pods share the machine's network: the pod's own address, never all of them.
          args:
            - operator
            - --default-service-account=spark-operator-spark
            - --metrics-address=$(POD_IP)
            - --webhook-address=$(POD_IP)
            - --webhook-port=9443
          env:
            - name: POD_IP
              valueFrom:
                fieldRef:
                  fieldPath: status.podIP
            - name: POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
            - name: POD_NAMESPACE
              valueFrom:
                fieldRef:
                  fieldPath: metadata.namespace
          ports:
            - name: metrics
              containerPort: 10254
            - name: webhook
              containerPort: 9443
          resources:
            requests:
              cpu: 100m
              memory: 300Mi
            limits:
              cpu: 200m
              memory: 512Mi
)yaml";

std::string with_version(std::string_view version) {
  std::string text(kObjects);
  constexpr std::string_view kPlace = "{version}";
  text.replace(text.find(kPlace), kPlace.size(), version);
  return text;
}

}  // namespace

std::vector<json::Value> platform_objects(std::string_view version) {
  std::vector<json::Value> objects;
  objects.push_back(spark::spark_application_crd());
  objects.push_back(spark::scheduled_spark_application_crd());
  auto documents = json::parse_yaml(with_version(version));
  ASSERT(documents.has_value(), "the platform's own manifests are valid YAML");
  for (json::YamlDocument& document : *documents) objects.push_back(std::move(document.value));
  for (json::Value& object : webhook_objects()) objects.push_back(std::move(object));
  return objects;
}

}  // namespace firesteel::cli
