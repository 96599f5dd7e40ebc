"""The embedded cluster's controllers beside the real kube-controller-manager: the same objects are applied to both, the
same fates are written into the status of their pods (no kubelet runs them: they name a scheduler that does not exist),
and what the controllers have made of it in the end is compared. Differences must stand in known_controllers.json.

  python3 differential/controllers.py --components "$(tools/kube-components --where)" build/release/firesteel
"""
import argparse
import http.client
import json
import os
import re
import sys
import time

import real_api

HERE = os.path.dirname(os.path.abspath(__file__))
KNOWN = os.path.join(HERE, "known_controllers.json")
KINDS = {"deployments": "apis/apps/v1", "replicasets": "apis/apps/v1", "statefulsets": "apis/apps/v1",
         "daemonsets": "apis/apps/v1", "controllerrevisions": "apis/apps/v1", "jobs": "apis/batch/v1",
         "cronjobs": "apis/batch/v1", "pods": "api/v1", "persistentvolumeclaims": "api/v1", "endpoints": "api/v1",
         "services": "api/v1", "endpointslices": "apis/discovery.k8s.io/v1", "poddisruptionbudgets": "apis/policy/v1"}
COMPARED = [kind for kind in KINDS if kind != "services"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
QUIET_SECONDS = 1.0  # nothing has changed for so long: the controllers are done


class Side:
    """One server, through plain HTTP. Every scenario has a namespace of its own; all are played at the same time."""

    def __init__(self, server):
        self.server = server
        self.context = server.context()
        self.connection = None

    def call(self, method, path, body=None, kind="application/json"):
        """The answer; None for what is gone meanwhile: a controller was quicker."""
        if self.connection is None:
            self.connection = http.client.HTTPSConnection("127.0.0.1", self.server.port, context=self.context, timeout=60)
        self.connection.request(method, "/" + path, None if body is None else json.dumps(body), {"Content-Type": kind})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status == 404 and method != "POST":
            return None
        if answer.status >= 300:
            raise RuntimeError(f"{self.server.label}: {method} {path}: {text[:600]}")
        return json.loads(text)

    @staticmethod
    def path(space, kind, name=""):
        return f"{KINDS[kind]}/namespaces/{space}/{kind}" + (f"/{name}" if name else "")

    def begin(self, space):
        self.call("POST", "api/v1/namespaces", {"metadata": {"name": space}})
        self.server.wait_until(f"/api/v1/namespaces/{space}/serviceaccounts", "the default service account",
                               lambda body: '"default"' in body)

    def apply(self, space, kind, object_):
        self.call("POST", self.path(space, kind), object_)

    def patch(self, space, kind, name, patch, subresource=""):
        self.call("PATCH", self.path(space, kind, name) + subresource, patch, "application/merge-patch+json")

    def state(self, spaces):
        """{kind: [objects]} of each namespace."""
        state = {space: {kind: [] for kind in COMPARED} for space in spaces}
        for kind in COMPARED:
            for object_ in self.call("GET", f"{KINDS[kind]}/{kind}")["items"]:
                if object_["metadata"]["namespace"] in state:
                    state[object_["metadata"]["namespace"]][kind].append(object_)
        return state

    def settled(self, spaces, seconds=30):
        """The state, once it has not changed for a while."""
        end, since, last = time.monotonic() + seconds, time.monotonic(), None
        while time.monotonic() < end:
            now = self.state(spaces)
            if now != last:
                since, last = time.monotonic(), now
            elif time.monotonic() - since >= QUIET_SECONDS:
                break
            time.sleep(0.1)
        return last

    def decide_fates(self, fates):
        """Gives every pod that has none yet the fate of its namespace; ends those being deleted. Until there is
        nothing more to do."""
        while True:
            state, changed = self.settled(fates), False
            for space, wanted in fates.items():
                for pod in state[space]["pods"] if wanted else []:
                    name = pod["metadata"]["name"]
                    if "deletionTimestamp" in pod["metadata"]:
                        self.call("DELETE", self.path(space, "pods", name), {"gracePeriodSeconds": 0})
                        changed = True
                    elif pod.get("status", {}).get("phase", "Pending") == "Pending":
                        self.patch(space, "pods", name, {"status": pod_status(wanted)}, "/status")
                        changed = True
            if not changed:
                return state


def pod_status(fate):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if fate == "ready":
        conditions = [{"type": kind, "status": "True", "lastTransitionTime": now}
                      for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")]
        return {"phase": "Running", "conditions": conditions, "podIP": "10.1.1.1", "podIPs": [{"ip": "10.1.1.1"}]}
    code = 0 if fate == "succeeded" else 3
    ended = {"exitCode": code, "finishedAt": "2020-01-01T00:00:00Z", "startedAt": "2020-01-01T00:00:00Z", "reason": "x"}
    return {"phase": "Succeeded" if code == 0 else "Failed",
            "containerStatuses": [{"name": "c", "image": "i", "imageID": "", "ready": False, "restartCount": 0,
                                   "state": {"terminated": ended}}]}


def template(image="one", **spec):
    return {"metadata": {"labels": {"app": "x"}},
            "spec": {"schedulerName": "nobody", "containers": [{"name": "c", "image": image}], **spec}}


def workload(name, image="one", **spec):
    return {"metadata": {"name": name, "annotations": {"note": "kept"}},
            "spec": {"selector": {"matchLabels": {"app": "x"}}, "template": template(image), **spec}}


def job(**spec):
    return {"metadata": {"name": "j"}, "spec": {"template": template(restartPolicy="Never"), **spec}}


IMAGE = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "two"}]}}}}
CLAIM = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "",
                                                "resources": {"requests": {"storage": "1Mi"}}}}
