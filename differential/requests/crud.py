"""Create, read, update, delete, and what a name may be."""
from steps import (METADATA, METADATA_LIST, TABLE, YAML, Sequence, config_map, delete, get, pod, post, put)

MAPS = "/api/v1/namespaces/$ns/configmaps"
PODS = "/api/v1/namespaces/$ns/pods"

BASIC = Sequence("crud", [
    post("create", MAPS, config_map("one"), remember={"uid": "metadata.uid", "rv": "metadata.resourceVersion"}),
    post("create again", MAPS, config_map("one")),
    get("read", f"{MAPS}/one"),
    get("read missing", f"{MAPS}/none"),
    get("head", f"{MAPS}/one?pretty=true"),
    get("as yaml", f"{MAPS}/one", accept=YAML, compare="code"),
    put("replace", f"{MAPS}/one", config_map("one", {"a": "2"})),
    put("replace at old version", f"{MAPS}/one", config_map("one", {"a": "3"}, resourceVersion="$rv")),
    put("replace without change", f"{MAPS}/one", config_map("one", {"a": "2"})),
    put("replace with wrong uid", f"{MAPS}/one",
        config_map("one", {"a": "3"}, uid="11111111-2222-3333-4444-555555555555")),
    put("replace with other name", f"{MAPS}/one", config_map("two")),
    put("replace in other namespace", f"{MAPS}/one", config_map("one", namespace="default")),
    put("replace missing", f"{MAPS}/none", config_map("none")),
    put("replace missing with version", f"{MAPS}/none", config_map("none", resourceVersion="7")),
    put("replace kind of other", f"{MAPS}/one", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one"}}),
    post("create with version", MAPS, config_map("versioned", resourceVersion="5")),
    post("create with uid and time", MAPS, config_map("stamped", uid="x", creationTimestamp="2020-01-01T00:00:00Z",
                                                      generation=7, selfLink="/x")),
    post("create in other namespace", MAPS, config_map("other", namespace="default")),
    post("create without name", MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}),
    post("create without metadata", MAPS, {"apiVersion": "v1", "kind": "ConfigMap"}),
    post("create generated", MAPS, {"metadata": {"generateName": "made-"}}),
    post("create without kind", MAPS, {"metadata": {"name": "kindless"}}),
    post("create with path name", f"{MAPS}/one", config_map("one")),
    post("create in missing namespace", "/api/v1/namespaces/missing/configmaps", config_map("x")),
    post("create across namespaces", "/api/v1/configmaps", config_map("x")),
    get("names sorted", MAPS + "?labelSelector=x%21%3Dy"),
    delete("delete", f"{MAPS}/one"),
    delete("delete again", f"{MAPS}/one"),
    delete("delete with wrong uid", f"{MAPS}/stamped",
           {"preconditions": {"uid": "11111111-2222-3333-4444-555555555555"}}),
    delete("delete with wrong version", f"{MAPS}/stamped", {"preconditions": {"resourceVersion": "1"}}),
    delete("delete with absurd policy", f"{MAPS}/stamped", {"propagationPolicy": "Maybe"}),
    delete("delete with both ways", f"{MAPS}/stamped", {"propagationPolicy": "Orphan", "orphanDependents": True}),
    delete("delete dry", f"{MAPS}/stamped?dryRun=All"),
    get("still there", f"{MAPS}/stamped"),
    delete("delete with options", f"{MAPS}/stamped", {"kind": "DeleteOptions", "apiVersion": "v1",
                                                     "propagationPolicy": "Background", "gracePeriodSeconds": 0}),
])


def invalid_name(label, name):
    return post(label, MAPS, config_map(name))


