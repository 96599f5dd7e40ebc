"""Requests as data. A sequence is a list of steps that share a namespace and what earlier answers are remembered by."""
import json
from dataclasses import dataclass, field

AGENT = "differential/1.0"
JSON = "application/json"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
YAML = "application/yaml"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"


@dataclass
class Step:
    """`$ns` and `$NAME` in path, headers and body become the namespace and what was remembered under NAME."""
    name: str
    method: str
    path: str
    body: object = None           # a str or bytes goes out as it is, anything else as JSON
    type: str = JSON              # Content-Type; None for no header
    accept: str = JSON
    headers: dict = field(default_factory=dict)
    remember: dict = field(default_factory=dict)  # NAME -> dotted path in the answer
    frames: bool = False          # the answer is a watch: collected until the server ends it
    until: object = None          # a condition on (code, body): asked again until it holds; not compared
    compare: str = "all"          # "all", "code" (code and reason only), "none"
    cut: int = 0                  # so many bytes of the body are announced but never sent
    ignore: tuple = ()            # dotted paths that are not compared ("metadata.managedFields")


@dataclass
class Sequence:
    name: str
    steps: list
    namespace: bool = True        # make one of its own (and wait for its service account), remove it after


def get(name, path, **more):
    return Step(name, "GET", path, **more)


def post(name, path, body, **more):
    return Step(name, "POST", path, body, **more)


def put(name, path, body, **more):
    return Step(name, "PUT", path, body, **more)


def patch(name, path, body, type=MERGE, **more):
    return Step(name, "PATCH", path, body, type, **more)


def delete(name, path, body=None, **more):
    return Step(name, "DELETE", path, body, **more)


def watch(name, path, **more):
    return Step(name, "GET", path, frames=True, **more)


def apply(name, path, body, manager="one", force=None, query="", **more):
    forced = "" if force is None else f"&force={str(force).lower()}"
    return Step(name, "PATCH", f"{path}?fieldManager={manager}{forced}{query}", body, APPLY, **more)


def impersonate(user, *groups):
    return {"Impersonate-User": user, **({"Impersonate-Group": ",".join(groups)} if groups else {})}


def config_map(name, data=None, /, **metadata):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}, "data": data or {"a": "1"}}


def pod(name, containers=None, /, **spec):
    """Named for a scheduler that does not exist, so that it stays as it was made."""
    labels = {"app": name}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
            "spec": {"schedulerName": "nobody", "containers": containers or [{"name": "main", "image": "example.test/x:1"}],
                     **spec}}


def encoded(body):
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()
