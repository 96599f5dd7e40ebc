"""The node agent through kubectl: limits, volumes, probes, hooks, with pods of host programs (image `firesteel`)."""
import json
import os
import shutil
import unittest

import embedded_cluster
from embedded_cluster import EmbeddedCluster, needs_kubectl

SPACE = "default"


def shell(name, script, **more):
    return {"name": name, "image": "firesteel", "command": ["/bin/sh", "-c", script], **more}


@needs_kubectl
class NodeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        # A program of its own, for one test replaces it while the cluster runs.
        cls.program = os.path.join(cls.cluster.directory, "firesteel")
        shutil.copy2(embedded_cluster.FIRESTEEL, cls.program)
        original, embedded_cluster.FIRESTEEL = embedded_cluster.FIRESTEEL, cls.program
        try:
            cls.cluster.up()
        except BaseException:
            cls.cluster.close()
            raise
        finally:
            embedded_cluster.FIRESTEEL = original

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def create(self, *objects):
        self.cluster.kubectl("apply", "-n", SPACE, "-f", "-", stdin="\n---\n".join(map(json.dumps, objects)))

    def pod(self, name, *containers, init=(), policy="Never", **spec):
        made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
                "spec": {"restartPolicy": policy, "containers": list(containers), "initContainers": list(init), **spec}}
        self.create(made)

    def get(self, name, kind="pod"):
        return self.cluster.get(kind, name, SPACE)

    def phase(self, name):
        return (self.get(name) or {}).get("status", {}).get("phase")

    def status(self, name, container=0, init=False):
        listed = self.get(name).get("status", {}).get("initContainerStatuses" if init else "containerStatuses", [])
        return listed[container] if container < len(listed) else {}

    def wait_for(self, what, condition, seconds=60):
        try:
            return self.cluster.wait_for(what, condition, seconds)
        except AssertionError as error:
            pods = self.cluster.kubectl("get", "pods,events", "-n", SPACE, "-o", "wide", check=False).stdout
            raise AssertionError(f"{error}\n{pods}") from None

    def ended(self, name):
        self.wait_for(f"the end of {name}", lambda: self.phase(name) in ("Succeeded", "Failed"))
        return self.status(name)["state"]["terminated"]

    def log(self, name, *arguments):
        return self.cluster.kubectl("logs", name, "-n", SPACE, *arguments).stdout

    def test_memory_limit_ends_in_oom_killed(self):
        program = "import time\nx = bytearray(400 << 20)\nprint(len(x), flush=True)\ntime.sleep(60)"
        self.pod("hog", {"name": "hog", "image": "firesteel", "command": ["/usr/bin/python3", "-c", program],
                         "resources": {"limits": {"memory": "100Mi"}}})
        ended = self.ended("hog")
        self.assertEqual((ended["reason"], ended["exitCode"]), ("OOMKilled", 137))
        conditions = {c["type"]: c for c in self.get("firesteel", "node")["status"]["conditions"]}
        self.assertIn("MemoryLimitsByKernel", conditions)
        self.assertTrue(conditions["MemoryLimitsByKernel"]["message"])

    def test_pods_start_after_the_program_was_replaced(self):
        fresh = self.program + ".new"
        with open(fresh, "w") as file:
            file.write("not a program")
        os.rename(fresh, self.program)
        self.pod("after-upgrade", {"name": "main", "image": "firesteel", "args": ["version"]})
        self.assertEqual(self.ended("after-upgrade")["exitCode"], 0)
        self.assertIn("firesteel", self.log("after-upgrade"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
