"""Spark 4.1 (Scala 2.13, the vert.x client, the Connect port): Pi in Java. All versions and more: spark_versions.py."""
import unittest

from embedded_cluster import needs_kubectl
from spark_versions import SparkVersion


@needs_kubectl
class Spark41Test(SparkVersion):
    version = "4.1.4"
    test_java = SparkVersion.pi_in_java


if __name__ == "__main__":
    unittest.main(verbosity=2)
