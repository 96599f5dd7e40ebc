#!/usr/bin/env python3
"""Real Spark by the official images' names: Pi in Java and in Python, R where the machine has it, dynamic allocation; executors
in pods of their own. spark_35_test.py and spark_41_test.py run parts of it in every test run.

    e2e/spark_versions.py FIRESTEEL    all six versions, everything: `make test-all`
"""
import json
import re
import shutil
import unittest

from embedded_cluster import NAMESPACE, EmbeddedCluster, needs_kubectl

VERSIONS = {"3.4.4": "2.12", "3.5.9": "2.12", "4.0.5": "2.13", "4.1.4": "2.13", "4.2.1": "2.13", "4.3.0": "2.13"}


class SparkVersion(unittest.TestCase):
    """One version's cluster; a subclass names it."""
    version = None

    @classmethod
    def setUpClass(cls):
        cls.image = f"apache/spark:{cls.version}"
        cls.cluster = EmbeddedCluster()
        try:
            cls.cluster.firesteel("image", "build", cls.image, timeout=600)
            cls.cluster.up()
        except BaseException:
            cls.cluster.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def application(self, name, **spec):
        pod = {"cores": 1, "memory": "512m"}
        return {"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication",
                "metadata": {"name": name, "namespace": NAMESPACE},
                "spec": {"mode": "cluster", "image": self.image, "sparkVersion": self.version,
                         "restartPolicy": {"type": "Never"},
                         "driver": {**pod, "serviceAccount": "spark-operator-spark"},
                         "executor": {**pod, "instances": 1}, **spec}}

    def completes(self, name, **spec):
        """The driver's log and the application's status."""
        self.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(self.application(name, **spec)))
        self.cluster.wait_for(f"the end of {name}", lambda: self.cluster.state(name) in ("COMPLETED", "FAILED"))
        log = self.cluster.kubectl("logs", "-n", NAMESPACE, f"{name}-driver").stdout
        status = self.cluster.get("sparkapplication", name)["status"]
        self.assertEqual(status["applicationState"]["state"], "COMPLETED", log[-3000:])
        return log, status

    def computes_pi(self, name, **spec):
        log, status = self.completes(name, **spec)
        pi = float(re.search(r"Pi is roughly (\d\.\d+)", log)[1])
        self.assertTrue(3.0 < pi < 3.3, pi)
        self.assertIn(f"Running Spark version {self.version}", log)
        self.assertEqual(set(status["executorState"].values()), {"COMPLETED"})
        return status

    def java(self):
        jar = f"spark-examples_{VERSIONS[self.version]}-{self.version}.jar"
        return {"type": "Java", "mainClass": "org.apache.spark.examples.SparkPi",
                "mainApplicationFile": f"local:///opt/spark/examples/jars/{jar}"}

    def pi_in_java(self):
        self.computes_pi("pi-java", **self.java())

    def pi_in_python(self):
        self.computes_pi("pi-python", type="Python", pythonVersion="3", arguments=["4"],
                         mainApplicationFile="local:///opt/spark/examples/src/main/python/pi.py")

    def pi_with_dynamic_allocation(self):
        status = self.computes_pi("pi-dynamic", **self.java(), arguments=["40"], dynamicAllocation={
            "enabled": True, "initialExecutors": 1, "minExecutors": 1, "maxExecutors": 2})
        self.assertLessEqual(len(status["executorState"]), 2)

    def a_program_in_r(self):
        if not shutil.which("Rscript"):
            self.skipTest("Rscript is not on this machine, whose programs the local images use")
        log, _ = self.completes("in-r", type="R", mainApplicationFile="cat('R counts', 6 * 7, '\\n')\ncat('done\\n')\n")
        self.assertIn("R counts 42", log)


def all_of(number):
    """The test class of one version with everything."""
    members = {"version": number, "test_java": SparkVersion.pi_in_java, "test_python": SparkVersion.pi_in_python,
               "test_dynamic_allocation": SparkVersion.pi_with_dynamic_allocation, "test_r": SparkVersion.a_program_in_r}
    return needs_kubectl(type("Spark" + number.replace(".", ""), (SparkVersion,), members))


def load_tests(loader, _tests, _pattern):
    return unittest.TestSuite(loader.loadTestsFromTestCase(all_of(number)) for number in VERSIONS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
