"""fabric8's client out of Spark's own jars, as the driver and spark-submit use it (e2e/clients/java)."""
import glob
import os
import shutil
import unittest

from client_programs import CLIENTS, PODS
from embedded_cluster import EmbeddedCluster, needs_kubectl

IMAGES = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "firesteel/images")


@needs_kubectl
@unittest.skipUnless(shutil.which("javac"), "no JDK is on this machine")
class Fabric8Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.up()
        cls.cluster.kubectl("apply", "-f", PODS)
        cls.cluster.kubectl("wait", "--for=condition=Ready", "pod/box", "pod/web", "--timeout=60s", timeout=90)
        cls.cluster.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/talker", "--timeout=60s", timeout=90)

        # As the driver does, by a token: fabric8 takes a client key for RSA when its header does not say otherwise.
        cls.cluster.kubectl("create", "serviceaccount", "fabric8")
        cls.cluster.kubectl("create", "rolebinding", "fabric8", "--clusterrole=admin", "--serviceaccount=data-platform:fabric8")
        token = cls.cluster.kubectl("create", "token", "fabric8").stdout.strip()
        cls.cluster.kubectl("config", "set-credentials", "fabric8", "--token", token)
        cls.cluster.kubectl("config", "set-context", "--current", "--user=fabric8")

    def check(self, version):
        found = sorted(glob.glob(os.path.join(IMAGES, f"spark-{version}*", "root", "opt/spark/jars")))
        if not found:
            self.skipTest(f"no image of Spark {version} is assembled (firesteel image build)")
        done = self.cluster.run(["java", "-cp", found[0] + "/*", os.path.join(CLIENTS, "java/Fabric8Calls.java")], False, 180, None)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count("ok "), 7, done.stdout)

    def test_spark_3_5(self):
        self.check("3.5")

    def test_spark_4_1(self):
        self.check("4.1")


if __name__ == "__main__":
    unittest.main(verbosity=2)
