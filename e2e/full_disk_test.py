"""A full disk: writes are refused with a clear error, nothing that was acknowledged is lost, and room heals it."""
import os
import subprocess
import unittest

from embedded_cluster import EmbeddedCluster, needs_kubectl


@needs_kubectl
@unittest.skipUnless(os.getuid() == 0, "mounting a small file system needs root")
class FullDiskTest(unittest.TestCase):
    def test_writes_fail_clearly_and_come_back(self):
        cluster = EmbeddedCluster()
        self.addCleanup(cluster.close)
        os.makedirs(cluster.data)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", cluster.data], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", cluster.data])
        self.addCleanup(cluster.down)
        cluster.up()
        cluster.kubectl("create", "configmap", "before", "--from-literal=a=b")
        filler = os.path.join(cluster.data, "filler")
        # Unbuffered: what a buffer still holds would fail once more when the file is closed.
        with open(filler, "wb", buffering=0) as file:
            try:
                for size in (65536, 4096, 1):
                    while file.write(b"x" * size) == size:
                        pass
            except OSError:
                pass

        big = "x" * 200000
        done = cluster.kubectl("create", "configmap", "during", f"--from-literal=a={big[:100000]}", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "(?i)disk|space|full")
        self.assertIsNotNone(cluster.get("configmap", "before"))
        self.assertIsNone(cluster.get("configmap", "during"))

        os.unlink(filler)
        cluster.kubectl("create", "configmap", "after", "--from-literal=a=b")
        cluster.down()
        cluster.up()
        self.assertIsNotNone(cluster.get("configmap", "before"))
        self.assertIsNone(cluster.get("configmap", "during"))
        self.assertIsNotNone(cluster.get("configmap", "after"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
