"""The specification's two checkpoint jobs, exactly as printed, through real kubectl and real Spark."""
import json
import os
import re
import subprocess
import threading
import unittest

from embedded_cluster import KUBECTL, NAMESPACE, EmbeddedCluster, manifest, manifest_text, needs_kubectl


@needs_kubectl
class SparkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        try:
            for image in ("apache/spark:v3.4.0", "apache/spark-py:v3.4.0"):
                cls.cluster.firesteel("image", "build", image, timeout=600)
            cls.cluster.up()
        except BaseException:
            cls.cluster.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def watch(self, *arguments):
        """kubectl get -w in the background; returns the process and the lines that it prints."""
        process = subprocess.Popen([KUBECTL, "get", *arguments, "-n", NAMESPACE, "-w", "-o", "json"],
                                   env=self.cluster.environment, stdout=subprocess.PIPE, text=True)
        objects = []

        def read():
            decoder, text = json.JSONDecoder(), ""
            for line in process.stdout:
                text += line
                try:
                    value, end = decoder.raw_decode(text)
                except ValueError:
                    continue
                objects.extend(value["items"] if value["kind"].endswith("List") else [value])
                text = text[end:].lstrip()

        reader = threading.Thread(target=read)
        reader.start()

        def stop():
            process.kill()
            process.wait()
            reader.join()
            process.stdout.close()

        self.addCleanup(stop)
        return objects

    def run_to_completion(self, name):
        self.cluster.kubectl("apply", "-f", manifest(name))
        return self.cluster.wait_for(
            f"the end of {name}", lambda: self.cluster.state(name) in ("COMPLETED", "FAILED") and self.cluster.get("sparkapplication", name))

    def test_pi_is_computed_by_an_executor_in_a_pod_of_its_own(self):
        applications = self.watch("sparkapplications")
        executors = self.watch("pods", "-l", "spark-role=executor")
        self.cluster.kubectl("apply", "-f", manifest("spark-pi-test"))
        self.cluster.wait_for("the end of spark-pi-test",
                              lambda: self.cluster.state("spark-pi-test") in ("COMPLETED", "FAILED"))
        log = self.cluster.kubectl("logs", "-n", NAMESPACE, "spark-pi-test-driver").stdout
        application = self.cluster.get("sparkapplication", "spark-pi-test")
        self.assertEqual(application["status"]["applicationState"]["state"], "COMPLETED", log[-3000:])
        pi = float(re.search(r"Pi is roughly (\d\.\d+)", log)[1])
        self.assertTrue(3.0 < pi < 3.3, pi)

        states = [o.get("status", {}).get("applicationState", {}).get("state", "") for o in applications
                  if o["metadata"]["name"] == "spark-pi-test"]
        for state in ("SUBMITTED", "RUNNING", "COMPLETED"):
            self.assertIn(state, states)
        ran = [p for p in executors if p.get("status", {}).get("phase") == "Running" and
               p["metadata"]["labels"].get("sparkoperator.k8s.io/app-name") == "spark-pi-test"]
        self.assertTrue(ran, "no executor pod was seen running")
        driver = self.cluster.get("pod", "spark-pi-test-driver")
        self.assertNotEqual(ran[-1]["status"]["podIP"], driver["status"]["podIP"])

        columns = self.cluster.kubectl("get", "sparkapplication", "spark-pi-test", "-n", NAMESPACE).stdout
        self.assertIn("COMPLETED", columns)
        described = self.cluster.kubectl("describe", "sparkapplication", "spark-pi-test", "-n", NAMESPACE).stdout
        self.assertIn("SparkApplicationSubmitted", described)
        self.assertIn("SparkDriverRunning", described)

    def test_words_are_counted_by_two_executors(self):
        executors = self.watch("pods", "-l", "spark-role=executor")
        application = self.run_to_completion("data-processing-test")
        log = self.cluster.kubectl("logs", "-n", NAMESPACE, "data-processing-test-driver").stdout
        self.assertEqual(application["status"]["applicationState"]["state"], "COMPLETED", log[-3000:])
        self.assertRegex(log, r"(?m)^\S+: \d+$")
        names = {p["metadata"]["name"] for p in executors if p.get("status", {}).get("phase") == "Running" and
                 p["metadata"]["labels"].get("sparkoperator.k8s.io/app-name") == "data-processing-test"}
        self.assertEqual(len(names), 2, names)
        # The driver removed what it made; nothing but the finished driver is left.
        self.cluster.wait_for("the executors to be gone", lambda: not json.loads(self.cluster.kubectl(
            "get", "pods", "-n", NAMESPACE, "-l", "spark-role=executor", "-o", "json").stdout)["items"], 30)

    def test_deleting_the_application_removes_everything_of_it(self):
        text = manifest_text("spark-pi-test").replace("spark-pi-test", "pi-deleted")
        self.cluster.kubectl("apply", "-f", "-", stdin=text)
        self.cluster.wait_for("a running driver", lambda: self.cluster.state("pi-deleted") == "RUNNING")
        self.cluster.kubectl("delete", "sparkapplication", "pi-deleted", "-n", NAMESPACE)

        def left():
            listed = json.loads(self.cluster.kubectl("get", "pods,services,configmaps", "-n", NAMESPACE, "-o", "json").stdout)
            return [o["metadata"]["name"] for o in listed["items"]
                    if "pi-deleted" in json.dumps(o["metadata"].get("labels", {})) or "pi-deleted" in o["metadata"]["name"]]

        self.cluster.wait_for("its pods, services and config maps to go", lambda: not left(), 60)

    def test_a_failing_job_says_why_and_run_exits_1(self):
        text = manifest_text("data-processing-test").replace("data-processing-test", "exit-three")
        text = re.sub(r"mainApplicationFile: .*", "mainApplicationFile: local:///opt/spark/no/such/program.py", text)
        path = os.path.join(self.cluster.directory, "exit-three.yaml")
        with open(path, "w") as file:
            file.write(text)
        done = self.cluster.firesteel("run", path, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        application = self.cluster.get("sparkapplication", "exit-three")
        self.assertEqual(application["status"]["applicationState"]["state"], "FAILED")
        self.assertIn("driver container failed", application["status"]["applicationState"]["errorMessage"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
