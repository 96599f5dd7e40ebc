"""The four kinds of patch, server-side apply with its conflicts, and what is not a patch."""
from steps import (APPLY, JSON_PATCH, STRATEGIC, Sequence, apply, config_map, delete, get, patch, pod, post, put)

MAPS = "/api/v1/namespaces/$ns/configmaps"
PODS = "/api/v1/namespaces/$ns/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/$ns/deployments"
ONE = f"{MAPS}/one"


def json_patch(name, *operations, **more):
    return patch(name, ONE, list(operations), JSON_PATCH, **more)


def operation(op, path, **more):
    return {"op": op, "path": path, **more}


PATCHES = Sequence("patches", [
    post("create", MAPS, config_map("one"), remember={"rv": "metadata.resourceVersion"}),
    patch("merge", ONE, {"data": {"b": "2", "a": None}, "metadata": {"labels": {"x": "y"}}}),
    patch("merge with old version", ONE, {"metadata": {"resourceVersion": "$rv"}, "data": {"c": "1"}}),
    patch("merge nothing", ONE, {}),
    patch("merge no object", ONE, [1]),
    patch("merge wrong type", ONE, {"data": "text"}, compare="code"),
    patch("merge malformed", ONE, "{", compare="code"),
    patch("merge other name", ONE, {"metadata": {"name": "two"}}),
    patch("merge uid", ONE, {"metadata": {"uid": "x"}}, compare="code"),
    patch("merge missing", f"{MAPS}/none", {"data": {}}),
    json_patch("json add", operation("add", "/data/c", value="3")),
    json_patch("json test and replace", operation("test", "/data/c", value="3"),
               operation("replace", "/data/c", value="4")),
    json_patch("json failed test", operation("test", "/data/c", value="3"), compare="code"),
    json_patch("json remove missing", operation("remove", "/data/zzz"), compare="code"),
    json_patch("json move and copy", operation("move", "/data/c", **{"from": "/data/c"}), compare="code"),
    json_patch("json copy", operation("copy", "/data/d", **{"from": "/data/c"})),
    json_patch("json unknown operation", operation("frobnicate", "/data/d"), compare="code"),
    json_patch("json bad pointer", operation("add", "data", value=1), compare="code"),
    json_patch("json escape", operation("add", "/metadata/annotations", value={}),
               operation("add", "/metadata/annotations/a~1b", value="c")),
    json_patch("json version lock", operation("add", "/metadata/resourceVersion", value="1")),
    patch("json not a list", ONE, {}, JSON_PATCH, compare="code"),
    patch("strategic", ONE, {"data": {"e": "5"}}, STRATEGIC),
    patch("strategic delete directive", ONE, {"data": {"$patch": "replace", "only": "1"}}, STRATEGIC),
    post("pod", PODS, pod("p", [{"name": "a", "image": "example.test/a:1"}, {"name": "b", "image": "example.test/b:1"}])),
    patch("strategic by key", f"{PODS}/p", {"spec": {"containers": [{"name": "b", "image": "example.test/b:2"}]}},
          STRATEGIC),
    patch("strategic finalizers", ONE, {"metadata": {"finalizers": ["a.test/x"]}}, STRATEGIC),
    patch("strategic delete primitive", ONE, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a.test/x"]}},
          STRATEGIC),
    patch("unknown patch type", ONE, {"a": 1}, "application/json"),
    patch("no patch type", ONE, {"a": 1}, None, compare="code"),
    patch("dry", f"{ONE}?dryRun=All", {"data": {"dry": "1"}}),
    patch("force without apply", f"{ONE}?force=true", {"data": {"x": "1"}}),
    get("result", ONE),
])

APPLIES = Sequence("apply", [
    apply("create", ONE, config_map("one", {"a": "1", "b": "1"})),
    apply("again", ONE, config_map("one", {"a": "1", "b": "1"})),
    apply("drop a field", ONE, config_map("one", {"a": "1"})),
    apply("second manager adds", ONE, config_map("one", {"c": "1"}), "two"),
    apply("conflict", ONE, config_map("one", {"a": "2"}), "two"),
    apply("forced", ONE, config_map("one", {"a": "2"}), "two", True),
    apply("first gives up", ONE, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}),
    apply("shared value", ONE, config_map("one", {"a": "2"})),
    put("update by another", f"{ONE}?fieldManager=editor", config_map("one", {"a": "3", "z": "1"})),
    apply("conflict with update", ONE, config_map("one", {"a": "4"})),
    apply("with labels", ONE, config_map("one", {"a": "4"}, labels={"k": "v"}), force=True),
    apply("without manager", f"{ONE}?x=y", config_map("one"), ""),
    patch("no manager at all", ONE, config_map("one"), APPLY),
    apply("without kind", ONE, {"metadata": {"name": "one"}}),
    apply("other name", ONE, config_map("two")),
    apply("with managed fields", ONE, config_map("one", managedFields=[{"manager": "x", "operation": "Apply"}])),
    apply("with version", ONE, config_map("one", resourceVersion="1"), compare="code"),
    apply("dry", ONE, config_map("one", {"dry": "1"}), "dry", query="&dryRun=All"),
    apply("as yaml", f"{MAPS}/yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: '1'\n"),
    apply("bad yaml", f"{MAPS}/yaml", "a: [", compare="code"),
    apply("unknown field", f"{MAPS}/yaml", {**config_map("yaml"), "extra": 1}),
    apply("deployment", f"{DEPLOYMENTS}/d", {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {
            "replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": {
                "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [
                    {"name": "x", "image": "x:1", "ports": [{"containerPort": 80}],
                     "env": [{"name": "A", "value": "1"}]}]}}}}),
    apply("container of another", f"{DEPLOYMENTS}/d", {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": {
            "spec": {"containers": [{"name": "y", "image": "y:1"}]}}}}, "two",
        ignore=("body.status", "body.metadata.resourceVersion"), compare="none"),
    get("deployment's fields", f"{DEPLOYMENTS}/d", ignore=("body.status", "body.metadata.resourceVersion"),
        compare="none"),
    apply("fabric8's service", "/api/v1/namespaces/$ns/services/svc", {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "svc"}, "spec": {
            "clusterIP": "None", "ports": [{"name": "driver-rpc-port", "port": 7078, "protocol": "TCP"}],
            "selector": {"a": "b"}}}, "fabric8", True),
    apply("to missing namespace", "/api/v1/namespaces/missing/configmaps/x", config_map("x")),
    delete("end", ONE),
])

SEQUENCES = [PATCHES, APPLIES]
