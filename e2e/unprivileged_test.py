"""An ordinary user gets the same: a cluster, pods in sandboxes, a finished Spark job, without root."""
import os
import re
import shutil
import subprocess
import unittest

from embedded_cluster import EXAMPLES, EmbeddedCluster

NOBODY = 65534


def may_run_as_nobody():
    if os.getuid() != 0 or not shutil.which("setpriv"):
        return False
    probe = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "unshare", "-Urm", "true"]
    return subprocess.run(probe, capture_output=True).returncode == 0


@unittest.skipUnless(may_run_as_nobody(), "not root, or user namespaces are not allowed here")
class UnprivilegedTest(unittest.TestCase):
    def test_pi_runs_as_an_ordinary_user(self):
        images = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "firesteel/images")
        root = EmbeddedCluster()
        self.addCleanup(root.close)
        root.firesteel("image", "build", "apache/spark:v3.4.0", timeout=600)

        cluster = EmbeddedCluster(
            prefix=["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"], owner=NOBODY)
        self.addCleanup(cluster.close)
        # The binary and the assembled image where that user can read them.
        cache = os.path.join(cluster.directory, "cache")
        shutil.copytree(images, os.path.join(cache, "firesteel/images"), symlinks=True)
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", cache], check=True)
        cluster.environment["XDG_CACHE_HOME"] = cache
        import embedded_cluster
        binary = os.path.join(cluster.directory, "firesteel")
        shutil.copy(embedded_cluster.FIRESTEEL, binary)
        manifest = os.path.join(cluster.directory, "pi.yaml")
        shutil.copy(os.path.join(EXAMPLES, "spark-pi-test.yaml"), manifest)
        os.chmod(manifest, 0o644)

        cluster.run([binary, "up", "--dir", cluster.data, "--port", str(cluster.port), "--kubeconfig", cluster.kubeconfig],
                    True, 120, None)
        try:
            done = cluster.run([binary, "run", manifest], True, 300, None)
        finally:
            cluster.run([binary, "down", "--dir", cluster.data, "--kubeconfig", cluster.kubeconfig], False, 120, None)
        self.assertTrue(re.search(r"Pi is roughly 3\.\d+", done.stdout + done.stderr), done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
