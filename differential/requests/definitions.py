"""Custom resources: definitions, schemas, defaults, pruning, columns, status and scale."""
from steps import (APPLY, JSON_PATCH, STRATEGIC, TABLE, Sequence, apply, delete, get, patch, post, put, watch)

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "differential.test"
THINGS = f"/apis/{GROUP}/v1/namespaces/$ns/things"

SCHEMA = {"type": "object", "required": ["spec"], "properties": {
    "spec": {"type": "object", "required": ["size"], "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
        "mode": {"type": "string", "enum": ["fast", "slow"], "default": "slow"},
        "name": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 5},
        "port": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set", "maxItems": 3},
        "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {
            "type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "count": {
                "type": "integer", "default": 1}}}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "when": {"type": "string", "format": "date-time"},
        "maybe": {"type": "string", "nullable": True},
        "replicas": {"type": "integer"}}},
    "status": {"type": "object", "properties": {"phase": {"type": "string"}, "replicas": {"type": "integer"}}}}}


def definition(plural="things", kind="Thing", schema=None, **version):
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{GROUP}"},
            "spec": {"group": GROUP, "scope": "Namespaced", "names": {
                "plural": plural, "kind": kind, "shortNames": [plural[:2]], "categories": ["all"]},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema or SCHEMA},
                              **version}]}}


COLUMNS = [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
           {"name": "Phase", "type": "string", "jsonPath": ".status.phase", "description": "How it goes"},
           {"name": "Wide", "type": "string", "jsonPath": ".spec.mode", "priority": 1},
           {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}]
FULL = definition(additionalPrinterColumns=COLUMNS, selectableFields=[{"jsonPath": ".spec.mode"}],
                  subresources={"status": {}, "scale": {"specReplicasPath": ".spec.replicas",
                                                        "statusReplicasPath": ".status.replicas"}})


def thing(name, /, **spec):
    return {"apiVersion": f"{GROUP}/v1", "kind": "Thing", "metadata": {"name": name}, "spec": spec}


def bad(name, /, plural="bads", **changes):
    body = definition(plural, "Bad")
    body["spec"].update(changes)
    return post(name, CRDS, body)


def established(body):
    conditions = (body.get("status") or {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


ESTABLISHED = [post("define", CRDS, FULL, compare="none"),
               get("established", f"{CRDS}/things.{GROUP}", until=lambda code, body: established(body)),
               get("served", THINGS, until=lambda code, body: code == 200)]

DEFINITIONS = Sequence("definitions", [
    post("define", CRDS, definition("others", "Other"), ignore=("body.status", "body.metadata.managedFields")),
    get("established", f"{CRDS}/others.{GROUP}", until=lambda code, body: established(body)),
    get("definition", f"{CRDS}/others.{GROUP}", ignore=("body.metadata.managedFields", "body.metadata.resourceVersion")),
    get("served", f"/apis/{GROUP}/v1/namespaces/$ns/others", until=lambda code, body: code == 200),
    get("discovery", f"/apis/{GROUP}/v1", compare="none"),
    get("as table", CRDS + f"?fieldSelector=metadata.name%3Dothers.{GROUP}", accept=TABLE),
    post("again", CRDS, definition("others", "Other")),
    bad("wrong name", plural="x", group="another.test"),
    bad("no versions", versions=[]),
    bad("no storage", versions=[{"name": "v1", "served": True, "storage": False, "schema": {"openAPIV3Schema": SCHEMA}}]),
    bad("no schema", versions=[{"name": "v1", "served": True, "storage": True}]),
    bad("bad scope", scope="Everywhere"),
    bad("bad version name", versions=[{"name": "V_1", "served": True, "storage": True,
                                       "schema": {"openAPIV3Schema": {"type": "object"}}}]),
    bad("no types", versions=[{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
        "type": "object", "properties": {"spec": {"properties": {"a": {"type": "string"}}}}}}}]),
    bad("unknown type", versions=[{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
        "type": "object", "properties": {"spec": {"type": "thing"}}}}}]),
    bad("bad default", versions=[{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
        "type": "object", "properties": {"spec": {"type": "object", "properties": {
            "a": {"type": "string", "default": 5}}}}}}}]),
    bad("bad rule", versions=[{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
        "type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-validations": [
            {"rule": "self.("}]}}}}}]),
    bad("bad list type", versions=[{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
        "type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"},
                                               "x-kubernetes-list-type": "heap"}}}}}]),
    delete("delete", f"{CRDS}/others.{GROUP}", ignore=("body.metadata", "body.status")),
    get("gone", f"{CRDS}/others.{GROUP}", until=lambda code, body: code == 404),
    get("no longer served", f"/apis/{GROUP}/v1/namespaces/$ns/others", until=lambda code, body: code == 404),
])