PORTS = [{"name": "web", "port": 80, "targetPort": 8080}]
# Name: steps of (verb, ...). After each step the fate of the pods is the last one named.
SCENARIOS = {
    "deployment": [("apply", "deployments", workload("w", replicas=3)), ("fate", "ready"),
                   ("patch", "deployments", "w", IMAGE), ("fate", "ready")],
    "deployment waits": [("apply", "deployments", workload("w", replicas=4)), ("fate", "ready"), ("fate", None),
                         ("patch", "deployments", "w", IMAGE)],
    "deployment scales": [("apply", "deployments", workload("w", replicas=1)), ("fate", "ready"),
                          ("patch", "deployments", "w", {"spec": {"replicas": 3}}), ("fate", "ready")],
    "deployment paused": [("apply", "deployments", workload("w", replicas=2, paused=True))],
    "deployment recreates": [("apply", "deployments", workload("w", replicas=2, strategy={"type": "Recreate"})),
                             ("fate", "ready"), ("patch", "deployments", "w", IMAGE), ("fate", "ready")],
    "deployment history": [("apply", "deployments", workload("w", replicas=1, revisionHistoryLimit=0)),
                           ("fate", "ready"), ("patch", "deployments", "w", IMAGE), ("fate", "ready")],
    "stateful set": [("apply", "statefulsets", workload("w", replicas=3, serviceName="s", volumeClaimTemplates=[CLAIM])),
                     ("fate", "ready"), ("patch", "statefulsets", "w", IMAGE), ("fate", "ready"),
                     ("patch", "statefulsets", "w", {"spec": {"replicas": 1}}), ("fate", "ready")],
    "stateful set waits": [("apply", "statefulsets", workload("w", replicas=3, serviceName="s"))],
    "stateful set parallel": [("apply", "statefulsets", workload("w", replicas=3, serviceName="s",
                                                                 podManagementPolicy="Parallel"))],
    "stateful set partition": [
        ("apply", "statefulsets", workload("w", replicas=3, serviceName="s", updateStrategy={
            "type": "RollingUpdate", "rollingUpdate": {"partition": 2}})),
        ("fate", "ready"), ("patch", "statefulsets", "w", IMAGE), ("fate", "ready")],
    "daemon set without nodes": [("apply", "daemonsets", {**workload("w"), "spec": {
        **workload("w")["spec"], "template": template(nodeSelector={"no": "where"})}})],
    "job": [("apply", "jobs", job()), ("fate", "succeeded")],
    "job in parallel": [("apply", "jobs", job(completions=4, parallelism=2)), ("fate", "succeeded")],
    "job indexed": [("apply", "jobs", job(completions=3, parallelism=2, completionMode="Indexed")), ("fate", "succeeded")],
    "job fails": [("apply", "jobs", job(backoffLimit=0)), ("fate", "failed")],
    "job fails by rule": [("apply", "jobs", job(podFailurePolicy={"rules": [
        {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [3]}}]})), ("fate", "failed")],
    "job fails by index": [("apply", "jobs", job(completions=2, parallelism=2, completionMode="Indexed",
                                                 backoffLimitPerIndex=0)), ("fate", "failed")],
    "job suspended": [("apply", "jobs", job(suspend=True))],
    "job resumed": [("apply", "jobs", job(suspend=True)), ("patch", "jobs", "j", {"spec": {"suspend": False}}),
                    ("fate", "succeeded")],
    "job work queue": [("apply", "jobs", job(parallelism=2)), ("fate", "succeeded")],
    "cron job suspended": [("apply", "cronjobs", {"metadata": {"name": "k"}, "spec": {
        "schedule": "* * * * *", "suspend": True, "jobTemplate": {"spec": job()["spec"]}}})],
    "endpoints": [("apply", "services", {"metadata": {"name": "s"}, "spec": {"selector": {"app": "x"}, "ports": PORTS}}),
                  ("apply", "services", {"metadata": {"name": "h"}, "spec": {"selector": {"app": "x"}, "ports": PORTS,
                                                                             "clusterIP": "None"}}),
                  ("apply", "deployments", workload("w", replicas=1)), ("fate", "ready")],
    "disruption budget": [("apply", "poddisruptionbudgets", {"metadata": {"name": "b"}, "spec": {
        "maxUnavailable": 1, "selector": {"matchLabels": {"app": "x"}}}}),
        ("apply", "deployments", workload("w", replicas=2)), ("fate", "ready")],
}


