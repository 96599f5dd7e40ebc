"""What Spark's driver (fabric8) and Airflow's provider send: reference/spark-submission.md 5, airflow.md 7."""
from steps import (JSON_PATCH, STRATEGIC, Sequence, apply, config_map, delete, get, patch, pod, post, put, watch)

CORE = "/api/v1/namespaces/$ns"
PODS = f"{CORE}/pods"
APP = {"spark-app-selector": "spark-1", "spark-role": "executor"}
EXECUTORS = "labelSelector=spark-app-selector%3Dspark-1%2Cspark-role%3Dexecutor"
FABRIC8 = {"User-Agent": "fabric8-kubernetes-client/7.1.0"}
PYTHON = {"User-Agent": "OpenAPI-Generator/36.0.3/python"}


def executor(number):
    made = pod(f"spark-exec-{number}", restartPolicy="Never")
    made["metadata"]["labels"] = {**APP, "spark-exec-id": str(number)}
    made["metadata"]["ownerReferences"] = [{"apiVersion": "v1", "kind": "Pod", "name": "driver", "uid": "$driver",
                                            "controller": True}]
    return made


SPARK = Sequence("spark", [
    post("submit driver", PODS, pod("driver", restartPolicy="Never"), headers=FABRIC8, remember={"driver": "metadata.uid"}),
    apply("submit service", f"{CORE}/services/driver-svc", {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "driver-svc", "labels": {"spark-app-selector": "spark-1"},
                                                            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod",
                                                                                 "name": "driver", "uid": "$driver",
                                                                                 "controller": True}]},
        "spec": {"clusterIP": "None", "ipFamilyPolicy": "SingleStack", "selector": APP, "ports": [
            {"name": "driver-rpc-port", "port": 7078, "targetPort": 7078},
            {"name": "blockmanager", "port": 7079, "targetPort": 7079}]}}, "fabric8", True, headers=FABRIC8),
    apply("submit properties", f"{CORE}/configmaps/spark-drv-conf-map", {
        "apiVersion": "v1", "kind": "ConfigMap", "immutable": True, "metadata": {"name": "spark-drv-conf-map"},
        "data": {"spark.properties": "a=b\n"}}, "fabric8", True, headers=FABRIC8),
    apply("submit properties again", f"{CORE}/configmaps/spark-drv-conf-map", {
        "apiVersion": "v1", "kind": "ConfigMap", "immutable": True, "metadata": {"name": "spark-drv-conf-map"},
        "data": {"spark.properties": "a=b\n"}}, "fabric8", True, headers=FABRIC8),
    get("own pod", f"{PODS}/driver", headers=FABRIC8),
    get("own pod missing", f"{PODS}/other", headers=FABRIC8),
    get("own pod by field", f"{PODS}?fieldSelector=metadata.name%3Ddriver", headers=FABRIC8,
        remember={"rv": "metadata.resourceVersion"}),
    get("own pod by field at zero", f"{PODS}?fieldSelector=metadata.name%3Ddriver&resourceVersion=0", headers=FABRIC8),
    watch("ready", f"{PODS}?fieldSelector=metadata.name%3Ddriver&resourceVersion=$rv&timeoutSeconds=1&watch=true"
                   "&allowWatchBookmarks=true", headers=FABRIC8),
    get("claims", f"{CORE}/persistentvolumeclaims?labelSelector=spark-app-selector%3Dspark-1", headers=FABRIC8),
    post("properties of executors", f"{CORE}/configmaps", {
        **config_map("spark-exec-conf-map", labels=APP), "immutable": True}, headers=FABRIC8),
    post("executor 1", PODS, executor(1), headers=FABRIC8),
    post("executor 2", PODS, executor(2), headers=FABRIC8),
    watch("executors", f"{PODS}?{EXECUTORS}&allowWatchBookmarks=true&watch=true&timeoutSeconds=1", headers=FABRIC8),
    get("poll", f"{PODS}?{EXECUTORS}%2Cspark-exec-inactive%21%3Dtrue&resourceVersion=0", headers=FABRIC8),
    patch("inactive", f"{PODS}/spark-exec-1", [{"op": "add", "path": "/metadata/labels/spark-exec-inactive", "value": "true"}],
          JSON_PATCH, headers=FABRIC8),
    get("by ids", f"{PODS}?fieldSelector=status.phase%3DPending&{EXECUTORS}%2Cspark-exec-id%20in%20%281%2C2%29", headers=FABRIC8),
    patch("decommission with lock", f"{PODS}/spark-exec-2", [
        {"op": "add", "path": "/metadata/labels/gone", "value": "true"},
        {"op": "add", "path": "/metadata/resourceVersion", "value": "1"}], JSON_PATCH, headers=FABRIC8),
    delete("executor ended", f"{PODS}/spark-exec-1", {"apiVersion": "v1", "kind": "DeleteOptions",
                                                      "propagationPolicy": "Background"}, headers=FABRIC8),
    delete("stop services", f"{CORE}/services?labelSelector=spark-app-selector%3Dspark-1",
           {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}, headers=FABRIC8, compare="code"),
    delete("stop claims", f"{CORE}/persistentvolumeclaims?labelSelector=spark-app-selector%3Dspark-1",
           {"apiVersion": "v1", "kind": "DeleteOptions"}, headers=FABRIC8),
    delete("stop executors", f"{PODS}?{EXECUTORS}", {"apiVersion": "v1", "kind": "DeleteOptions"}, headers=FABRIC8,
           compare="code"),
    delete("stop properties", f"{CORE}/configmaps?{EXECUTORS}", {"apiVersion": "v1", "kind": "DeleteOptions"}, headers=FABRIC8),
    get("services gone", f"{CORE}/services?labelSelector=spark-app-selector%3Dspark-1", headers=FABRIC8),
    get("executors gone", f"{PODS}?{EXECUTORS}", headers=FABRIC8),
])

