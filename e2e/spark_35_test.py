"""Spark 3.5 by the official image's name: Pi in Java and in Python, each on an executor in a pod of its own."""
import json
import re
import unittest

from embedded_cluster import NAMESPACE, EmbeddedCluster, needs_kubectl

IMAGE = "apache/spark:3.5.9"


def application(name, **spec):
    pod = {"cores": 1, "memory": "512m"}
    return {"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"mode": "cluster", "image": IMAGE, "sparkVersion": "3.5.9",
                     "restartPolicy": {"type": "Never"},
                     "driver": {**pod, "serviceAccount": "spark-operator-spark"},
                     "executor": {**pod, "instances": 1}, **spec}}


@needs_kubectl
class Spark35Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        try:
            cls.cluster.firesteel("image", "build", IMAGE, timeout=600)
            cls.cluster.up()
        except BaseException:
            cls.cluster.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def computes_pi(self, name, **spec):
        self.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(application(name, **spec)))
        self.cluster.wait_for(f"the end of {name}", lambda: self.cluster.state(name) in ("COMPLETED", "FAILED"))
        log = self.cluster.kubectl("logs", "-n", NAMESPACE, f"{name}-driver").stdout
        status = self.cluster.get("sparkapplication", name)["status"]
        self.assertEqual(status["applicationState"]["state"], "COMPLETED", log[-3000:])
        pi = float(re.search(r"Pi is roughly (\d\.\d+)", log)[1])
        self.assertTrue(3.0 < pi < 3.3, pi)
        self.assertIn("Running Spark version 3.5.9", log)
        self.assertEqual(list(status["executorState"].values()), ["COMPLETED"])

    def test_java(self):
        self.computes_pi("pi-java", type="Java", mainClass="org.apache.spark.examples.SparkPi",
                         mainApplicationFile="local:///opt/spark/examples/jars/spark-examples_2.12-3.5.9.jar")

    def test_python(self):
        self.computes_pi("pi-python", type="Python", pythonVersion="3", arguments=["4"],
                         mainApplicationFile="local:///opt/spark/examples/src/main/python/pi.py")


if __name__ == "__main__":
    unittest.main(verbosity=2)