def play(side, scenarios):
    """Step by step, all scenarios at once: {namespace: what the controllers have made of it}."""
    fates = {space: None for space in scenarios}
    for space in scenarios:
        side.begin(space)
    state = {}
    for index in range(max(map(len, scenarios.values()))):
        for space, steps in scenarios.items():
            if index >= len(steps):
                continue
            verb, *arguments = steps[index]
            if verb == "fate":
                fates[space] = arguments[0]
            else:
                getattr(side, verb)(space, *arguments)
        state = side.decide_fates(fates)
    return {space: summary(state[space]) for space in scenarios}


def summary(state):
    """What a controller is answerable for, without what must differ."""
    words = {}
    for object_ in state["replicasets"] + state["controllerrevisions"]:
        labels = object_["metadata"].get("labels", {})
        pod_template = object_.get("spec", object_.get("data", {}).get("spec", {}))["template"]
        for label in ("pod-template-hash", "controller.kubernetes.io/hash"):
            if label in labels:
                words[labels[label]] = "<" + pod_template["spec"]["containers"][0]["image"] + ">"
    result = {}
    for kind, objects in state.items():
        cleaned = [cleaned_object(kind, object_) for object_ in objects]
        texts = sorted(json.dumps(one, sort_keys=True) for one in cleaned)
        for word, replacement in words.items():
            texts = [text.replace(word, replacement) for text in texts]
        result[kind] = [json.loads(text) for text in sorted(texts)]
    return result


def cleaned_object(kind, object_):
    metadata = {key: value for key, value in object_["metadata"].items()
                if key in ("name", "generateName", "labels", "annotations", "ownerReferences", "generation")}
    if "generateName" in metadata or kind == "endpointslices":
        metadata["name"] = "<random>"
    metadata.pop("generateName", None) if kind == "endpointslices" else None
    kept = {"metadata": metadata, "status": object_.get("status", {})}
    spec = object_.get("spec", {})
    if kind == "pods":
        kept["status"] = {"phase": kept["status"].get("phase")}
        kept["spec"] = {key: spec[key] for key in ("hostname", "subdomain", "tolerations", "affinity") if key in spec}
        kept["env"] = [container.get("env", []) for container in spec["containers"]]
    elif kind == "replicasets":
        kept["spec"] = {key: spec[key] for key in ("replicas", "selector")}
    elif kind in ("endpoints", "endpointslices", "controllerrevisions"):
        kept.update({key: object_[key] for key in ("subsets", "endpoints", "ports", "revision") if key in object_})
    elif kind == "persistentvolumeclaims":
        kept["status"] = {}
    text = json.dumps(kept)
    text = UUID.sub("<uid>", TIME.sub("<time>", text))
    text = re.sub(r'("name": "w-[a-z0-9<>]+-)[a-z0-9]{5}"', r'\1<random>"', text)
    text = re.sub(r'("name": "j-(\d+-)?)[a-z0-9]{5}"', r'\1<random>"', text)
    text = re.sub(r"(Pod [a-z-]+/j-)[a-z0-9]{5}|(for pod [a-z-]+/j-)[a-z0-9]{5}", r"\1\2<random>", text)
    value = json.loads(text)
    for condition_list in (value["status"].get("conditions"),):
        if condition_list:
            condition_list.sort(key=lambda condition: condition["type"])
    return value


def differences(real, ours, path=""):
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in sorted(set(real) | set(ours)):
            yield from differences(real.get(key, "<absent>"), ours.get(key, "<absent>"), f"{path}.{key}")
    elif isinstance(real, list) and isinstance(ours, list) and len(real) == len(ours):
        for index, pair in enumerate(zip(real, ours)):
            yield from differences(*pair, f"{path}.{index}")
    elif real != ours:
        yield path.lstrip("."), real, ours


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--components", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("binary")
    options = parser.parse_args()
    with open(KNOWN) as file:
        known = json.load(file)
    real = real_api.RealApi(options.components)
    real.CONTROLLERS = "*"
    ours = real_api.EmbeddedApi(os.path.abspath(options.binary))
    unknown, used = [], set()
    try:
        chosen = {name.replace(" ", "-"): steps for name, steps in SCENARIOS.items() if options.only in name}
        for server in (real, ours):
            server.start()
        theirs, mine = (play(Side(server), chosen) for server in (real, ours))
        for space in chosen:
            for path, there, here in differences(theirs[space], mine[space]):
                reason = next((entry for entry in known if re.search(entry["path"], path) and
                               re.search(entry.get("scenario", ""), space)), None)
                if reason is None:
                    unknown.append(f"{space}: {path}\n    real {json.dumps(there)}\n    ours {json.dumps(here)}")
                else:
                    used.add(reason["path"])
    finally:
        for server in (real, ours):
            server.close()
    stale = [] if options.only else [entry["path"] for entry in known if entry["path"] not in used]
    for line in unknown + [f"known, but not to be seen any more: {path}" for path in stale]:
        print(line)
    print(f"controllers: scenarios={len(SCENARIOS)} differences={len(unknown)} known={len(used)}")
    return 1 if unknown or stale else 0


if __name__ == "__main__":
    sys.exit(main())