OBJECTS = Sequence("things", ESTABLISHED + [
    post("create", THINGS, thing("a", size=2), remember={"rv": "metadata.resourceVersion"}),
    post("no spec", THINGS, {"apiVersion": f"{GROUP}/v1", "kind": "Thing", "metadata": {"name": "x"}}),
    post("defaulted", THINGS, thing("b")),
    post("too big", THINGS, thing("x", size=10)),
    post("wrong type", THINGS, thing("x", size="big")),
    post("fraction", THINGS, thing("x", size=1.5)),
    post("bad enum", THINGS, thing("x", mode="medium")),
    post("bad pattern", THINGS, thing("x", name="ABC")),
    post("too short", THINGS, thing("x", name="a")),
    post("too long", THINGS, thing("x", name="abcdef")),
    post("bad date", THINGS, thing("x", when="yesterday")),
    post("good date", THINGS, thing("dated", when="2026-01-01T00:00:00Z")),
    post("int or string", THINGS, thing("port", port="http")),
    post("neither int nor string", THINGS, thing("x", port=True)),
    post("repeated tag", THINGS, thing("x", tags=["a", "a"])),
    post("many tags", THINGS, thing("x", tags=["a", "b", "c", "d"])),
    post("parts", THINGS, thing("parts", parts=[{"name": "a"}, {"name": "b", "count": 2}])),
    post("repeated part", THINGS, thing("x", parts=[{"name": "a"}, {"name": "a"}])),
    post("part without name", THINGS, thing("x", parts=[{"count": 1}])),
    post("null", THINGS, thing("nulls", maybe=None, mode=None)),
    post("null for a number", THINGS, thing("x", replicas=None)),
    post("many problems", THINGS, thing("x", size=0, mode="m", name="A", tags=["a", "a"]), compare="code"),  # their order is random there
    post("unknown fields", THINGS, {**thing("pruned", size=1, extra=1, free={"kept": {"a": 1}}), "top": 1}),
    post("unknown strict", THINGS + "?fieldValidation=Strict", thing("x", size=1, extra=1, other={"a": 1})),
    post("unknown warned", THINGS + "?fieldValidation=Warn", thing("warned", size=1, extra=1)),
    post("unknown ignored", THINGS + "?fieldValidation=Ignore", thing("ignored", size=1, extra=1)),
    post("strange validation", THINGS + "?fieldValidation=Perhaps", thing("x", size=1)),
    put("status by main", f"{THINGS}/a", {**thing("a", size=4), "status": {"phase": "Bad"}}, compare="code"),
    get("no status", f"{THINGS}/a"),
    patch("status", f"{THINGS}/a/status", {"status": {"phase": "Good"}, "spec": {"size": 9}}),
    put("replace with version", f"{THINGS}/a", {**thing("a", size=5), "metadata": {"name": "a", "resourceVersion": "$rv"}}),
    put("replace without version", f"{THINGS}/a", thing("a", size=5)),
    patch("merge", f"{THINGS}/a", {"spec": {"labels": {"k": "v"}}}),
    patch("merge to bad", f"{THINGS}/a", {"spec": {"size": 99}}),
    patch("json", f"{THINGS}/a", [{"op": "replace", "path": "/spec/size", "value": 6}], JSON_PATCH),
    patch("strategic", f"{THINGS}/a", {"spec": {"size": 7}}, STRATEGIC),
    patch("generation", f"{THINGS}/a", {"metadata": {"labels": {"x": "y"}}}),
    apply("apply", f"{THINGS}/ap", thing("ap", size=1, parts=[{"name": "a"}], tags=["x"])),
    apply("apply parts", f"{THINGS}/ap", thing("ap", parts=[{"name": "b", "count": 5}], tags=["y"]), "two"),
    apply("apply conflict", f"{THINGS}/ap", thing("ap", size=2), "two"),
    apply("apply status", f"{THINGS}/ap/status", {"apiVersion": f"{GROUP}/v1", "kind": "Thing", "metadata": {"name": "ap"},
                                                  "status": {"phase": "Fine"}}, "three"),
    get("scale", f"{THINGS}/a/scale"),
    patch("to scale", f"{THINGS}/a/scale", {"spec": {"replicas": 4}}),
    get("table", THINGS, accept=TABLE),
    get("selectable", f"{THINGS}?fieldSelector=spec.mode%3Dslow,metadata.name%3Da"),
    get("not selectable", f"{THINGS}?fieldSelector=spec.size%3D1"),
    watch("watch", f"{THINGS}?watch=true&resourceVersion=$rv&fieldSelector=metadata.name%3Da&timeoutSeconds=1"),
    post("wrong version", THINGS, {**thing("x", size=1), "apiVersion": f"{GROUP}/v2"}),
    post("wrong kind", THINGS, {**thing("x", size=1), "kind": "Other"}),
    get("unserved version", f"/apis/{GROUP}/v9/namespaces/$ns/things"),
    delete("delete", f"{THINGS}/a"),
    delete("collection", THINGS, compare="code"),
    patch("patch missing", f"{THINGS}/none", {"spec": {}}),
    patch("apply over nothing", f"{THINGS}/none", thing("none", size=1), APPLY),
    delete("end", f"{CRDS}/things.{GROUP}", compare="code"),
    get("ended", f"{CRDS}/things.{GROUP}", until=lambda code, body: code == 404),
])

SEQUENCES = [DEFINITIONS, OBJECTS]
