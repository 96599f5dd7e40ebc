"""kubectl's commands one after the other, as people type them: what they print and what they leave behind."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.request

from client_programs import PODS
from embedded_cluster import KUBECTL, EmbeddedCluster, needs_kubectl

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: front, labels: {app: front}}
spec:
  replicas: 1
  selector: {matchLabels: {app: front}}
  template:
    metadata: {labels: {app: front}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - {name: main, image: firesteel, command: [sleep, "600"], resources: {requests: {cpu: 10m, memory: 32Mi}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {app: front}}
data: {colour: red}
"""


@needs_kubectl
class KubectlTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.up()
        cls.kubectl = staticmethod(cls.cluster.kubectl)
        cls.kubectl("apply", "-f", PODS)
        cls.kubectl("apply", "-f", "-", stdin=WEB)
        cls.kubectl("rollout", "status", "deploy/front", "--timeout=60s", timeout=90)
        cls.kubectl("wait", "--for=condition=Ready", "pod/box", "pod/web", "--timeout=60s", timeout=90)
        cls.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/talker", "--timeout=60s", timeout=90)

    def out(self, *arguments, **options):
        return self.kubectl(*arguments, **options).stdout

    def colour(self):
        return self.out("get", "cm", "settings", "-o", "jsonpath={.data.colour}")

    def test_apply_diff_and_conflicts(self):
        blue = WEB.replace("colour: red", "colour: blue")
        diff = self.kubectl("diff", "-f", "-", stdin=blue, check=False)
        self.assertEqual(diff.returncode, 1, diff.stderr)
        self.assertIn("+  colour: blue", diff.stdout)
        settings = blue.split("---")[1]
        refused = self.kubectl("apply", "--server-side", "--field-manager=other", "-f", "-", stdin=settings, check=False)
        self.assertIn('conflict with "kubectl-client-side-apply" using v1: .data.colour', refused.stderr)
        self.assertEqual(self.colour(), "red")
        self.kubectl("apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f", "-", stdin=settings)
        self.assertEqual(self.colour(), "blue")
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=WEB.split("---")[1])
        self.assertEqual(self.colour(), "red")

    def test_dry_run_output_formats_and_waiting(self):
        self.assertIn("uid:", self.out("create", "cm", "dry", "--from-literal=a=b", "--dry-run=server", "-o", "yaml"))
        self.assertIsNone(self.cluster.get("cm", "dry"))
        columns = self.out("get", "pods", "-o", "custom-columns=NAME:.metadata.name,PHASE:.status.phase", "--sort-by=.metadata.name").splitlines()
        self.assertIn(["box", "Running"], [line.split() for line in columns])
        self.assertEqual(columns[1:], sorted(columns[1:]))
        self.kubectl("wait", "--for=jsonpath={.data.colour}=red", "cm/settings", "--timeout=5s")
        self.kubectl("wait", "--for=condition=Available", "deploy/front", "--timeout=5s")
        self.kubectl("run", "gone", "--image=firesteel", "--restart=Never", "--command", "--", "true")
        self.kubectl("delete", "pod", "gone", "--wait=false")
        self.kubectl("wait", "--for=delete", "pod/gone", "--timeout=30s")

    def test_patches_labels_and_edit(self):
        for kind, patch, expected in (("strategic", '{"data":{"size":"1"}}', "1"), ("merge", '{"data":{"size":"2"}}', "2"),
                                      ("json", '[{"op":"replace","path":"/data/size","value":"3"}]', "3")):
            self.kubectl("patch", "cm", "settings", f"--type={kind}", "-p", patch)
            self.assertEqual(self.out("get", "cm", "settings", "-o", "jsonpath={.data.size}"), expected)
        self.kubectl("label", "cm", "settings", "tier=one")
        self.assertIn("already has a value", self.kubectl("label", "cm", "settings", "tier=two", check=False).stderr)
        self.kubectl("annotate", "cm", "settings", "note=x")
        edited = self.cluster.run(["env", "KUBE_EDITOR=sed -i 's/size: .*/size: \"9\"/'", KUBECTL, "edit", "cm", "settings"], True, 60, None)
        self.assertIn("edited", edited.stdout)
        self.assertEqual(self.out("get", "cm", "settings", "-o", "jsonpath={.data.size} {.metadata.labels.tier} {.metadata.annotations.note}"), "9 one x")

    def test_rollouts(self):
        self.kubectl("scale", "deploy", "front", "--replicas=2")
        self.kubectl("rollout", "status", "deploy/front", "--timeout=60s", timeout=90)
        self.kubectl("set", "env", "deploy/front", "A=B")
        self.kubectl("set", "image", "deploy/front", "main=firesteel:latest")
        self.kubectl("rollout", "status", "deploy/front", "--timeout=60s", timeout=90)
        self.assertRegex(self.out("rollout", "history", "deploy/front"), r"3 +<none>")
        self.kubectl("rollout", "undo", "deploy/front")
        self.kubectl("rollout", "status", "deploy/front", "--timeout=60s", timeout=90)
        self.assertEqual(self.out("get", "deploy", "front", "-o", "jsonpath={.spec.template.spec.containers[0].image}"), "firesteel")
        self.kubectl("rollout", "pause", "deploy/front")
        self.kubectl("rollout", "resume", "deploy/front")

    def test_who_may_do_what(self):
        driver = "--as=system:serviceaccount:data-platform:spark-operator-spark"
        self.assertEqual(self.out("auth", "can-i", "create", "pods", driver), "yes\n")
        self.assertEqual(self.kubectl("auth", "can-i", "create", "pods", driver, "-n", "default", check=False).stdout, "no\n")
        self.assertEqual(self.kubectl("auth", "can-i", "create", "secrets", driver, check=False).stdout, "no\n")
        self.assertIn("pods", self.out("auth", "can-i", "--list", driver))
        who = json.loads(self.out("auth", "whoami", "-o", "json", "--as=jane", "--as-group=readers", "--as-uid=7"))["status"]["userInfo"]
        self.assertEqual((who["username"], who["uid"], who["groups"]), ("jane", "7", ["readers", "system:authenticated"]))
        self.kubectl("create", "rolebinding", "jane", "--clusterrole=view", "--user=jane")
        self.assertEqual(self.out("auth", "can-i", "list", "pods", "--as=jane"), "yes\n")
        self.assertEqual(self.kubectl("auth", "can-i", "list", "secrets", "--as=jane", check=False).stdout, "no\n")
        token = self.out("create", "token", "default", "--duration=20m").strip()
        asked = self.cluster.run(["env", "KUBECONFIG=", KUBECTL, f"--server=https://127.0.0.1:{self.cluster.port}", "--insecure-skip-tls-verify",
                                  f"--token={token}", "auth", "whoami"], True, 60, None)
        self.assertIn("system:serviceaccount:data-platform:default", asked.stdout)

    def test_everything_is_described(self):
        for resource in self.out("api-resources", "--verbs=list", "-o", "name").split():
            described = self.kubectl("describe", resource, "-A", check=False)
            self.assertEqual(described.returncode, 0, f"{resource}: {described.stderr}")
        node = self.out("describe", "node")
        requests = [int(line.split()[2].rstrip("m")) for line in node.splitlines() if line.startswith("  data-platform ")]
        self.assertRegex(node, rf"\n  cpu +{sum(requests)}m ")
        self.assertIn("NodeList", self.out("cluster-info", "dump"))

    def test_logs_across_a_restart(self):
        self.kubectl("run", "twice", "--image=firesteel", "--command", "--", "sh", "-c",
                     "if test -e /tmp/again; then echo second; sleep 600; fi; touch /tmp/again; echo run $$; date +%N; exit 1")
        self.addCleanup(self.kubectl, "delete", "pod", "twice", "--grace-period=0", "--force")
        self.kubectl("wait", "--for=jsonpath={.status.containerStatuses[0].restartCount}=1", "pod/twice", "--timeout=60s", timeout=90)
        self.assertIn("run", self.out("logs", "twice", "--previous"))
        self.assertEqual(self.out("logs", "talker", "--tail=1"), "last\n")
        self.assertEqual(self.out("logs", "talker", "--limit-bytes=5"), "first")
        self.assertRegex(self.out("logs", "talker", "--timestamps").splitlines()[0], r"^\d{4}-\d\d-\d\dT[\d:.]+Z first$")
        self.assertEqual(self.out("logs", "talker", "--since-time=2100-01-01T00:00:00Z"), "")
        self.assertIn("[pod/talker/main] last", self.out("logs", "talker", "--prefix"))

    def test_large_files_are_copied_unharmed(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        there, back = os.path.join(folder, "there"), os.path.join(folder, "back")
        with open(there, "wb") as file:
            file.write(os.urandom(30_000_000))
        self.kubectl("cp", there, "box:/tmp/large")
        self.kubectl("cp", "box:/tmp/large", back)
        with open(there, "rb") as one, open(back, "rb") as other:
            self.assertTrue(one.read() == other.read())

    def test_proxy(self):
        proxy = subprocess.Popen([KUBECTL, "proxy", "--port=0"], stdout=subprocess.PIPE, text=True, env=self.cluster.environment)
        try:
            address = proxy.stdout.readline().rsplit(" ", 1)[1].strip()
            with urllib.request.urlopen(f"http://{address}/api/v1/namespaces/data-platform/pods/box", timeout=20) as answer:
                self.assertEqual(json.load(answer)["metadata"]["name"], "box")
        finally:
            proxy.send_signal(signal.SIGTERM)
            proxy.wait(10)
            proxy.stdout.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
