"""A real kube-apiserver with its controller manager (tools/kube-components), the operator as a process of its own beside
it, and a kubelet that plays the lives of pods. For tests and for bench/operator."""
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "differential"))
from real_api import RealApi, free_port  # noqa: E402

NAMESPACE = "data-platform"
GROUP = "/apis/sparkoperator.k8s.io/v1beta2"
APPLICATIONS = f"{GROUP}/namespaces/{NAMESPACE}/sparkapplications"
SCHEDULES = f"{GROUP}/namespaces/{NAMESPACE}/scheduledsparkapplications"
CORE = f"/api/v1/namespaces/{NAMESPACE}"
WRITES = ("create", "update", "patch", "delete", "deletecollection")


def components():
    """The folder of the real components, or None where they have not been built."""
    folder = subprocess.run([os.path.join(ROOT, "tools/kube-components"), "--where"], check=True, capture_output=True,
                            text=True).stdout.strip()
    needed = ("etcd", "kube-apiserver", "kube-controller-manager")
    return folder if all(os.access(os.path.join(folder, name), os.X_OK) for name in needed) else None


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body[:500]}")
        self.status = status
        self.body = body


class Stop(threading.Event):
    """Cuts the watch that it ends."""

    socket = None

    def set(self):
        super().set()
        if self.socket is not None:
            try:
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Client:
    """JSON over one kept-alive connection for each thread."""

    def __init__(self, port, context):
        self.port, self.context, self.local = port, context, threading.local()

    def connect(self, timeout=60):
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=timeout)

    def call(self, method, path, body=None, content="application/json"):
        for last in (False, True):
            connection = getattr(self.local, "connection", None)
            if connection is None:
                connection = self.local.connection = self.connect()
            try:
                connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": content})
                answer = connection.getresponse()
                text = answer.read()
                break
            except (http.client.HTTPException, OSError):
                connection.close()
                self.local.connection = None
                if last:
                    raise
        if answer.status >= 300:
            raise Refused(answer.status, text.decode(errors="replace"))
        return json.loads(text) if text else None

    def get(self, path):
        """The object, or None when there is none."""
        try:
            return self.call("GET", path)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def post(self, path, body):
        return self.call("POST", path, body)

    def merge(self, path, body):
        return self.call("PATCH", path, body, "application/merge-patch+json")

    def delete(self, path, grace=None, policy="Background"):
        options = {"propagationPolicy": policy}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        try:
            self.call("DELETE", path, options)
        except Refused as refused:
            if refused.status != 404:
                raise

    def watch(self, path, selector, version, stopped):
        """Events of a collection, until `stopped` is set. It is one watch: after a gap nobody would know what happened."""
        query = urllib.parse.urlencode({"watch": "true", "resourceVersion": version, "labelSelector": selector,
                                        "timeoutSeconds": "7200"})
        connection = self.connect(timeout=None)
        connection.request("GET", f"{path}?{query}")
        stopped.socket = connection.sock
        try:
            for line in connection.getresponse():
                yield json.loads(line)
        except (OSError, http.client.HTTPException, ValueError):
            if not stopped.is_set():
                raise
        finally:
            connection.close()