NAMES = Sequence("names", [
    invalid_name("upper case", "Upper"),
    invalid_name("underscore", "a_b"),
    invalid_name("dots", "a.b.c"),
    invalid_name("double dots", "a..b"),
    invalid_name("leading dash", "-a"),
    invalid_name("too long", "a" * 254),
    invalid_name("longest", "a" * 253),
    invalid_name("slash", "a/b"),
    invalid_name("space", "a b"),
    post("bad generate name", MAPS, {"metadata": {"generateName": "Bad_"}}),
    post("long generate name", MAPS, {"metadata": {"generateName": "g" * 300}}, compare="code"),
    post("bad label key", MAPS, config_map("labels", labels={"a b": "c"})),
    post("bad label value", MAPS, config_map("labels", labels={"a": "c d"})),
    post("long label value", MAPS, config_map("labels", labels={"a": "v" * 64})),
    post("bad annotation key", MAPS, config_map("labels", annotations={"/": "c"})),
    post("bad finalizer", MAPS, config_map("labels", finalizers=["not a name"])),
    post("bare finalizer", MAPS, config_map("bare", finalizers=["bare"])),
    post("owner without uid", MAPS, config_map("owned", ownerReferences=[
        {"apiVersion": "v1", "kind": "Pod", "name": "x"}])),
    post("owner without version", MAPS, config_map("owned", ownerReferences=[
        {"apiVersion": "", "kind": "", "name": "", "uid": ""}])),
    post("two controllers", MAPS, config_map("owned", ownerReferences=[
        {"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "1", "controller": True},
        {"apiVersion": "v1", "kind": "Pod", "name": "y", "uid": "2", "controller": True}])),
    post("bad data key", MAPS, config_map("keys", {"a/b": "c"})),
    post("key in both", MAPS, {**config_map("keys", {"a": "c"}), "binaryData": {"a": "Yw=="}}),
    post("bad namespace name", "/api/v1/namespaces", {"metadata": {"name": "Not_A_Namespace"}}),
    post("dotted namespace name", "/api/v1/namespaces", {"metadata": {"name": "a.b"}}),
    post("bad service name", "/api/v1/namespaces/$ns/services",
         {"metadata": {"name": "1abc"}, "spec": {"ports": [{"port": 80}]}}),
    post("bad pod name", PODS, pod("Pod_Name")),
])

FORMS = Sequence("forms", [
    post("map", MAPS, config_map("one", labels={"set": "forms"})),
    post("pod", PODS, pod("p"), compare="code"),
    get("table", f"{MAPS}/one", accept=TABLE),
    get("table of list", f"{MAPS}?labelSelector=set%3Dforms", accept=TABLE),
    get("table of pods", PODS, accept=TABLE),
    get("table with objects", f"{MAPS}?labelSelector=set%3Dforms&includeObject=Object", accept=TABLE),
    get("table without objects", f"{MAPS}?labelSelector=set%3Dforms&includeObject=None", accept=TABLE),
    get("table with nonsense", f"{MAPS}?includeObject=Some", accept=TABLE),
    get("metadata", f"{MAPS}/one", accept=METADATA),
    get("metadata list", f"{MAPS}?labelSelector=set%3Dforms", accept=METADATA_LIST),
    get("unknown form", f"{MAPS}/one", accept="application/json;as=Nonsense;v=v1;g=meta.k8s.io"),
    get("not acceptable", f"{MAPS}/one", accept="text/csv"),
    get("plain text", f"{MAPS}/one", accept="text/plain"),
    get("anything", f"{MAPS}/one", accept="*/*"),
    get("no accept", f"{MAPS}/one", accept=None),
    get("quality order", f"{MAPS}/one", accept="text/html, application/json;q=0.5"),
    get("table of nodes", "/api/v1/nodes?labelSelector=none%3Dsuch", accept=TABLE),
    get("table of services", "/api/v1/namespaces/$ns/services", accept=TABLE),
    get("table of deployments", "/apis/apps/v1/namespaces/$ns/deployments", accept=TABLE),
    get("table of jobs", "/apis/batch/v1/namespaces/$ns/jobs", accept=TABLE),
    get("table of events", "/api/v1/namespaces/$ns/events", accept=TABLE),
    get("table of secrets", "/api/v1/namespaces/$ns/secrets", accept=TABLE),
    get("table of accounts", "/api/v1/namespaces/$ns/serviceaccounts", accept=TABLE),
    get("table of namespaces", "/api/v1/namespaces/$ns", accept=TABLE),
    get("table of claims", "/api/v1/namespaces/$ns/persistentvolumeclaims", accept=TABLE),
    get("table of roles", "/apis/rbac.authorization.k8s.io/v1/namespaces/$ns/roles", accept=TABLE),
    get("table of leases", "/apis/coordination.k8s.io/v1/namespaces/$ns/leases", accept=TABLE),
    delete("delete as table", f"{MAPS}/one", accept=TABLE, compare="code"),
])

DRY = Sequence("dry", [
    post("create", f"{MAPS}?dryRun=All", config_map("dry")),
    get("not there", f"{MAPS}/dry"),
    post("bad dry run", f"{MAPS}?dryRun=Some", config_map("dry")),
    post("really", MAPS, config_map("dry")),
    put("replace", f"{MAPS}/dry?dryRun=All", config_map("dry", {"a": "9"})),
    get("unchanged", f"{MAPS}/dry"),
    delete("delete by body", f"{MAPS}/dry", {"dryRun": ["All"]}),
    get("still unchanged", f"{MAPS}/dry"),
    delete("collection", f"{MAPS}?dryRun=All&labelSelector=none%3Dsuch"),
])

SEQUENCES = [BASIC, NAMES, FORMS, DRY]
