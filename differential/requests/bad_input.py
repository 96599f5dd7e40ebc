"""What no client should send."""
from steps import APPLY, JSON_PATCH, YAML, Sequence, Step, config_map, delete, get, patch, pod, post, put

MAPS = "/api/v1/namespaces/$ns/configmaps"
PODS = "/api/v1/namespaces/$ns/pods"


def raw(name, body, type="application/json", **more):
    return post(name, MAPS, body, type=type, **more)


NAMED = '{"metadata":{"name":"x"}'
STRICT = "?fieldValidation=Strict"

BODIES = Sequence("bad-bodies", [
    raw("empty", ""),
    raw("not json", "hello", compare="code"),
    raw("half json", '{"kind":"ConfigMap",', compare="code"),
    raw("array", "[]", compare="code"),
    raw("number", "7", compare="code"),
    raw("null", "null", compare="code"),
    raw("two values", NAMED + "} {}", compare="code"),
    raw("bad escape", '{"metadata":{"name":"\\q"}}', compare="code"),
    raw("bad utf-8", b'{"metadata":{"name":"u"},"data":{"a":"\xff"}}', compare="code"),
    raw("nul", b'{"metadata":{"name":"a\x00b"}}', compare="code"),
    raw("deep", '{"metadata":{"name":"deep"},"data":' + '{"a":' * 20000 + "1" + "}" * 20001, compare="code"),
    raw("deep array", "[" * 100000, compare="code"),
    raw("wrong type of data", NAMED + ',"data":5}', compare="code"),
    raw("wrong type of value", NAMED + ',"data":{"a":1}}', compare="code"),
    raw("wrong type of metadata", '{"metadata":5}', compare="code"),
    raw("wrong type of labels", '{"metadata":{"name":"x","labels":["a"]}}', compare="code"),
    raw("wrong type of name", '{"metadata":{"name":7}}', compare="code"),
    raw("wrong kind", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}),
    raw("wrong version", {"apiVersion": "v2", "kind": "ConfigMap", "metadata": {"name": "x"}}),
    raw("unregistered", {"apiVersion": "no.test/v1", "kind": "Nothing", "metadata": {"name": "x"}}),
    post("unknown field", MAPS, {**config_map("unknown"), "extra": 1, "metadata": {"name": "unknown", "odd": 1}}),
    post("unknown strict", MAPS + STRICT, {**config_map("x"), "extra": 1, "metadata": {"name": "x", "odd": 1}}),
    post("unknown warned", MAPS + "?fieldValidation=Warn", {**config_map("warned"), "extra": 1}),
    post("unknown ignored", MAPS + "?fieldValidation=Ignore", {**config_map("ignored"), "extra": 1}),
    post("strange validation", MAPS + "?fieldValidation=Perhaps", config_map("x")),
    post("unknown in pod strict", PODS + STRICT, pod("x", [{"name": "a", "image": "a", "imagee": "b"}], nodeNam="x")),
    post("unknown in pod warned", PODS + "?fieldValidation=Warn", pod("warned", [{"name": "a", "image": "a", "x": 1}])),
    put("unknown by put strict", f"{MAPS}/unknown{STRICT}", {**config_map("unknown"), "extra": 1}),
    patch("unknown by patch strict", f"{MAPS}/unknown{STRICT}", {"extra": 1}),
    patch("unknown by patch warned", f"{MAPS}/unknown?fieldValidation=Warn", {"extra": 1}),
    post("duplicate key", MAPS, '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}'),
    post("duplicate strict", MAPS + STRICT, '{"metadata":{"name":"x"},"data":{"a":"1","a":"2"},"data":{}}'),
    post("duplicate warned", MAPS + "?fieldValidation=Warn", '{"metadata":{"name":"twice2"},"kind":"ConfigMap","kind":"ConfigMap"}'),
    raw("too big value", {"metadata": {"name": "big"}, "data": {"a": "x" * 1100000}}),
    raw("too big", {"metadata": {"name": "big"}, "data": {"a": "x" * 4000000}}, compare="code"),
    raw("long annotations", config_map("x", annotations={"a": "x" * 300000})),
    raw("cut", config_map("cut"), cut=50),
    get("after cut", f"{MAPS}/cut"),
])

