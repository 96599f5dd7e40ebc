"""The Python client `kubernetes`, as Airflow uses it (e2e/clients/python)."""
import os
import unittest

from client_programs import CLIENTS, PODS, made_by
from embedded_cluster import EmbeddedCluster, needs_kubectl


@needs_kubectl
class ClientPythonTest(unittest.TestCase):
    def test_every_call_of_airflow_works(self):
        python = made_by("client-programs", "python")
        cluster = EmbeddedCluster()
        self.addCleanup(cluster.close)
        cluster.up()
        cluster.kubectl("apply", "-f", PODS)
        cluster.kubectl("wait", "--for=condition=Ready", "pod/box", "pod/web", "--timeout=60s", timeout=90)
        done = cluster.run([python, "-W", "ignore", os.path.join(CLIENTS, "python/airflow_calls.py")], False, 200, None)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
