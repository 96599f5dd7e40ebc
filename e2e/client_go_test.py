"""client-go as controllers use it (e2e/clients/go): informers, server-side apply, leader election, exec, port-forward."""
import unittest

from client_programs import PODS, made_by
from embedded_cluster import EmbeddedCluster, needs_kubectl


@needs_kubectl
class ClientGoTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = made_by("client-programs", "go")
        cls.cluster = EmbeddedCluster()
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.up()
        cls.cluster.kubectl("apply", "-f", PODS)
        cls.cluster.kubectl("wait", "--for=condition=Ready", "pod/box", "pod/web", "--timeout=60s", timeout=90)

    def run_checks(self, *names, watch_list):
        feature = f"KUBE_FEATURE_WatchListClient={str(watch_list).lower()}"
        done = self.cluster.run(["env", feature, self.program, *names], False, 200, None)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.cluster.log_end())
        for name in names:
            self.assertIn(f"ok {name}\n", done.stdout)

    def test_every_check_passes(self):
        self.run_checks(watch_list=False)

    def test_informers_stream_their_first_list(self):
        self.run_checks("informer", watch_list=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
