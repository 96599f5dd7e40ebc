"""Helm 3, built from its module, installs, upgrades, rolls back and removes a chart (e2e/clients/chart)."""
import json
import os
import unittest

from client_programs import CLIENTS, made_by
from embedded_cluster import EmbeddedCluster, needs_kubectl

CHART = os.path.join(CLIENTS, "chart")


@needs_kubectl
class HelmTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = os.path.join(made_by("kube-components", "helm"), "helm")
        cls.cluster = EmbeddedCluster()
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.environment.update({f"HELM_{name}_HOME": cls.cluster.directory for name in ("CACHE", "CONFIG", "DATA")})
        cls.cluster.up()

    def helm(self, *arguments, check=True):
        return self.cluster.run([self.program, *arguments], check, 90, None)

    def history(self, release):
        entries = json.loads(self.helm("history", release, "-o", "json").stdout)
        return [(entry["revision"], entry["status"]) for entry in entries]

    def greeting(self, release):
        return self.cluster.get("configmap", release)["data"]["greeting"]

    def test_a_release_from_install_to_uninstall(self):
        installed = self.helm("install", "one", CHART, "--wait", "--timeout", "60s")
        self.assertIn("STATUS: deployed", installed.stdout)
        self.assertEqual(self.cluster.get("deployment", "one")["status"]["readyReplicas"], 1)
        self.assertEqual(self.cluster.get("greeting", "one")["spec"], {"text": "hello"})
        self.assertIsNone(self.cluster.get("job", "one-before"))  # the hook ran and was removed
        self.assertIn("tested", self.helm("test", "one", "--logs").stdout)

        self.helm("upgrade", "one", CHART, "--set", "greeting=bye,replicas=2", "--wait", "--timeout", "60s")
        self.assertEqual(self.greeting("one"), "bye")
        self.assertEqual(self.cluster.get("deployment", "one")["status"]["readyReplicas"], 2)
        self.assertEqual(json.loads(self.helm("list", "--filter", "^one$", "-o", "json").stdout)[0]["revision"], "2")

        self.helm("rollback", "one", "1", "--wait", "--timeout", "60s")
        self.assertEqual(self.greeting("one"), "hello")
        self.assertEqual(self.history("one"), [(1, "superseded"), (2, "superseded"), (3, "deployed")])

        self.helm("uninstall", "one", "--wait", "--timeout", "60s")
        for kind in ("deployment", "service", "configmap", "secret", "greeting"):
            self.assertIsNone(self.cluster.get(kind, "one"), kind)
        self.assertEqual(json.loads(self.helm("list", "-a", "--filter", "^one$", "-o", "json").stdout), [])

    def test_an_atomic_upgrade_that_fails_leaves_what_was(self):
        self.helm("install", "two", CHART, "--wait", "--timeout", "60s")
        broken = self.helm("upgrade", "two", CHART, "--set", "greeting=broken,command={sh,-c,exit 1}", "--atomic", "--timeout", "5s", check=False)
        self.assertNotEqual(broken.returncode, 0)
        self.assertIn("rolled back due to atomic being set", broken.stderr)
        self.assertEqual(self.greeting("two"), "hello")
        self.assertEqual(self.history("two"), [(1, "superseded"), (2, "failed"), (3, "deployed")])

    def test_a_hook_that_fails_stops_the_installation(self):
        failed = self.helm("install", "three", CHART, "--set", "hook={sh,-c,exit 3}", "--timeout", "20s", check=False)
        self.assertNotEqual(failed.returncode, 0)
        self.assertIn("pre-install", failed.stderr)
        self.assertIsNone(self.cluster.get("deployment", "three"))

    def test_what_the_server_would_say_is_asked(self):
        rendered = self.helm("upgrade", "--install", "four", CHART, "--dry-run=server")
        self.assertIn("name: four", rendered.stdout)
        self.assertIsNone(self.cluster.get("configmap", "four"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
