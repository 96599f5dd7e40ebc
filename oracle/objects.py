"""What a submission sent, as one flat map from path to scalar, free of what differs from run to run."""
import json
import re
import time

# Files of these keys hold a document of their own.
PROPERTIES = "spark.properties"
EXECUTOR_TEMPLATE = "podspec-configmap-key"


def properties(text):
    """java.util.Properties text as a map. Spark writes one property per line."""
    out = {}
    for line in re.split(r"\n", text):
        if not line or line.startswith("#"):
            continue
        key, value, part = "", "", 0
        i = 0
        while i < len(line):
            c = line[i]
            if c == "\\":
                i += 1
                c = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}.get(line[i], line[i])
            elif c == "=" and part == 0:
                part = 1
                i += 1
                continue
            if part == 0:
                key += c
            else:
                value += c
            i += 1
        out[key] = value
    return out


def segment(text):
    return text.replace("~", "~0").replace("/", "~1")


def flatten(value, path, out):
    if isinstance(value, dict):
        if not value:
            out[path] = {}
        for key, member in value.items():
            flatten(member, f"{path}/{segment(key)}", out)
    elif isinstance(value, list):
        named = all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in value)
        seen = {}
        for index, item in enumerate(value):
            if not named:
                flatten(item, f"{path}[{index}]", out)
                continue
            name = item["name"]
            seen[name] = seen.get(name, 0) + 1
            again = "" if seen[name] == 1 else f"#{seen[name]}"
            flatten({key: member for key, member in item.items() if key != "name"}, f"{path}[{segment(name)}{again}]", out)
    elif value is not None:
        out[path] = value


def sort_local_directories(pod):
    """Spark shuffles the local directories; the first volume gets the first one of them here."""
    container = pod["spec"]["containers"][-1]
    for env in container["env"]:
        if env["name"] != "SPARK_LOCAL_DIRS" or "," not in env.get("value", ""):
            continue
        paths = sorted(env["value"].split(","))
        env["value"] = ",".join(paths)
        mounts = [m for m in container["volumeMounts"] if re.fullmatch(r"spark-local-dir-\d+", m["name"])]
        if sorted(mount["mountPath"] for mount in mounts) == paths:
            for mount, path in zip(sorted(mounts, key=lambda m: m["name"]), paths):
                mount["mountPath"] = path


def placeholder_text(text, app_id, replacements):
    text = text.replace(app_id, "<application-id>")
    for what, by in replacements:
        text = text.replace(what, by)
    text = re.sub(r"(?<![0-9a-z])[0-9a-fx][0-9a-f]{13,15}(?=-(driver|hadoop|policy|conf-map|krb5|kubernetes))", "<unique>", text)
    # Numbered in the order of a hash table.
    text = re.sub(r"-driver-pvc-\d+", "-driver-pvc-<n>", text)
    return re.sub(r"spark-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "spark-<local>", text)


def placeholders(value, app_id, replacements):
    if isinstance(value, dict):
        return {placeholder_text(key, app_id, replacements): placeholders(member, app_id, replacements)
                for key, member in value.items()}
    if isinstance(value, list):
        return [placeholders(item, app_id, replacements) for item in value]
    return placeholder_text(value, app_id, replacements) if isinstance(value, str) else value


def title_of(item):
    kind = item["kind"]
    data = item.get("data", {})
    if kind == "ConfigMap" and PROPERTIES in data:
        return "PropertiesMap"
    if kind == "ConfigMap" and EXECUTOR_TEMPLATE in data:
        return "ExecutorTemplateMap"
    if kind in ("Pod", "Service", "NetworkPolicy"):
        return kind
    return f"{kind}[{item['metadata']['name']}]"


def flat_submission(requests, replacements):
    """`requests`: (namespace of the URL, object) in the order in which they came."""
    out = {}
    pod = next(item for _, item in requests if item["kind"] == "Pod")
    app_id = next((env["value"] for env in pod["spec"]["containers"][-1]["env"] if env["name"] == "SPARK_APPLICATION_ID"))
    out["order"] = ", ".join(item["kind"] for _, item in requests)
    for namespace, item in requests:
        item["metadata"]["namespace"] = namespace
        if item["kind"] == "Pod":
            sort_local_directories(item)
        data = item.get("data", {})
        texts = {}
        if PROPERTIES in data:
            texts = properties(data.pop(PROPERTIES))
            submitted = texts.get("spark.app.submitTime", "")
            if submitted.isdigit() and abs(int(submitted) / 1000 - time.time()) < 3600:
                texts["spark.app.submitTime"] = "<time>"
            item = {**item, "properties": texts}
            data["<properties>"] = True
        if EXECUTOR_TEMPLATE in data:
            item["template"] = json.loads(data.pop(EXECUTOR_TEMPLATE))
            data["<template>"] = True
        item = placeholders(item, app_id, replacements)
        title = title_of({**item, "data": {PROPERTIES: 0} if "properties" in item else
                          {EXECUTOR_TEMPLATE: 0} if "template" in item else item.get("data", {})})
        flatten(item, title, out)
    return out
