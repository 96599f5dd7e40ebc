"""Lists, selectors, chunks, resource versions and watches."""
from steps import Sequence, config_map, delete, get, patch, post, put, pod, watch

MAPS = "/api/v1/namespaces/$ns/configmaps"
PODS = "/api/v1/namespaces/$ns/pods"
MINE = "labelSelector=set%3Done"


def labelled(name, **labels):
    return config_map(name, labels={"set": "one", **labels})


def selected(name, selector, **more):
    return get(name, f"{MAPS}?labelSelector={selector}", **more)


MADE = [post(f"make {n}", MAPS, labelled(n, **labels)) for n, labels in {
    "a": {"app": "x", "tier": "1"}, "b": {"app": "y"}, "c": {"tier": "2"}, "d": {"app": "x"}}.items()]

SELECTORS = Sequence("selectors", MADE + [
    selected("equals", "set%3Done,app%3Dx"),
    selected("double equals", "set%3D%3Done,app%3D%3Dx"),
    selected("not equals", "set%3Done,app%21%3Dx"),
    selected("in", "set%3Done,app%20in%20(x,y)"),
    selected("not in", "set%3Done,app%20notin%20(x)"),
    selected("exists", "set%3Done,tier"),
    selected("does not exist", "set%3Done,%21tier"),
    selected("greater", "set%3Done,tier%3E1"),
    selected("less", "set%3Done,tier%3C2"),
    selected("none", "set%3Dtwo"),
    selected("empty value", "set%3Done,app%3D"),
    selected("half a set", "app%20in%20(x", compare="code"),
    selected("two operators", "app%3D%3D%3Dx", compare="code"),
    selected("bad key", "-%3Dx", compare="code"),
    selected("bad value", "a%3Db%20c", compare="code"),
    selected("only commas", ",,,", compare="code"),
    selected("greater than text", "tier%3Etext", compare="code"),
    selected("absurdly long", "a%3D" + "x" * 8000, compare="code"),
    selected("thousand terms", ",".join(f"k{i}%3Dv" for i in range(1000))),
    get("field name", f"{MAPS}?fieldSelector=metadata.name%3Da"),
    get("field not name", f"{MAPS}?{MINE}&fieldSelector=metadata.name%21%3Da"),
    get("unknown field", f"{MAPS}?fieldSelector=data.a%3D1"),
    get("bad field selector", f"{MAPS}?fieldSelector=metadata.name", compare="code"),
    post("pod", PODS, pod("p")),
    get("phase", f"{PODS}?fieldSelector=status.phase%3DPending"),
    get("not phase", f"{PODS}?fieldSelector=status.phase%21%3DFailed,status.phase%21%3DUnknown"),
    get("node", f"{PODS}?fieldSelector=spec.nodeName%3D"),
    get("restart policy", f"{PODS}?fieldSelector=spec.restartPolicy%3DAlways"),
    get("unknown pod field", f"{PODS}?fieldSelector=spec.hostname%3Dx"),
    get("all namespaces", f"/api/v1/configmaps?{MINE}&fieldSelector=metadata.namespace%3D$ns"),
    delete("collection", f"{MAPS}?{MINE}&fieldSelector=metadata.name%21%3Dd"),
    get("left", f"{MAPS}?{MINE}"),
    delete("collection with body", f"{MAPS}?labelSelector=set%3Done", {"propagationPolicy": "Background"}),
    get("none left", f"{MAPS}?{MINE}"),
    delete("collection of pods", f"{PODS}?labelSelector=app%3Dp", compare="code"),
    delete("collection with bad selector", f"{MAPS}?labelSelector=a%20in%20(", compare="code"),
])