QUERY = ("fieldSelector=status.phase!%3DFailed,status.phase!%3DUnknown&labelSelector=dag_id%3Dd,run_id%3Dr,"
         "spark_kubernetes_operator%3DTrue,task_id%3Dt,already_checked!%3DTrue,!airflow-worker,spark-role%3Ddriver")
LABELLED = pod("airflow-driver")
LABELLED["metadata"]["labels"] = {"dag_id": "d", "run_id": "r", "task_id": "t", "spark_kubernetes_operator": "True",
                                  "spark-role": "driver"}

AIRFLOW = Sequence("airflow", [
    get("pods before", f"{PODS}?{QUERY}", headers={**PYTHON, "Content-Type": "application/json"}),
    post("driver", PODS, LABELLED, headers=PYTHON, remember={"rv": "metadata.resourceVersion", "uid": "metadata.uid"}),
    get("pods after", f"{PODS}?{QUERY}", headers=PYTHON),
    get("driver missing", f"{PODS}/none-driver", headers=PYTHON),
    get("log of a pending pod", f"{PODS}/airflow-driver/log?container=main&follow=False&timestamps=True", headers=PYTHON),
    get("log of other container", f"{PODS}/airflow-driver/log?container=spark-kubernetes-driver&follow=True&timestamps=True",
        headers=PYTHON),
    get("events", f"{CORE}/events?fieldSelector=involvedObject.name%3Dairflow-driver", headers=PYTHON,
        remember={"erv": "metadata.resourceVersion"}),
    get("events not older", f"{CORE}/events?fieldSelector=involvedObject.name%3Dairflow-driver&resourceVersion=$erv"
                            "&resourceVersionMatch=NotOlderThan", headers=PYTHON),
    watch("events watched", f"{CORE}/events?fieldSelector=involvedObject.name%3Dairflow-driver&watch=True&timeoutSeconds=1"
                            "&resourceVersion=$erv", headers=PYTHON),
    patch("whole pod", f"{PODS}/airflow-driver", {
        "apiVersion": "v1", "kind": "Pod", "metadata": {
            "name": "airflow-driver", "namespace": "$ns", "uid": "$uid", "resourceVersion": "$rv",
            "creationTimestamp": "2026-01-01T00:00:00+00:00", "labels": {"already_checked": "True"}},
        "spec": {"containers": [{"name": "main", "image": "example.test/x:1"}]}, "status": {"phase": "Failed"}},
        STRATEGIC, headers=PYTHON, compare="code"),
    get("after patch", f"{PODS}/airflow-driver", headers=PYTHON),
    delete("kill", f"{PODS}/airflow-driver", {}, headers=PYTHON),
    delete("kill again", f"{PODS}/airflow-driver", {"gracePeriodSeconds": 5}, headers=PYTHON),
    get("version", "/version", headers=PYTHON, compare="code"),
])

# A driver asks with the token of its service account, which has a Role of its own.
RULES = [{"apiGroups": [""], "resources": ["pods", "configmaps", "services"], "verbs": ["*"]}]
ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/$ns"
TOKEN = Sequence("driver-token", [
    post("token", f"{CORE}/serviceaccounts/default/token", {"spec": {}}, remember={"token": "status.token"}, compare="code"),
    post("role", f"{ROLES}/roles", {"metadata": {"name": "driver"}, "rules": RULES}),
    post("binding", f"{ROLES}/rolebindings", {
        "metadata": {"name": "driver"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "driver"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "$ns"}]}),
    post("who", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {},
         headers={"Impersonate-User": "system:serviceaccount:$ns:default"}),
    get("bad token", PODS, headers={"Authorization": "Bearer nonsense"}, compare="none"),
    put("lease", "/apis/coordination.k8s.io/v1/namespaces/$ns/leases/x", {"metadata": {"name": "x"}}, compare="code"),
])

SEQUENCES = [SPARK, AIRFLOW, TOKEN]
