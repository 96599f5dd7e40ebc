"""Admission as users meet it: the webhook of the specification's check, refusals, quotas, Pod Security."""
import base64
import json
import unittest

from embedded_cluster import EmbeddedCluster, manifest_text, needs_kubectl

QUOTA = """apiVersion: v1
kind: ResourceQuota
metadata:
  name: small
  namespace: default
spec:
  hard:
    requests.cpu: "1"
    configmaps: "2"
"""
POD = """apiVersion: v1
kind: Pod
metadata:
  name: greedy
  namespace: default
spec:
  containers:
    - name: c
      image: firesteel
      resources:
        requests:
          cpu: "2"
"""
EVERYTHING = """apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: everything
webhooks:
  - name: everything.example.com
    clientConfig:
      service: {name: nobody, namespace: default}
    failurePolicy: Fail
    sideEffects: None
    admissionReviewVersions: [v1]
    rules:
      - {operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"]}
"""


@needs_kubectl
class AdmissionTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        cls.cluster.up()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def configuration(self, kind):
        return json.loads(self.cluster.kubectl("get", kind, "spark-operator-webhook", "-o", "json").stdout)

    def has_bundles(self):
        for kind in ("validatingwebhookconfiguration", "mutatingwebhookconfiguration"):
            for webhook in self.configuration(kind)["webhooks"]:
                if not webhook["clientConfig"].get("caBundle"):
                    return False
        return True

    def test_the_specifications_check_finds_the_configuration(self):
        done = self.cluster.kubectl("get", "validatingwebhookconfiguration", "spark-operator-webhook")
        self.assertIn("spark-operator-webhook", done.stdout)

    def test_the_operator_serves_the_webhook_that_is_registered(self):
        self.cluster.wait_for("caBundle in every webhook", self.has_bundles, 30)
        secret = self.cluster.get("secret", "spark-operator-webhook-certs")
        self.assertEqual(sorted(secret["data"]), ["ca-cert.pem", "ca-key.pem", "server-cert.pem", "server-key.pem"])
        bundle = self.configuration("validatingwebhookconfiguration")["webhooks"][0]["clientConfig"]["caBundle"]
        self.assertEqual(bundle, secret["data"]["ca-cert.pem"])
        self.assertIn("BEGIN CERTIFICATE", base64.b64decode(bundle).decode())
        # With Fail, a webhook that cannot be asked would refuse what is right.
        patch = '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"}]'
        for kind in ("validatingwebhookconfiguration", "mutatingwebhookconfiguration"):
            self.cluster.kubectl("patch", kind, "spark-operator-webhook", "--type=json", "-p", patch)
        good = manifest_text("spark-pi-test")
        self.cluster.wait_for("the webhook's endpoint", lambda: self.cluster.kubectl(
            "apply", "--dry-run=server", "-f", "-", stdin=good, check=False).returncode == 0, 30)

    def test_a_webhook_for_everything_that_nobody_serves_does_not_keep_the_cluster_down(self):
        self.cluster.kubectl("apply", "-f", "-", stdin=EVERYTHING)
        refused = self.cluster.kubectl("create", "configmap", "refused", check=False)
        self.assertIn('failed calling webhook "everything.example.com"', refused.stderr)
        self.cluster.down()
        self.cluster.up()
        # What repairs it is not asked about either.
        self.cluster.kubectl("delete", "validatingwebhookconfiguration", "everything")
        self.cluster.kubectl("create", "configmap", "allowed")

    def test_an_invalid_application_is_refused(self):
        bad = manifest_text("spark-pi-test").replace("type: Scala", "type: Cobol")
        done = self.cluster.kubectl("apply", "--validate=false", "-f", "-", stdin=bad, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("spec.type", done.stderr)
        self.assertIsNone(self.cluster.get("sparkapplication", "spark-pi-test"))

    def test_a_quota_refuses_in_kubernetes_words_and_counts(self):
        self.cluster.kubectl("apply", "-f", "-", stdin=QUOTA)
        self.addCleanup(self.cluster.kubectl, "delete", "resourcequota", "small", "-n", "default")
        done = self.cluster.kubectl("apply", "-f", "-", stdin=POD, check=False)
        self.assertIn('pods "greedy" is forbidden: exceeded quota: small, requested: requests.cpu=2, '
                      'used: requests.cpu=0, limited: requests.cpu=1', done.stderr)
        # kube-root-ca.crt is one already.
        self.cluster.kubectl("create", "configmap", "second", "-n", "default")
        done = self.cluster.kubectl("create", "configmap", "third", "-n", "default", check=False)
        self.assertIn("exceeded quota: small, requested: configmaps=1, used: configmaps=2, limited: configmaps=2",
                      done.stderr)
        self.cluster.wait_for("the quota's status", lambda: self.cluster.get(
            "resourcequota", "small", "default").get("status", {}).get("used", {}).get("configmaps") == "2", 10)

    def test_pod_security_refuses_by_the_namespaces_label(self):
        self.cluster.kubectl("create", "namespace", "guarded")
        self.cluster.kubectl("label", "namespace", "guarded", "pod-security.kubernetes.io/enforce=restricted")
        pod = POD.replace("namespace: default", "namespace: guarded")
        done = self.cluster.kubectl("apply", "-f", "-", stdin=pod, check=False)
        self.assertIn('violates PodSecurity "restricted:latest"', done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
