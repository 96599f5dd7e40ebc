"""What a data platform's neighbours need, through kubectl: StatefulSets with claims, Services, DaemonSets, CronJobs,
rollouts. The pods are host programs (image `firesteel`)."""
import json
import unittest
import urllib.request

from embedded_cluster import EmbeddedCluster, needs_kubectl

SPACE = "default"
# Says its pod's name, and what it was told to say, to every GET; ends at once when it is asked to.
SERVER = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write((os.environ["HOSTNAME"] + " " + os.environ.get("SAY", "")).encode())
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer((os.environ["IP"], 8080), Handler).serve_forever()
"""


def server(say="one", **more):
    return {"name": "server", "image": "firesteel", "command": ["/usr/bin/python3", "-c", SERVER],
            "env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                    {"name": "SAY", "value": say}],
            "ports": [{"name": "web", "containerPort": 8080}],
            "readinessProbe": {"httpGet": {"port": "web"}, "periodSeconds": 1}, **more}


def shell(script):
    return {"name": "shell", "image": "firesteel", "command": ["/bin/sh", "-c", script]}


def workload(kind, name, container, **spec):
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": SPACE},
            "spec": {"selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels},
                                  "spec": {"terminationGracePeriodSeconds": 5, "containers": [container]}}, **spec}}


def service(name, app, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": SPACE},
            "spec": {"selector": {"app": app}, **spec}}


@needs_kubectl
class WorkloadsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        try:
            cls.cluster.up()
        except BaseException:
            cls.cluster.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def kubectl(self, *arguments, **more):
        return self.cluster.kubectl("-n", SPACE, *arguments, **more).stdout.strip()

    def apply(self, *objects):
        self.kubectl("apply", "-f", "-", stdin="\n".join(map(json.dumps, objects)))

    def rolled_out(self, what):
        try:
            self.kubectl("rollout", "status", what, "--timeout=60s", timeout=90)
        except AssertionError as error:
            seen = self.kubectl("get", "all,events", "-o", "wide", check=False)
            raise AssertionError(f"{error}\n{seen}") from None

    def value(self, what, path):
        return self.kubectl("get", what, "-o", "jsonpath={" + path + "}")

    def pods(self, app):
        return self.kubectl("get", "pods", "-l", "app=" + app, "-o", "jsonpath={.items[*].metadata.name}").split()

    def answers(self, pod, expected):
        ask = ("exec", pod, "--", "/bin/sh", "-c", "curl -s http://$IP:8080")
        self.cluster.wait_for(f"{pod} to answer {expected!r}", lambda: self.kubectl(*ask, check=False) == expected, 30)

    def in_pod(self, pod, script):
        return self.kubectl("exec", pod, "--", "/bin/sh", "-c", script)

    def test_a_service_is_reached_by_name_cluster_address_and_node_port(self):
        self.apply(workload("Deployment", "web", server(), replicas=2),
                   service("web", "web", type="NodePort", ports=[{"name": "http", "port": 81, "targetPort": "web"}]),
                   workload("Deployment", "client", shell("exec sleep 3600")))
        self.rolled_out("deployment/web")
        self.rolled_out("deployment/client")
        client = self.pods("client")[0]
        address, port = self.value("service/web", ".spec.clusterIP"), self.value("service/web", ".spec.ports[0].nodePort")
        for name in ("web", "web.default", "web.default.svc", "web.default.svc.cluster.local", address):
            self.cluster.wait_for(f"an answer of {name}", lambda: "one" in self.in_pod(
                client, f"curl -s http://{name}:81 || true"), 20)
        answers = {urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=10).read() for _ in range(8)}
        self.assertEqual(len(answers), 2, answers)
        # An update never leaves it without an endpoint.
        self.kubectl("set", "env", "deployment/web", "SAY=two")
        self.rolled_out("deployment/web")
        self.cluster.wait_for("the new answer", lambda: all(
            "two" in self.in_pod(client, "curl -s http://web:81") for _ in range(4)), 20)
        self.kubectl("rollout", "undo", "deployment/web")
        self.rolled_out("deployment/web")
        self.cluster.wait_for("the old answer", lambda: "one" in self.in_pod(client, "curl -s http://web:81"), 20)
        self.kubectl("scale", "deployment/web", "--replicas=0")
        self.cluster.wait_for("nobody to answer", lambda: self.in_pod(
            client, "curl -s http://web:81 || echo refused") == "refused", 30)

    def test_a_stateful_set_has_stable_names_and_claims(self):
        claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
                                                        "resources": {"requests": {"storage": "1Mi"}}}}
        container = server(volumeMounts=[{"name": "data", "mountPath": "/data"}])
        self.apply(service("dbs", "db", clusterIP="None", ports=[{"port": 8080}]),
                   workload("StatefulSet", "db", container, serviceName="dbs", replicas=2, volumeClaimTemplates=[claim]))
        self.rolled_out("statefulset/db")
        self.assertEqual(self.pods("db"), ["db-0", "db-1"])
        self.in_pod("db-1", "echo kept > /data/file")
        self.cluster.wait_for("db-1's own name", lambda: self.in_pod(
            "db-0", "curl -s http://db-1.dbs.default.svc.cluster.local:8080 || true") == "db-1 one", 20)
        self.assertEqual(self.in_pod("db-0", "hostname -f"), "db-0.dbs.default.svc.cluster.local")
        self.kubectl("scale", "statefulset/db", "--replicas=1")
        self.kubectl("wait", "--for=delete", "pod/db-1", "--timeout=30s")
        self.assertEqual(self.value("pvc", ".items[*].metadata.name").split(), ["data-db-0", "data-db-1"])
        self.kubectl("scale", "statefulset/db", "--replicas=2")
        self.rolled_out("statefulset/db")
        self.assertEqual(self.in_pod("db-1", "cat /data/file"), "kept")
        self.kubectl("rollout", "restart", "statefulset/db")
        self.rolled_out("statefulset/db")
        # Only from the partition on, and all of it undone.
        self.kubectl("patch", "statefulset/db", "-p", '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":1}}}}')
        self.kubectl("set", "env", "statefulset/db", "SAY=two")
        self.rolled_out("statefulset/db")
        # With a partition, `rollout status` counts pods of the new revision, ready or not.
        self.answers("db-1", "db-1 two")
        self.answers("db-0", "db-0 one")
        self.kubectl("rollout", "undo", "statefulset/db")
        self.rolled_out("statefulset/db")
        self.answers("db-1", "db-1 one")
        history = self.kubectl("rollout", "history", "statefulset/db").split()
        self.assertEqual([word for word in history if word.isdigit()], ["1", "3", "4"])

    def test_a_daemon_set_runs_on_the_node_and_restarts(self):
        self.apply(workload("DaemonSet", "agent", server()))
        self.rolled_out("daemonset/agent")
        before = self.pods("agent")
        self.assertEqual(len(before), 1)
        self.kubectl("rollout", "restart", "daemonset/agent")
        self.rolled_out("daemonset/agent")
        self.assertNotEqual(self.pods("agent"), before)

    def test_recreate_goes_on_when_the_old_pod_took_its_time(self):
        slow = shell("trap 'sleep 2; exit 0' TERM; while true; do sleep 0.1; done")
        self.apply(workload("Deployment", "slow", slow, strategy={"type": "Recreate"}))
        self.rolled_out("deployment/slow")
        for _ in range(2):
            self.kubectl("rollout", "restart", "deployment/slow")
            self.rolled_out("deployment/slow")
        self.assertEqual(len(self.pods("slow")), 1)

    def test_a_cron_job_fires_and_keeps_its_history_short(self):
        job = {"template": {"spec": {"restartPolicy": "Never", "containers": [shell("true")]}}}
        self.apply({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick", "namespace": SPACE},
                    "spec": {"schedule": "@every 1s", "successfulJobsHistoryLimit": 1, "jobTemplate": {"spec": job}}})
        self.cluster.wait_for("a run that succeeded", lambda: self.value(
            "cronjob/tick", ".status.lastSuccessfulTime"), 60)
        self.kubectl("patch", "cronjob/tick", "-p", '{"spec":{"suspend":true}}')
        self.cluster.wait_for("a short history", lambda: len(self.ran()) == 1, 60)
        self.kubectl("delete", "cronjob/tick")
        self.cluster.wait_for("its jobs to go with it", lambda: not self.ran(), 30)

    def test_an_indexed_job_runs_each_index(self):
        container = shell('test "$HOSTNAME" = "indexed-$JOB_COMPLETION_INDEX"')
        self.apply({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "indexed", "namespace": SPACE},
                    "spec": {"completionMode": "Indexed", "completions": 3, "parallelism": 2, "backoffLimit": 0,
                             "template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}})
        self.kubectl("wait", "--for=condition=Complete", "job/indexed", "--timeout=60s", timeout=90)
        self.assertEqual(self.value("job/indexed", ".status.completedIndexes"), "0-2")

    def test_an_eviction_asks_the_disruption_budget(self):
        budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "calm", "namespace": SPACE},
                  "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "calm"}}}}
        self.apply(workload("Deployment", "calm", server(), replicas=2), budget)
        self.rolled_out("deployment/calm")
        self.cluster.wait_for("two to be well", lambda: self.value("pdb/calm", ".status.currentHealthy") == "2", 30)
        pod = self.pods("calm")[0]
        eviction = json.dumps({"apiVersion": "policy/v1", "kind": "Eviction",
                               "metadata": {"name": pod, "namespace": SPACE}})
        evict = ("create", "--raw", f"/api/v1/namespaces/{SPACE}/pods/{pod}/eviction", "-f", "-")
        refused = self.cluster.kubectl(*evict, stdin=eviction, check=False)
        self.assertIn("would violate the pod's disruption budget", refused.stderr)
        self.kubectl("patch", "pdb/calm", "--type=merge", "-p", '{"spec":{"minAvailable":1}}')
        self.cluster.wait_for("leave", lambda: self.value("pdb/calm", ".status.disruptionsAllowed") == "1", 30)
        self.cluster.kubectl(*evict, stdin=eviction)
        self.kubectl("wait", "--for=delete", "pod/" + pod, "--timeout=30s")

    def ran(self):
        return [name for name in self.value("jobs", ".items[*].metadata.name").split() if name.startswith("tick-")]


if __name__ == "__main__":
    unittest.main(verbosity=2)
