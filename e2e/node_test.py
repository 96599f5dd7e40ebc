"""The node agent through kubectl: limits, volumes, probes, hooks, with pods of host programs (image `firesteel`)."""
import json
import os
import shutil
import unittest

import embedded_cluster
from embedded_cluster import EmbeddedCluster, needs_kubectl

SPACE = "default"


def shell(name, script, **more):
    return {"name": name, "image": "firesteel", "command": ["/bin/sh", "-c", script], **more}


@needs_kubectl
class NodeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        # A program of its own, for one test replaces it while the cluster runs.
        cls.program = os.path.join(cls.cluster.directory, "firesteel")
        shutil.copy2(embedded_cluster.FIRESTEEL, cls.program)
        original, embedded_cluster.FIRESTEEL = embedded_cluster.FIRESTEEL, cls.program
        try:
            cls.cluster.up()
        except BaseException:
            cls.cluster.close()
            raise
        finally:
            embedded_cluster.FIRESTEEL = original

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def create(self, *objects):
        self.cluster.kubectl("apply", "-n", SPACE, "-f", "-", stdin="\n".join(map(json.dumps, objects)))

    def pod(self, name, *containers, init=(), policy="Never", **spec):
        made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
                "spec": {"restartPolicy": policy, "containers": list(containers), "initContainers": list(init), **spec}}
        self.create(made)

    def get(self, name, kind="pod"):
        return self.cluster.get(kind, name, SPACE)

    def phase(self, name):
        return (self.get(name) or {}).get("status", {}).get("phase")

    def status(self, name, container=0, init=False):
        listed = self.get(name).get("status", {}).get("initContainerStatuses" if init else "containerStatuses", [])
        return listed[container] if container < len(listed) else {}

    def wait_for(self, what, condition, seconds=60):
        try:
            return self.cluster.wait_for(what, condition, seconds)
        except AssertionError as error:
            pods = self.cluster.kubectl("get", "pods,events", "-n", SPACE, "-o", "wide", check=False).stdout
            raise AssertionError(f"{error}\n{pods}") from None

    def ended(self, name):
        self.wait_for(f"the end of {name}", lambda: self.phase(name) in ("Succeeded", "Failed"))
        return self.status(name)["state"]["terminated"]

    def log(self, name, *arguments):
        return self.cluster.kubectl("logs", name, "-n", SPACE, *arguments).stdout

    def test_memory_limit_ends_in_oom_killed(self):
        program = "import time\nx = bytearray(400 << 20)\nprint(len(x), flush=True)\ntime.sleep(60)"
        self.pod("hog", {"name": "hog", "image": "firesteel", "command": ["/usr/bin/python3", "-c", program],
                         "resources": {"limits": {"memory": "100Mi"}}})
        ended = self.ended("hog")
        self.assertEqual((ended["reason"], ended["exitCode"]), ("OOMKilled", 137))
        conditions = {c["type"]: c for c in self.get("firesteel", "node")["status"]["conditions"]}
        self.assertIn("MemoryLimitsByKernel", conditions)
        self.assertTrue(conditions["MemoryLimitsByKernel"]["message"])

    def test_pods_start_after_the_program_was_replaced(self):
        fresh = self.program + ".new"
        with open(fresh, "w") as file:
            file.write("not a program")
        os.rename(fresh, self.program)
        self.pod("after-upgrade", {"name": "main", "image": "firesteel", "args": ["version"]})
        self.assertEqual(self.ended("after-upgrade")["exitCode"], 0)
        self.assertIn("firesteel", self.log("after-upgrade"))

    def exec_probe(self, *command, **more):
        return {"exec": {"command": ["/bin/sh", "-c", *command]}, "periodSeconds": 1, **more}

    def test_readiness_by_exec_and_http(self):
        self.pod("ready-later", shell("main", "sleep 2; touch /tmp/ready; sleep 600",
                                      readinessProbe=self.exec_probe("test -e /tmp/ready")))
        server = {"name": "main", "image": "firesteel", "workingDir": "/tmp", "ports": [{"name": "http", "containerPort": 8080}],
                  "env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
                  "command": ["/usr/bin/python3", "-m", "http.server", "--bind", "$(IP)", "8080"]}
        http = {"httpGet": {"port": "http", "path": "/"}, "periodSeconds": 1}
        tcp = {"tcpSocket": {"port": 8080}, "periodSeconds": 1}
        self.pod("web", {**server, "readinessProbe": http, "startupProbe": tcp})
        self.pod("web-missing", {**server, "readinessProbe": {"httpGet": {"port": 8080, "path": "/none"}, "periodSeconds": 1}})
        self.wait_for("ready-later to run", lambda: self.phase("ready-later") == "Running")
        self.assertFalse(self.status("ready-later")["ready"])
        for name in ("ready-later", "web"):
            self.wait_for(f"{name} to be ready", lambda: self.status(name).get("ready"))
            conditions = {c["type"]: c["status"] for c in self.get(name)["status"]["conditions"]}
            self.assertEqual(conditions["Ready"], "True")
        self.wait_for("the failed probe's event", lambda: "statuscode: 404" in self.events("web-missing"))
        self.assertFalse(self.status("web-missing")["ready"])
        self.delete("ready-later", "web", "web-missing")

    def events(self, name):
        return self.cluster.kubectl("get", "events", "-n", SPACE, "--field-selector", f"involvedObject.name={name}",
                                    "-o", "jsonpath={range .items[*]}{.reason}: {.message}{'\\n'}{end}").stdout

    def delete(self, *names, grace=1):
        self.cluster.kubectl("delete", "pod", *names, "-n", SPACE, f"--grace-period={grace}")

    def test_container_that_fails_its_liveness_probe_is_restarted(self):
        self.pod("sick", shell("main", "touch /tmp/alive; sleep 2; rm /tmp/alive; exec sleep 600",
                               livenessProbe=self.exec_probe("test -e /tmp/alive", failureThreshold=2,
                                                             initialDelaySeconds=1)),
                 policy="Always", terminationGracePeriodSeconds=1)
        self.wait_for("a restart", lambda: self.status("sick").get("restartCount", 0) >= 1)
        self.assertIn("Liveness probe failed", self.events("sick"))
        self.assertEqual(self.status("sick")["lastState"]["terminated"]["reason"], "Error")
        self.delete("sick")

    def test_changed_config_map_and_secret_reach_their_volumes(self):
        def objects(text):
            return ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "live"}, "data": {"key": text}},
                    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "live"}, "stringData": {"key": text}})
        self.create(*objects("first"))
        script = "while :; do echo $(cat /map/key) $(cat /secret/key) $(cat /one/key); sleep 0.2; done"
        self.pod("reader", shell("main", script, volumeMounts=[
            {"name": "map", "mountPath": "/map"}, {"name": "secret", "mountPath": "/secret"},
            {"name": "map", "mountPath": "/one/key", "subPath": "key"}]),
            volumes=[{"name": "map", "configMap": {"name": "live"}}, {"name": "secret", "secret": {"secretName": "live"}}])
        self.wait_for("the first content", lambda: self.phase("reader") == "Running" and "first first first" in self.log("reader"))
        self.create(*objects("second"))
        # A subPath stays as it was, as in Kubernetes.
        self.wait_for("the second content", lambda: "second second first" in self.log("reader", "--tail=1"), 15)
        self.delete("reader", grace=0)

    def test_sidecar_runs_beside_the_others_and_ends_after_them(self):
        mount = [{"name": "shared", "mountPath": "/shared"}]
        sidecar = shell("sidecar", "trap 'echo sidecar ends; exit 0' TERM; touch /shared/up; while :; do sleep 0.1; done",
                        volumeMounts=mount, restartPolicy="Always", startupProbe=self.exec_probe("test -e /shared/up"))
        plain = shell("plain", "test -e /shared/up", volumeMounts=mount)
        self.pod("with-sidecar", shell("main", "test -e /shared/up && sleep 1 && echo done", volumeMounts=mount),
                 init=[sidecar, plain], volumes=[{"name": "shared", "emptyDir": {}}])
        self.assertEqual(self.ended("with-sidecar")["exitCode"], 0)
        self.assertEqual(self.phase("with-sidecar"), "Succeeded")
        self.assertIn("sidecar ends", self.log("with-sidecar", "-c", "sidecar"))
        self.assertEqual(self.status("with-sidecar", 0, init=True)["restartCount"], 0)

    def test_hooks_run_after_the_start_and_before_the_end(self):
        place = os.path.join(self.cluster.directory, "hooks")
        os.makedirs(place)
        os.chmod(place, 0o777)
        hook = {"postStart": {"exec": {"command": ["/bin/sh", "-c", "echo started >> /out/log"]}},
                "preStop": {"exec": {"command": ["/bin/sh", "-c", "echo stopping >> /out/log"]}}}
        self.pod("hooked", shell("main", "trap 'echo term >> /out/log; exit 0' TERM; while :; do sleep 0.1; done",
                                 lifecycle=hook, volumeMounts=[{"name": "out", "mountPath": "/out"}]),
                 volumes=[{"name": "out", "hostPath": {"path": place}}])
        self.wait_for("the pod to be ready", lambda: self.status("hooked").get("ready"))
        self.delete("hooked", grace=10)
        with open(os.path.join(place, "log")) as log:
            self.assertEqual(log.read().split(), ["started", "stopping", "term"])

    def test_last_words_are_in_the_status(self):
        self.pod("words", shell("main", "echo -n farewell > /dev/termination-log; exit 3"))
        self.pod("log-words", shell("main", "echo the reason; exit 4", terminationMessagePolicy="FallbackToLogsOnError"))
        self.assertEqual(self.ended("words")["message"], "farewell")
        self.assertEqual(self.ended("log-words")["message"], "the reason\n")

    def test_empty_dir_over_its_limit_is_evicted(self):
        self.pod("greedy", shell("main", "head -c 4000000 /dev/urandom > /data/file; sleep 600",
                                 volumeMounts=[{"name": "data", "mountPath": "/data"}]),
                 volumes=[{"name": "data", "emptyDir": {"sizeLimit": "1Mi"}}])
        self.wait_for("the eviction", lambda: self.phase("greedy") == "Failed")
        status = self.get("greedy")["status"]
        self.assertEqual(status["reason"], "Evicted")
        self.assertIn('EmptyDir volume "data" exceeds the limit "1Mi"', status["message"])

    def test_claim_keeps_its_data_until_it_is_deleted(self):
        self.create({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
                     "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})

        def run(name, script):
            self.pod(name, shell("main", script, volumeMounts=[{"name": "data", "mountPath": "/data"}]),
                     volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}])
            self.assertEqual(self.ended(name)["exitCode"], 0)

        run("writer", "echo kept > /data/file")
        claim = self.get("data", "pvc")
        self.assertEqual((claim["status"]["phase"], claim["status"]["capacity"]["storage"]), ("Bound", "1Gi"))
        volume = self.get(claim["spec"]["volumeName"], "pv")
        self.assertEqual(volume["status"]["phase"], "Bound")
        self.cluster.down()
        self.cluster.up()
        run("second", "grep kept /data/file")
        self.assertTrue(os.path.exists(volume["spec"]["hostPath"]["path"]))
        self.cluster.kubectl("delete", "pvc", "data", "-n", SPACE)
        self.wait_for("the volume to go", lambda: self.get(claim["spec"]["volumeName"], "pv") is None)
        self.assertFalse(os.path.exists(volume["spec"]["hostPath"]["path"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