MEDIA = Sequence("bad-media", [
    raw("text", config_map("x"), "text/plain"),
    raw("form", "a=b", "application/x-www-form-urlencoded"),
    raw("nonsense type", config_map("x"), "nonsense", compare="code"),
    raw("no type", config_map("typeless"), None),
    raw("charset", config_map("charset"), "application/json; charset=utf-8"),
    raw("yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata: {a: b}\n", YAML),
    raw("yaml with two", "metadata:\n  name: a\n---\nmetadata:\n  name: b\n", YAML, compare="code"),
    raw("yaml half", "metadata: {name: [", YAML, compare="code"),
    raw("yaml tabs", "metadata:\n\tname: x\n", YAML, compare="code"),
    raw("yaml duplicate", "metadata:\n  name: dup\ndata:\n  a: b\n  a: c\n", YAML, compare="code"),
    raw("yaml bomb", "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)), YAML, compare="code"),
    raw("protobuf nonsense", b"k8s\x00garbage", "application/vnd.kubernetes.protobuf", compare="code"),
    raw("protobuf without magic", b"garbage", "application/vnd.kubernetes.protobuf", compare="code"),
    raw("protobuf", b"k8s\x00\n\x0f\n\x02v1\x12\tConfigMap\x12\x0e\n\x06\n\x04wire\x12\x04\n\x00\x12\x00"[:-10],
        "application/vnd.kubernetes.protobuf", compare="code"),
    patch("patch as json", f"{MAPS}/charset", {}, "application/json"),
    patch("patch as yaml", f"{MAPS}/charset", "a: b", YAML),
    patch("json patch as object", f"{MAPS}/charset", {"op": "add"}, JSON_PATCH, compare="code"),
    patch("huge json patch", f"{MAPS}/charset", [{"op": "test", "path": "/data/a", "value": "1"}] * 10001, JSON_PATCH),
    patch("apply nonsense", f"{MAPS}/charset?fieldManager=x", "- a\n- b\n", APPLY, compare="code"),
])

PATHS = Sequence("bad-paths", [
    get("no such group", "/apis/no.test/v1/things"),
    get("no such version", "/api/v9/pods"),
    get("no such resource", "/api/v1/namespaces/$ns/things"),
    get("no such subresource", f"{PODS}/x/things"),
    get("too long", f"{PODS}/x/log/more/and/more", compare="code"),
    get("cluster kind in namespace", "/api/v1/namespaces/$ns/nodes"),
    get("namespaced kind by name", "/api/v1/pods/x"),
    get("root", "/", compare="none"),
    get("unknown path", "/nothing"),
    get("double slash", "//api/v1//namespaces", compare="none"),
    get("dots", "/api/v1/namespaces/../nodes", compare="none"),
    get("encoded slash", "/api/v1/namespaces/$ns/configmaps/a%2Fb", compare="code"),
    get("bad escape", "/api/v1/namespaces/%zz", compare="code"),
    get("name of upper case", f"{MAPS}/UPPER"),
    get("long name", f"{MAPS}/{'n' * 2000}"),
    post("post to one", f"{MAPS}/x", config_map("x")),
    put("put to all", MAPS, config_map("x")),
    patch("patch all", MAPS, {}),
    Step("unknown method", "FROB", MAPS, compare="code"),
    Step("options", "OPTIONS", MAPS, compare="code"),
    Step("trace", "TRACE", MAPS, compare="code"),
    post("post to log", f"{PODS}/x/log", {}, compare="code"),
    delete("delete status", f"{PODS}/x/status", compare="code"),
    get("log of nothing", f"{PODS}/none/log"),
    get("status of nothing", f"{PODS}/none/status"),
    get("bad watch flag", f"{MAPS}?watch=perhaps&labelSelector=none&timeoutSeconds=1"),
    get("bad timeout", f"{MAPS}?timeoutSeconds=soon&labelSelector=none", compare="code"),
    get("bad base64 query", f"{MAPS}?%zz=1&labelSelector=none", compare="code"),
    get("versions", "/api"),
    get("healthy", "/healthz"),
    get("live", "/livez"),
    get("ready", "/readyz"),
    get("core resources", "/api/v1", compare="code"),
    get("groups", "/apis", compare="code"),
    get("openapi v3", "/openapi/v3", compare="code"),
    get("openapi v2", "/openapi/v2", compare="code"),
])

SEQUENCES = [BODIES, MEDIA, PATHS]