VERSIONS = Sequence("versions", MADE + [
    get("list", f"{MAPS}?{MINE}", remember={"rv": "metadata.resourceVersion"}),
    post("make later", MAPS, labelled("later")),
    get("limit", f"{MAPS}?{MINE}&limit=2", remember={"go": "metadata.continue"}),
    put("change meanwhile", f"{MAPS}/c", labelled("c", changed="yes")),
    delete("delete meanwhile", f"{MAPS}/d"),
    get("continue", f"{MAPS}?{MINE}&limit=2&continue=$go", remember={"go2": "metadata.continue"}),
    get("end", f"{MAPS}?{MINE}&limit=2&continue=$go2"),
    get("limit without selector", f"{MAPS}?limit=2"),
    get("limit all", f"{MAPS}?{MINE}&limit=500"),
    get("limit zero", f"{MAPS}?{MINE}&limit=0"),
    get("negative limit", f"{MAPS}?{MINE}&limit=-1"),
    get("bad limit", f"{MAPS}?limit=many", compare="code"),
    get("bad continue", f"{MAPS}?limit=2&continue=nonsense"),
    get("continue and version", f"{MAPS}?limit=2&continue=$go&resourceVersion=$rv", compare="code"),
    get("version zero", f"{MAPS}?{MINE}&resourceVersion=0"),
    get("exact", f"{MAPS}?{MINE}&resourceVersion=$rv&resourceVersionMatch=Exact"),
    get("not older", f"{MAPS}?{MINE}&resourceVersion=$rv&resourceVersionMatch=NotOlderThan"),
    get("exact zero", f"{MAPS}?resourceVersion=0&resourceVersionMatch=Exact"),
    get("match without version", f"{MAPS}?resourceVersionMatch=Exact"),
    get("unknown match", f"{MAPS}?resourceVersion=$rv&resourceVersionMatch=Sometimes"),
    get("bad version", f"{MAPS}?resourceVersion=abc"),
    get("future version", f"{MAPS}?resourceVersion=9999999999", compare="code"),
    get("get future", f"{MAPS}/a?resourceVersion=9999999999", compare="code"),
    get("get zero", f"{MAPS}/a?resourceVersion=0"),
    get("get bad version", f"{MAPS}/a?resourceVersion=abc", compare="code"),
    get("send initial on a list", f"{MAPS}?sendInitialEvents=true", compare="code"),
])

TIME = "timeoutSeconds=1"
WATCHES = Sequence("watches", [
    get("before", f"{MAPS}?{MINE}", remember={"rv": "metadata.resourceVersion"}),
    post("make a", MAPS, labelled("a")),
    post("make b", MAPS, labelled("b")),
    put("change a", f"{MAPS}/a", labelled("a", more="1")),
    patch("b leaves", f"{MAPS}/b", {"metadata": {"labels": {"set": "two"}}}),
    patch("b returns", f"{MAPS}/b", {"metadata": {"labels": {"set": "one"}}}),
    delete("delete a", f"{MAPS}/a"),
    watch("history", f"{MAPS}?watch=true&{MINE}&resourceVersion=$rv&{TIME}"),
    watch("history unselected", f"{MAPS}?watch=1&resourceVersion=$rv&{TIME}"),
    watch("by name", f"{MAPS}?watch=true&fieldSelector=metadata.name%3Da&resourceVersion=$rv&{TIME}"),
    watch("prefix", f"/api/v1/watch/namespaces/$ns/configmaps?{MINE}&resourceVersion=$rv&{TIME}"),
    watch("prefix by name", f"/api/v1/watch/namespaces/$ns/configmaps/b?resourceVersion=$rv&{TIME}"),
    watch("no version", f"{MAPS}?watch=true&{MINE}&{TIME}"),
    watch("no version with bookmarks", f"{MAPS}?watch=true&{MINE}&allowWatchBookmarks=true&{TIME}"),
    watch("zero", f"{MAPS}?watch=true&{MINE}&resourceVersion=0&{TIME}"),
    watch("initial events", f"{MAPS}?watch=true&{MINE}&sendInitialEvents=true&allowWatchBookmarks=true"
                            f"&resourceVersionMatch=NotOlderThan&{TIME}"),
    watch("initial events with version", f"{MAPS}?watch=true&{MINE}&sendInitialEvents=true&allowWatchBookmarks=true"
                                         f"&resourceVersionMatch=NotOlderThan&resourceVersion=$rv&{TIME}"),
    watch("no initial events", f"{MAPS}?watch=true&{MINE}&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&{TIME}"),
    watch("initial events without match", f"{MAPS}?watch=true&sendInitialEvents=true&{TIME}"),
    watch("initial events without bookmarks", f"{MAPS}?watch=true&{MINE}&sendInitialEvents=true"
                                              f"&resourceVersionMatch=NotOlderThan&{TIME}"),
    watch("match without initial events", f"{MAPS}?watch=true&resourceVersionMatch=NotOlderThan&{TIME}"),
    watch("too old", f"{MAPS}?watch=true&resourceVersion=1&{TIME}", compare="none"),
    watch("bad version", f"{MAPS}?watch=true&resourceVersion=abc&{TIME}"),
    watch("bad selector", f"{MAPS}?watch=true&labelSelector=a%20in&{TIME}", compare="code"),
    watch("as table", f"{MAPS}?watch=true&{MINE}&resourceVersion=$rv&{TIME}",
          accept="application/json;as=Table;v=v1;g=meta.k8s.io"),
    watch("as metadata", f"{MAPS}?watch=true&{MINE}&resourceVersion=$rv&{TIME}",
          accept="application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"),
    watch("missing resource", f"/api/v1/namespaces/$ns/nothings?watch=true&{TIME}"),
    watch("one object", f"{MAPS}/b?watch=true&resourceVersion=$rv&{TIME}"),
])

SEQUENCES = [SELECTORS, VERSIONS, WATCHES]
