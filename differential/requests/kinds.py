"""The built-in kinds in use: what is filled in, what is refused."""
from steps import Sequence, delete, get, patch, pod, post, put

CORE = "/api/v1/namespaces/$ns"
APPS = "/apis/apps/v1/namespaces/$ns"
BATCH = "/apis/batch/v1/namespaces/$ns"


def template(labels=None, **spec):
    return {"metadata": {"labels": labels or {"app": "x"}},
            "spec": {"schedulerName": "nobody", "containers": [{"name": "main", "image": "example.test/x:1"}], **spec}}


RICH = [{"name": "main", "image": "example.test/x", "command": ["a"], "args": ["b"],
         "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                 {"name": "C", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
         "resources": {"limits": {"cpu": "0.5", "memory": "1024Mi"}},
         "ports": [{"containerPort": 80}], "volumeMounts": [{"name": "v", "mountPath": "/v"}],
         "livenessProbe": {"httpGet": {"port": 80}}}]

PODS = Sequence("pods", [
    post("plain", f"{CORE}/pods", pod("plain")),
    post("rich", f"{CORE}/pods", pod("rich", RICH, volumes=[
        {"name": "v", "configMap": {"name": "c"}}, {"name": "e", "emptyDir": {}}, {"name": "s", "secret": {"secretName": "s"}},
        {"name": "p", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}, {"downwardAPI": {"items": [
            {"path": "l", "fieldRef": {"fieldPath": "metadata.labels"}}]}}]}}, {"name": "h", "hostPath": {"path": "/x"}}],
        initContainers=[{"name": "i", "image": "example.test/i:latest"}])),
    post("no containers", f"{CORE}/pods", {"metadata": {"name": "none"}, "spec": {"containers": []}}),
    post("no spec", f"{CORE}/pods", {"metadata": {"name": "none"}}),
    post("no image", f"{CORE}/pods", pod("none", [{"name": "a"}])),
    post("no container name", f"{CORE}/pods", pod("none", [{"image": "a"}])),
    post("same names", f"{CORE}/pods", pod("none", [{"name": "a", "image": "a"}, {"name": "a", "image": "a"}])),
    post("unknown volume", f"{CORE}/pods", pod("none", [
        {"name": "a", "image": "a", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}])),
    post("bad restart policy", f"{CORE}/pods", pod("none", restartPolicy="Sometimes")),
    post("bad quantity", f"{CORE}/pods", pod("none", [
        {"name": "a", "image": "a", "resources": {"limits": {"cpu": "many"}}}]), compare="code"),
    post("request over limit", f"{CORE}/pods", pod("none", [
        {"name": "a", "image": "a", "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}}])),
    post("negative quantity", f"{CORE}/pods", pod("none", [
        {"name": "a", "image": "a", "resources": {"limits": {"cpu": "-1"}}}]), compare="code"),
    post("missing account", f"{CORE}/pods", pod("none", serviceAccountName="nobody")),
    post("bad image policy", f"{CORE}/pods", pod("none", [{"name": "a", "image": "a", "imagePullPolicy": "Perhaps"}])),
    post("bad port", f"{CORE}/pods", pod("none", [{"name": "a", "image": "a", "ports": [{"containerPort": 70000}]}])),
    post("bad environment", f"{CORE}/pods", pod("none", [{"name": "a", "image": "a", "env": [{"name": "a=b"}]}])),
    patch("label", f"{CORE}/pods/plain", {"metadata": {"labels": {"b": "c"}}}),
    patch("image", f"{CORE}/pods/plain", {"spec": {"containers": [{"name": "main", "image": "example.test/x:2"}]}},
          "application/strategic-merge-patch+json"),
    patch("node name", f"{CORE}/pods/plain", {"spec": {"nodeName": "n"}}, compare="code"),
    patch("status", f"{CORE}/pods/plain/status", {"status": {"phase": "Running", "podIP": "10.1.2.3"}},
          ignore=("body.status.podIPs",)),
    patch("status by main", f"{CORE}/pods/plain", {"status": {"phase": "Failed"}}),
    post("bind", f"{CORE}/pods/rich/binding", {"metadata": {"name": "rich"}, "target": {"kind": "Node", "name": "none"}}),
    post("bind again", f"{CORE}/pods/rich/binding",
         {"metadata": {"name": "rich"}, "target": {"kind": "Node", "name": "other"}}),
    get("bound", f"{CORE}/pods/rich"),
    delete("delete now", f"{CORE}/pods/rich?gracePeriodSeconds=0"),
    delete("delete unbound", f"{CORE}/pods/plain"),
    get("gone", f"{CORE}/pods/plain"),
])

SERVICES = Sequence("services", [
    post("cluster address", f"{CORE}/services", {"metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}}),
    post("headless", f"{CORE}/services", {"metadata": {"name": "h"}, "spec": {
        "clusterIP": "None", "selector": {"a": "b"}, "ports": [{"name": "x", "port": 7078, "targetPort": 7078}]}}),
    post("node port", f"{CORE}/services", {"metadata": {"name": "n"}, "spec": {
        "type": "NodePort", "ports": [{"port": 80, "targetPort": "http"}]}}),
    post("external name", f"{CORE}/services", {"metadata": {"name": "e"}, "spec": {
        "type": "ExternalName", "externalName": "example.test"}}),
    post("no ports", f"{CORE}/services", {"metadata": {"name": "x"}, "spec": {}}),
    post("bad port", f"{CORE}/services", {"metadata": {"name": "x"}, "spec": {"ports": [{"port": 0}]}}),
    post("unnamed ports", f"{CORE}/services", {"metadata": {"name": "x"}, "spec": {"ports": [{"port": 1}, {"port": 2}]}}),
    post("bad type", f"{CORE}/services", {"metadata": {"name": "x"}, "spec": {"type": "Odd", "ports": [{"port": 1}]}}),
    patch("add port", f"{CORE}/services/a", {"spec": {"ports": [{"name": "two", "port": 81}]}},
          "application/strategic-merge-patch+json"),
    patch("change address", f"{CORE}/services/a", {"spec": {"clusterIP": "10.96.1.1", "clusterIPs": ["10.96.1.1"]}},
          compare="code"),
    get("kubernetes", "/api/v1/namespaces/default/services/kubernetes"),
    delete("delete", f"{CORE}/services/a"),
])

WORKLOADS = Sequence("workloads", [
    post("deployment", f"{APPS}/deployments", {"metadata": {"name": "d"}, "spec": {
        "replicas": 0, "selector": {"matchLabels": {"app": "x"}}, "template": template()}}),
    post("no selector", f"{APPS}/deployments", {"metadata": {"name": "x"}, "spec": {"template": template()}}),
    post("selector does not match", f"{APPS}/deployments", {"metadata": {"name": "x"}, "spec": {
        "selector": {"matchLabels": {"app": "y"}}, "template": template()}}),
    post("never restarts", f"{APPS}/deployments", {"metadata": {"name": "x"}, "spec": {
        "selector": {"matchLabels": {"app": "x"}}, "template": template(restartPolicy="Never")}}),
    patch("selector", f"{APPS}/deployments/d", {"spec": {"selector": {"matchLabels": {"app": "z"}}}}, compare="code"),
    get("scale", f"{APPS}/deployments/d/scale", ignore=("body.status", "body.metadata.resourceVersion")),
    post("replica set", f"{APPS}/replicasets", {"metadata": {"name": "r"}, "spec": {
        "replicas": 0, "selector": {"matchLabels": {"app": "x"}}, "template": template()}}),
    post("stateful set", f"{APPS}/statefulsets", {"metadata": {"name": "s"}, "spec": {
        "replicas": 0, "serviceName": "s", "selector": {"matchLabels": {"app": "x"}}, "template": template()}}),
    post("job", f"{BATCH}/jobs", {"metadata": {"name": "j"}, "spec": {
        "suspend": True, "template": {"spec": template(restartPolicy="Never")["spec"]}}}),
    post("job always restarts", f"{BATCH}/jobs", {"metadata": {"name": "x"}, "spec": {"template": template()}}),
    post("cron job", f"{BATCH}/cronjobs", {"metadata": {"name": "c"}, "spec": {
        "schedule": "@daily", "suspend": True,
        "jobTemplate": {"spec": {"template": template(restartPolicy="Never")}}}}),
    post("bad schedule", f"{BATCH}/cronjobs", {"metadata": {"name": "x"}, "spec": {
        "schedule": "now and then", "jobTemplate": {"spec": {"template": template(restartPolicy="Never")}}}},
        compare="code"),
])

OTHERS = Sequence("others", [
    post("secret", f"{CORE}/secrets", {"metadata": {"name": "s"}, "stringData": {"a": "b"}, "data": {"c": "ZA=="}}),
    post("bad secret", f"{CORE}/secrets", {"metadata": {"name": "x"}, "data": {"c": "not base64!"}}, compare="code"),
    patch("secret type", f"{CORE}/secrets/s", {"type": "other"}),
    post("docker secret", f"{CORE}/secrets", {"metadata": {"name": "x"}, "type": "kubernetes.io/dockerconfigjson"}),
    post("account", f"{CORE}/serviceaccounts", {"metadata": {"name": "a"}}),
    post("immutable", f"{CORE}/configmaps", {"metadata": {"name": "i"}, "data": {"a": "b"}, "immutable": True}),
    patch("change immutable", f"{CORE}/configmaps/i", {"data": {"a": "c"}}),
    patch("make mutable", f"{CORE}/configmaps/i", {"immutable": False}),
    post("claim", f"{CORE}/persistentvolumeclaims", {"metadata": {"name": "c"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "none", "resources": {"requests": {"storage": "1Gi"}}}}),
    post("empty claim", f"{CORE}/persistentvolumeclaims", {"metadata": {"name": "x"}, "spec": {}}),
    post("lease", "/apis/coordination.k8s.io/v1/namespaces/$ns/leases", {"metadata": {"name": "l"}, "spec": {
        "holderIdentity": "me", "leaseDurationSeconds": 15, "renewTime": "2026-01-01T00:00:00.000000Z"}}),
    post("event", f"{CORE}/events", {"metadata": {"name": "e"}, "reason": "Because", "message": "m", "type": "Normal",
                                     "involvedObject": {"kind": "Pod", "name": "p", "namespace": "$ns"}}),
    get("event by object", f"{CORE}/events?fieldSelector=involvedObject.name%3Dp,reason%3DBecause"),
    get("new event", "/apis/events.k8s.io/v1/namespaces/$ns/events/e"),
    post("event elsewhere", f"{CORE}/events", {"metadata": {"name": "f"}, "involvedObject": {"namespace": "default"}}),
    post("role", "/apis/rbac.authorization.k8s.io/v1/namespaces/$ns/roles", {"metadata": {"name": "r"}, "rules": [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
    post("role without verbs", "/apis/rbac.authorization.k8s.io/v1/namespaces/$ns/roles",
         {"metadata": {"name": "x"}, "rules": [{"apiGroups": [""], "resources": ["pods"]}]}),
    post("binding", "/apis/rbac.authorization.k8s.io/v1/namespaces/$ns/rolebindings", {
        "metadata": {"name": "b"}, "roleRef": {"kind": "Role", "name": "r", "apiGroup": "rbac.authorization.k8s.io"},
        "subjects": [{"kind": "ServiceAccount", "name": "a"}]}),
    post("binding of user", "/apis/rbac.authorization.k8s.io/v1/namespaces/$ns/rolebindings", {
        "metadata": {"name": "u"}, "roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "User", "name": "a"}]}),
    patch("change role", "/apis/rbac.authorization.k8s.io/v1/namespaces/$ns/rolebindings/u",
          {"roleRef": {"kind": "Role", "name": "other", "apiGroup": "rbac.authorization.k8s.io"}}, compare="code"),
    post("quota", f"{CORE}/resourcequotas", {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "100"}}},
         ignore=("body.status",)),
    post("limits", f"{CORE}/limitranges", {"metadata": {"name": "l"}, "spec": {"limits": [
        {"type": "Container", "default": {"cpu": "1"}}]}}),
    post("disruption", "/apis/policy/v1/namespaces/$ns/poddisruptionbudgets", {"metadata": {"name": "p"}, "spec": {
        "minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}}),
    post("policy", "/apis/networking.k8s.io/v1/namespaces/$ns/networkpolicies", {"metadata": {"name": "p"}, "spec": {
        "podSelector": {}}}),
    post("ingress", "/apis/networking.k8s.io/v1/namespaces/$ns/ingresses", {"metadata": {"name": "i"}, "spec": {
        "rules": [{"host": "x.test", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {
            "service": {"name": "a", "port": {"number": 80}}}}]}}]}}),
    post("priority", "/apis/scheduling.k8s.io/v1/priorityclasses", {"metadata": {"name": "high"}, "value": 1000}),
    delete("no priority", "/apis/scheduling.k8s.io/v1/priorityclasses/high"),
])

SEQUENCES = [PODS, SERVICES, WORKLOADS, OTHERS]
