"""Spark 3.5: Pi in Java and in Python. All versions and more: spark_versions.py."""
import unittest

from embedded_cluster import needs_kubectl
from spark_versions import SparkVersion


@needs_kubectl
class Spark35Test(SparkVersion):
    version = "3.5.9"
    test_java = SparkVersion.pi_in_java
    test_python = SparkVersion.pi_in_python


if __name__ == "__main__":
    unittest.main(verbosity=2)
