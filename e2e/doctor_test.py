"""Failures that say why: in the status, and by `firesteel doctor` with the change to make; and schedules."""
import json
import os
import re
import unittest

from embedded_cluster import NAMESPACE, EmbeddedCluster, manifest_text, needs_kubectl

IMAGE = "apache/spark:v3.4.0"
PYTHON = """
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: NAME
  namespace: data-platform
spec:
  type: Python
  mode: cluster
  image: apache/spark-py:v3.4.0
  sparkVersion: 3.4.0
  mainApplicationFile: local:///opt/program/program.py
  volumes:
    - name: program
      configMap:
        name: NAME
  restartPolicy:
    type: Never
  driver:
    cores: 1
    memory: 512m
    serviceAccount: spark-operator-spark
    volumeMounts:
      - name: program
        mountPath: /opt/program
  executor:
    cores: 1
    instances: 1
    memory: 512m
"""
SCHEDULED = """
apiVersion: sparkoperator.k8s.io/v1beta2
kind: ScheduledSparkApplication
metadata:
  name: often
  namespace: data-platform
spec:
  schedule: "@every 2s"
  timeZone: Europe/Berlin
  concurrencyPolicy: Allow
  template:
    type: Scala
    mode: cluster
    image: apache/spark:v3.4.0
    sparkVersion: 3.4.0
    mainClass: org.apache.spark.examples.SparkPi
    mainApplicationFile: local:///opt/spark/examples/jars/spark-examples.jar
    driver:
      cores: 1
      memory: 512m
      nodeSelector:
        nowhere: "true"
    executor:
      cores: 1
      instances: 1
      memory: 512m
"""


@needs_kubectl
class DoctorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        try:
            for image in (IMAGE, "apache/spark-py:v3.4.0"):
                cls.cluster.firesteel("image", "build", image, timeout=600)
            cls.cluster.up()
        except BaseException:
            cls.cluster.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def doctor(self, *arguments):
        """The exit code and what it says."""
        done = self.cluster.firesteel("doctor", *arguments, "-n", NAMESPACE, check=False)
        return done.returncode, done.stdout + done.stderr

    def apply_program(self, name, program):
        path = os.path.join(self.cluster.directory, "program.py")
        with open(path, "w") as file:
            file.write(program)
        self.cluster.kubectl("create", "configmap", name, "-n", NAMESPACE, "--from-file", path)
        self.cluster.kubectl("apply", "-f", "-", stdin=PYTHON.replace("NAME", name))

    def failed(self, name):
        """The application once it has failed: its error message and the class of the failure."""
        self.cluster.wait_for(f"the end of {name}", lambda: self.cluster.state(name) in ("COMPLETED", "FAILED"))
        status = self.cluster.get("sparkapplication", name)["status"]
        self.assertEqual(status["applicationState"]["state"], "FAILED", status)
        reasons = {c["type"]: c["reason"] for c in status["conditions"] if c["status"] == "True"}
        return status["applicationState"]["errorMessage"], reasons.get("Failed")

    def test_a_python_traceback_is_quoted(self):
        self.apply_program("traceback", "def main():\n    return {'a': 1}['b']\n\nmain()\n")
        message, failure = self.failed("traceback")
        self.assertTrue(message.startswith("driver container failed with ExitCode: 1, Reason: Error"), message)
        self.assertIn("KeyError: 'b'", message)
        self.assertEqual(failure, "User")
        code, text = self.doctor("traceback")
        self.assertEqual(code, 1, text)
        for part in ("FAILED (User)", "KeyError: 'b'", "pod traceback-driver", "correct the program"):
            self.assertIn(part, text)

    def test_a_missing_class_is_named(self):
        text = manifest_text("spark-pi-test").replace("spark-pi-test", "no-class")
        text = re.sub(r"mainClass: .*", "mainClass: org.example.NotThere\\n  mainApplicationFile: "
                      "local:///opt/spark/examples/jars/spark-examples_2.12-3.4.0.jar", text)
        self.cluster.kubectl("apply", "-f", "-", stdin=text)
        message, failure = self.failed("no-class")
        self.assertIn("org.example.NotThere", message)
        self.assertEqual(failure, "User")
        code, text = self.doctor("no-class")
        self.assertEqual(code, 1, text)
        self.assertIn("check spec.mainClass", text)

    def test_a_memory_limit_is_named_with_what_to_raise(self):
        self.apply_program("hungry", "pile = []\nfor i in range(40):\n    pile.append(bytearray(64 << 20))\n"
                           "    pile[-1][:] = b'x' * (64 << 20)\n")
        message, failure = self.failed("hungry")
        self.assertEqual(failure, "OutOfMemory", message)
        code, text = self.doctor("hungry", "-o", "json")
        self.assertEqual(code, 1, text)
        said = json.loads(text)
        self.assertEqual(said["failure"], "OutOfMemory")
        self.assertIn("spec.driver.memory", said["change"])
        self.assertTrue(any("memory limit" in line for line in said["evidence"]), said)

    def test_a_pending_driver_is_explained(self):
        text = manifest_text("spark-pi-test").replace("spark-pi-test", "no-node")
        text = text.replace("  driver:\n", "  driver:\n    nodeSelector: {nowhere: 'true'}\n", 1)
        self.cluster.kubectl("apply", "-f", "-", stdin=text)
        self.cluster.wait_for("the scheduler's answer", lambda: self.doctor("no-node")[0] == 1, 60)
        self.assertIn("nodeSelector", self.doctor("no-node")[1])
        self.cluster.kubectl("delete", "sparkapplication", "no-node", "-n", NAMESPACE)

    def test_the_platform_is_well_and_says_what_it_found(self):
        code, text = self.doctor()
        self.assertEqual(code, 0, text)
        for part in ("API server", "CRDs", "Deployment data-platform/spark-operator, 1 of 1 available",
                     "spark-operator-spark may create executors", "1 of 1 ready"):
            self.assertIn(part, text)

    def test_rights_that_are_missing_are_named(self):
        self.cluster.kubectl("create", "namespace", "bare")
        done = self.cluster.firesteel("doctor", "-n", "bare", check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("may not: create pods", done.stdout)

    def test_a_schedule_starts_runs_and_an_edit_counts_at_once(self):
        self.cluster.kubectl("apply", "-f", "-", stdin=SCHEDULED)

        def runs():
            listed = json.loads(self.cluster.kubectl("get", "sparkapplications", "-n", NAMESPACE, "-o", "json", "-l",
                                                     "sparkoperator.k8s.io/scheduled-app-name=often").stdout)
            return sorted(item["metadata"]["name"] for item in listed["items"])

        self.cluster.wait_for("two runs", lambda: len(runs()) >= 2, 60)
        for name in runs():
            self.assertRegex(name, r"^often-\d{19}$")
        self.cluster.kubectl("patch", "scheduledsparkapplication", "often", "-n", NAMESPACE, "--type", "merge", "-p",
                             '{"spec": {"schedule": "0 3 * * *"}}')

        def status():
            return self.cluster.get("scheduledsparkapplication", "often").get("status", {})

        # Three o'clock in Berlin is one or two in UTC.
        self.cluster.wait_for("the new time", lambda: re.search(r"T0[12]:00:00Z$", status().get("nextRun", "")), 30)
        self.assertEqual(status()["scheduleState"], "Scheduled")
        self.assertEqual(status()["lastRunName"], runs()[-1])
        self.cluster.kubectl("delete", "scheduledsparkapplication", "often", "-n", NAMESPACE)
        self.cluster.wait_for("its runs to go", lambda: not runs(), 60)


if __name__ == "__main__":
    unittest.main(verbosity=2)
