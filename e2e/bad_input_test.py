"""Bad input is input: refused with path, found and expected, a non-zero exit, and nothing lost."""
import os
import socket
import unittest

from embedded_cluster import EmbeddedCluster, manifest_text, needs_kubectl

BAD = """apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: bad
  namespace: data-platform
spec:
  type: Cobol
  mode: cluster
  image: apache/spark:v3.4.0
  mainClass: org.apache.spark.examples.SparkPi
  colour: blue
  driver:
    cores: many
    coreLimit: 12 cores
    memory: 512m
  executor:
    cores: 1
    instances: 0
    memory: lots
"""


def read(path):
    with open(path, "rb") as file:
        return file.read()


@needs_kubectl
class BadManifestTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        cls.cluster.up()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def test_apply_names_every_problem_at_once(self):
        done = self.cluster.kubectl("apply", "--validate=false", "-f", "-", stdin=BAD, check=False)
        self.assertNotEqual(done.returncode, 0)
        for part in ("spec.type", "Cobol", "Java", "spec.driver.cores", "spec.executor.instances"):
            self.assertIn(part, done.stderr)
        self.assertIsNone(self.cluster.get("sparkapplication", "bad"))

    def test_bad_sizes_are_refused_with_what_is_expected(self):
        text = BAD.replace("Cobol", "Scala").replace("cores: many", "cores: 1").replace("instances: 0", "instances: 1")
        done = self.cluster.kubectl("apply", "--validate=false", "-f", "-", stdin=text, check=False)
        self.assertNotEqual(done.returncode, 0)
        for part in ("spec.driver.coreLimit", "12 cores", "spec.executor.memory", "lots"):
            self.assertIn(part, done.stderr)

    def test_an_unknown_field_is_named_in_a_warning(self):
        text = manifest_text("spark-pi-test").replace("  type: Scala", "  colour: blue\n  type: Scala")
        done = self.cluster.kubectl("apply", "--validate=warn", "--dry-run=server", "-f", "-", stdin=text)
        self.assertIn('unknown field "spec.colour"', done.stderr)

    def test_run_exits_2_with_file_and_line(self):
        path = os.path.join(self.cluster.directory, "bad.yaml")
        with open(path, "w") as file:
            file.write(BAD)
        done = self.cluster.firesteel("run", path, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("bad.yaml:7", done.stderr)
        self.assertIn("spec.type", done.stderr)

    def test_an_image_without_a_recipe_names_the_nearest(self):
        done = self.cluster.firesteel("image", "build", "apache/sparc:v3.4.0", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("apache/spark", done.stderr)


class BadSurroundingsTest(unittest.TestCase):
    def setUp(self):
        self.cluster = EmbeddedCluster()
        self.addCleanup(self.cluster.close)

    def up(self):
        return self.cluster.firesteel("up", "--dir", self.cluster.data, "--port", str(self.cluster.port), "--kubeconfig",
                                      self.cluster.kubeconfig, check=False)

    def test_a_port_in_use_is_named(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", self.cluster.port))
            s.listen()
            done = self.up()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(str(self.cluster.port), done.stderr)
        self.assertIn("in use", done.stderr)

    def test_a_damaged_database_is_named_and_left_as_it_is(self):
        os.makedirs(self.cluster.data)
        self.assertEqual(self.up().returncode, 0)
        self.cluster.down()
        databases = [os.path.join(self.cluster.data, n) for n in os.listdir(self.cluster.data) if n.endswith((".db", ".sqlite"))]
        self.assertEqual(len(databases), 1)
        with open(databases[0], "r+b") as file:
            file.write(b"this is no database, it only has the length of one" * 40)
        before = read(databases[0])
        done = self.up()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(databases[0], done.stderr)
        self.assertEqual(read(databases[0]), before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