class Kubelet:
    """Binds driver pods, makes them Running and ends them, as the pod's annotations say:
    play/exit: the exit code (0); play/hold: "true" keeps it Running until the annotation is removed from the pod;
    play/executors: how many it starts. Removes pods that are being deleted."""

    NODE = "played"

    def __init__(self, client, threads=4):
        self.client = client
        self.stopped = Stop()
        self.drivers = {}  # name -> uids of all that there ever were
        self.live = {}     # application -> name of its driver that has not ended
        self.breaches = []
        self.lock = threading.Lock()
        self.work = {}     # name -> the newest object
        self.waiting = threading.Condition(self.lock)
        self.threads = [threading.Thread(target=self.watch, daemon=True)]
        self.threads += [threading.Thread(target=self.play_all, daemon=True) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def close(self):
        self.stopped.set()
        with self.lock:
            self.waiting.notify_all()
        for thread in self.threads:
            thread.join()

    def watch(self):
        version = self.client.call("GET", f"{CORE}/pods?limit=1")["metadata"]["resourceVersion"]
        for event in self.client.watch(f"{CORE}/pods", "spark-role", version, self.stopped):
            pod = event["object"]
            with self.lock:
                self.record(event["type"], pod)
                if event["type"] != "DELETED":
                    self.work[pod["metadata"]["name"]] = pod
                    self.waiting.notify()

    def record(self, kind, pod):
        labels = pod["metadata"]["labels"]
        if labels["spark-role"] != "driver":
            return
        name, application = pod["metadata"]["name"], labels.get("sparkoperator.k8s.io/app-name")
        ended = kind == "DELETED" or pod["status"].get("phase") in ("Succeeded", "Failed")
        if kind == "ADDED":
            self.drivers.setdefault(name, []).append((labels["sparkoperator.k8s.io/submission-id"], pod["metadata"]["uid"]))
            other = self.live.get(application)
            if other and other != pod["metadata"]["uid"]:
                self.breaches.append(f"two live drivers of {application}")
            self.live[application] = pod["metadata"]["uid"]
        if ended and self.live.get(application) == pod["metadata"]["uid"]:
            del self.live[application]

    def play_all(self):
        while True:
            with self.lock:
                while not self.work and not self.stopped.is_set():
                    self.waiting.wait()
                if self.stopped.is_set():
                    return
                _, pod = self.work.popitem()
            try:
                self.play(pod)
            except Refused as refused:
                if refused.status not in (404, 409, 422):  # the pod has moved on meanwhile
                    self.breaches.append(str(refused))

    def play(self, pod):
        meta, phase = pod["metadata"], pod["status"].get("phase")
        path = f"{CORE}/pods/{meta['name']}"
        if meta.get("deletionTimestamp"):
            return self.client.delete(path, grace=0)
        if not pod["spec"].get("nodeName"):
            return self.client.post(f"{path}/binding", {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": meta["name"]},
                                                        "target": {"kind": "Node", "name": self.NODE}})
        driver = meta["labels"]["spark-role"] == "driver"
        if phase == "Pending":
            self.set_status(path, "Running", {"running": {"startedAt": now()}}, driver)
            if driver:
                self.start_executors(pod)
        elif phase == "Running" and driver and meta.get("annotations", {}).get("play/hold") != "true":
            code = int(meta.get("annotations", {}).get("play/exit", "0"))
            self.set_status(path, "Failed" if code else "Succeeded",
                            {"terminated": {"exitCode": code, "reason": "Error" if code else "Completed",
                                            "startedAt": now(), "finishedAt": now()}}, driver)
            self.end_executors(meta)

    def end_executors(self, driver):
        for number in range(1, int(driver.get("annotations", {}).get("play/executors", "0")) + 1):
            self.set_status(f"{CORE}/pods/{driver['name']}-exec-{number}", "Succeeded",
                            {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now(), "finishedAt": now()}}, False)

    def set_status(self, path, phase, state, driver):
        container = {"name": "spark-kubernetes-driver" if driver else "spark-kubernetes-executor", "image": "i", "imageID": "i",
                     "ready": phase == "Running", "restartCount": 0, "state": state}
        self.client.call("PATCH", f"{path}/status", {"status": {"phase": phase, "containerStatuses": [container]}},
                         "application/merge-patch+json")

    def start_executors(self, driver):
        meta = driver["metadata"]
        for number in range(1, int(meta.get("annotations", {}).get("play/executors", "0")) + 1):
            owner = {"apiVersion": "v1", "kind": "Pod", "name": meta["name"], "uid": meta["uid"], "controller": True}
            labels = dict(meta["labels"], **{"spark-role": "executor", "spark-exec-id": str(number)})
            self.client.post(f"{CORE}/pods", {
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": f"{meta['name']}-exec-{number}", "labels": labels, "ownerReferences": [owner]},
                "spec": {"containers": [{"name": "spark-kubernetes-executor", "image": "i"}], "restartPolicy": "Never"}})


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Operator:
    """`firesteel operator` with a certificate of its own, so that the audit log tells who wrote."""

    def __init__(self, cluster, binary, name, *arguments):
        self.cluster, self.name = cluster, name
        self.command = [binary, "operator", *arguments]
        self.metrics_port = None
        if "--metrics-port" not in arguments:
            self.metrics_port = free_port()
            self.command += ["--metrics-address", "127.0.0.1", "--metrics-port", str(self.metrics_port)]
        self.process = None

    def start(self):
        with open(self.cluster.at(self.name + ".log"), "ab") as log:
            environment = {k: v for k, v in os.environ.items() if not k.startswith("KUBERNETES_")}
            environment.update(POD_NAMESPACE=NAMESPACE, POD_NAME=self.name, KUBECONFIG=self.cluster.kubeconfig_of(self.name))
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
        return self

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=20):
        """The seconds that it took, and the exit code."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        return time.monotonic() - began, code

    def ask(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def is_ready(self):
        return self.ask("/readyz")[0] == 200

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1024

    def log(self):
        with open(self.cluster.at(self.name + ".log"), errors="replace") as file:
            return file.read()


class RealCluster(RealApi):
    """One for a whole test program: it takes some ten seconds to come up."""

    CONTROLLERS = RealApi.CONTROLLERS + ",resourcequota-controller"

    def __init__(self, folder, binary):
        super().__init__(folder)
        self.binary = os.path.abspath(binary)
        self.operators = []

    def spawn(self, name, command):
        super().spawn(name, command + self.audit_options() if name == "kube-apiserver" else command)

    def audit_options(self):
        """Every write of an operator, by name."""
        with open(self.at("audit.yaml"), "w") as file:
            json.dump({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
                       "rules": [{"level": "Metadata", "verbs": list(WRITES), "userGroups": ["operators"]},
                                 {"level": "None"}]}, file)
        return [f"--audit-policy-file={self.at('audit.yaml')}", f"--audit-log-path={self.at('audit.log')}",
                "--audit-log-mode=blocking"]

    def start(self):
        super().start()
        self.client = Client(self.port, self.context())
        crds = subprocess.run([self.binary, "crd", "-o", "json"], check=True, capture_output=True, text=True).stdout
        for crd in documents(crds):
            self.client.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)
        self.client.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        self.client.post(f"{CORE}/serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "spark"}})
        for path in (APPLICATIONS, SCHEDULES):
            self.wait_until(path, "the CustomResourceDefinitions", lambda body: '"items"' in body)

    def kubeconfig_of(self, name):
        path = self.at(name + ".kubeconfig")
        if not os.path.exists(path):
            self.issue(name, f"/O=system:masters/O=operators/CN={name}", "extendedKeyUsage=clientAuth")
            with open(self.at("kubeconfig")) as file:
                config = json.load(file)
            config["users"][0]["user"] = {"client-certificate": self.at(name + ".crt"), "client-key": self.at(name + ".key")}
            with open(path, "w") as file:
                json.dump(config, file)
        return path

    def operator(self, name, *arguments):
        made = Operator(self, self.binary, name, *arguments)
        self.operators.append(made)
        return made.start()

    def close(self):
        for operator in self.operators:
            if operator.process and operator.process.poll() is None:
                operator.signal(signal.SIGCONT)
                operator.kill()
        for _, process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
        super().close()

    def audit(self):
        """Who wrote what: (user, verb, resource, name, code, microseconds since 1970)."""
        with open(self.at("audit.log")) as file:
            for line in file:
                event = json.loads(line)
                what = event.get("objectRef", {})
                resource = what.get("resource", "") + ("/" + what["subresource"] if "subresource" in what else "")
                yield (event["user"]["username"], event["verb"], resource, what.get("name", ""),
                       event["responseStatus"].get("code", 0), event["requestReceivedTimestamp"])

    def application(self, name):
        return self.client.get(f"{APPLICATIONS}/{name}")

    def state(self, name):
        return state_of(self.application(name))

    def wait_for(self, what, condition, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        logs = "\n".join(f"--- {name}\n{log[-2000:]}" for name, log in {one.name: one.log() for one in self.operators[-2:]}.items())
        raise AssertionError(f"waited {seconds} s in vain for {what}\n{logs}")


def documents(text):
    """`firesteel crd -o json` prints one document or a list."""
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found += value if isinstance(value, list) else value.get("items", [value])
        while at < len(text) and text[at].isspace():
            at += 1
    return found


def state_of(application):
    return (application or {}).get("status", {}).get("applicationState", {}).get("state", "")


def message_of(application):
    return application.get("status", {}).get("applicationState", {}).get("errorMessage", "")


def manifest(name, play=None, **spec):
    annotations = {f"play/{key}": str(value) for key, value in (play or {}).items()}
    body = {"type": "Scala", "mode": "cluster", "image": "apache/spark:3.5.1", "sparkVersion": "3.5.1",
            "mainClass": "org.apache.spark.examples.SparkPi",
            "mainApplicationFile": "local:///opt/spark/examples/jars/spark-examples.jar",
            "restartPolicy": {"type": "Never"},
            "driver": {"cores": 1, "memory": "512m", "serviceAccount": "spark", "annotations": annotations},
            "executor": {"cores": 1, "instances": 1}}
    body.update(spec)
    return {"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication",
            "metadata": {"name": name, "namespace": NAMESPACE}, "spec": body}
