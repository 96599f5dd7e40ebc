"""The embedded cluster as its user sees it, without Spark: up, status, kubectl, down, and up again with all data."""
import glob
import json
import time
import unittest

from embedded_cluster import EmbeddedCluster, needs_kubectl


@needs_kubectl
class ClusterTest(unittest.TestCase):
    def setUp(self):
        self.cluster = EmbeddedCluster()
        self.addCleanup(self.cluster.close)

    def test_up_is_ready_and_keeps_other_contexts(self):
        with open(self.cluster.kubeconfig, "w") as file:
            file.write("apiVersion: v1\nkind: Config\nclusters: [{name: other, cluster: {server: 'https://127.0.0.1:1'}}]\n"
                       "contexts: [{name: other, context: {cluster: other, user: me}}]\nusers: [{name: me, user: {token: t}}]\n")
        self.cluster.up()
        contexts = self.cluster.kubectl("config", "get-contexts", "-o", "name").stdout.split()
        self.assertEqual(sorted(contexts), ["firesteel", "other"])
        deployment = self.cluster.get("deployment", "spark-operator")
        self.assertGreaterEqual(deployment["status"]["availableReplicas"], 1)
        self.assertRegex(self.cluster.kubectl("get", "nodes").stdout, r"\bReady\b")
        crds = self.cluster.kubectl("get", "crd").stdout
        self.assertIn("sparkapplications.sparkoperator.k8s.io", crds)
        pods = self.cluster.kubectl("get", "pods", "-n", "data-platform").stdout
        self.assertRegex(pods, r"spark-operator-\S+\s+1/1\s+Running")
        self.assertIn("operator started", self.cluster.kubectl("logs", "-n", "data-platform", "deploy/spark-operator").stdout)

    def test_status_and_a_second_up(self):
        self.assertEqual(self.cluster.firesteel("status", "--dir", self.cluster.data, check=False).returncode, 1)
        self.cluster.up()
        report = json.loads(self.cluster.firesteel("status", "--dir", self.cluster.data, "-o", "json").stdout)
        self.assertEqual((report["state"], report["node"], report["operator"]), ("up", "Ready", "Available"))
        self.assertIn("up already", self.cluster.up().stderr)
        self.assertEqual(report["pid"], self.cluster.daemon_pid())

    def test_up_again_means_an_operator_that_runs_now(self):
        # The API still says Available from the last run; a restart of the agent is no crash and owes no back-off.
        for _ in range(4):
            began = time.monotonic()
            self.cluster.up()
            self.assertLess(time.monotonic() - began, 9)
            pods = json.loads(self.cluster.kubectl("get", "pods", "-n", "data-platform", "-o", "json").stdout)["items"]
            self.assertIn("running", pods[0]["status"]["containerStatuses"][0]["state"])
            self.assertIn("operator started",
                          self.cluster.kubectl("logs", "-n", "data-platform", "deploy/spark-operator").stdout)
            self.cluster.down()

    def test_down_leaves_no_control_group_behind(self):
        before = set(glob.glob("/sys/fs/cgroup/**/firesteel-*", recursive=True))
        self.cluster.up()
        self.cluster.down()
        self.assertEqual(set(glob.glob("/sys/fs/cgroup/**/firesteel-*", recursive=True)) - before, set())

    def test_data_survives_down_and_up(self):
        self.cluster.up()
        self.cluster.kubectl("create", "configmap", "kept", "--from-literal=a=b")
        self.cluster.down()
        self.assertNotIn("firesteel", open(self.cluster.kubeconfig).read())
        self.cluster.up()
        kept = self.cluster.get("configmap", "kept")
        self.assertEqual(kept["data"], {"a": "b"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
