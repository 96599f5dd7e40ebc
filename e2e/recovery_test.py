"""kill -9 of the cluster's processes: every acknowledged write is there again, and no driver runs twice."""
import json
import os
import signal
import unittest

from embedded_cluster import NAMESPACE, EmbeddedCluster, manifest_text, needs_kubectl


@needs_kubectl
class RecoveryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        cls.cluster.firesteel("image", "build", "apache/spark:v3.4.0", timeout=600)
        cls.cluster.up()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def test_killing_the_daemon_loses_no_write_and_reports_the_driver(self):
        text = manifest_text("spark-pi-test").replace("spark-pi-test", "pi-killed")
        self.cluster.kubectl("apply", "-f", "-", stdin=text)
        self.cluster.wait_for("a running driver", lambda: self.cluster.state("pi-killed") == "RUNNING")
        for i in range(20):
            self.cluster.kubectl("create", "configmap", f"written-{i}", "-n", "default", "--from-literal=a=b")
        os.kill(self.cluster.daemon_pid(), signal.SIGKILL)
        self.cluster.up()
        names = {o["metadata"]["name"] for o in json.loads(
            self.cluster.kubectl("get", "configmaps", "-n", "default", "-o", "json").stdout)["items"]}
        self.assertTrue({f"written-{i}" for i in range(20)} <= names, names)

        state = self.cluster.wait_for("the application's end", lambda: (
            lambda s: s if s in ("COMPLETED", "FAILED") else "")(self.cluster.state("pi-killed")))
        application = self.cluster.get("sparkapplication", "pi-killed")
        self.assertEqual(application["status"]["executionAttempts"], 1)
        if state == "FAILED":
            self.assertRegex(application["status"]["applicationState"]["errorMessage"], "node agent|driver")
        drivers = json.loads(self.cluster.kubectl("get", "pods", "-n", NAMESPACE, "-l",
                             "spark-role=driver,sparkoperator.k8s.io/app-name=pi-killed", "-o", "json").stdout)["items"]
        self.assertEqual(len(drivers), 1)

    def test_killing_the_operator_leaves_the_driver_alone(self):
        text = manifest_text("spark-pi-test").replace("spark-pi-test", "pi-operator")
        self.cluster.kubectl("apply", "-f", "-", stdin=text)
        self.cluster.wait_for("a running driver", lambda: self.cluster.state("pi-operator") == "RUNNING")
        uid = self.cluster.get("pod", "pi-operator-driver")["metadata"]["uid"]
        self.assertTrue(kill_operator(self.cluster.daemon_pid()), "found no operator process")
        self.cluster.wait_for("the application's end", lambda: self.cluster.state("pi-operator") == "COMPLETED")
        self.assertEqual(self.cluster.get("pod", "pi-operator-driver")["metadata"]["uid"], uid)


def kill_operator(daemon):
    """SIGKILL to every `firesteel operator` below the daemon."""
    parents, commands = {}, {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as stat:
                parents[int(entry)] = int(stat.read().rsplit(")", 1)[1].split()[1])
            with open(f"/proc/{entry}/cmdline", "rb") as command:
                commands[int(entry)] = command.read().split(b"\0")
        except OSError:
            continue

    def below(pid):
        while pid in parents:
            pid = parents[pid]
            if pid == daemon:
                return True
        return False

    found = [pid for pid, words in commands.items() if b"operator" in words and below(pid)]
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    return found


if __name__ == "__main__":
    unittest.main(verbosity=2)
