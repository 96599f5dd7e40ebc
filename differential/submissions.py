#!/usr/bin/env python3
"""differential/submissions.py FIRESTEEL OPERATOR_TEST --components FOLDER: a real kube-apiserver and the embedded API accept
what the operator makes. The CRDs by plain `kubectl apply`, twice; manifests of both eras, which only validation refuses; and every
object of random applications in dry runs (src/operator/dry_run_test.cc). Exits with 1 when either refuses anything.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import subprocess
import sys

import real_api

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MOST_BYTES = 256 * 1024  # of an annotation, in which client-side apply keeps the object


def manifests():
    """Files of the specification and of the golden tests, and one that uses what only our validation refuses."""
    found = sorted(glob.glob(os.path.join(ROOT, "kubernetes/apps/data-platform/examples/*.yaml")))
    return found + [os.path.join(ROOT, "src/spark/testdata/all-settings.yaml")]


def lenient():
    """What the Kubeflow CRDs let through, though it makes no sense."""
    pod = {"terminationGracePeriodSeconds": -1, "ports": [{"name": "p", "protocol": "ABC", "containerPort": 99999}]}
    return {"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication",
            "metadata": {"name": "lenient", "namespace": "jobs"},
            "spec": {"type": "Scala", "sparkVersion": "x", "mainApplicationFile": "", "imagePullPolicy": "Sometimes",
                     "timeToLiveSeconds": -1, "driver": pod, "executor": pod, "sparkUIOptions": {"servicePort": 0},
                     "dynamicAllocation": {"enabled": True, "minExecutors": -1}}}


class Check:
    def __init__(self, server, options):
        self.server = server
        self.options = options

    def kubectl(self, *arguments, stdin=None):
        done = subprocess.run([os.path.join(self.options.components, "kubectl"), "--kubeconfig", self.server.at("kubeconfig"),
                               *arguments], capture_output=True, text=True, input=stdin, timeout=120)
        if done.returncode != 0:
            raise AssertionError(f"{self.server.label}: kubectl {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def run(self):
        self.server.start()
        crds = subprocess.run([self.options.firesteel, "crd"], check=True, capture_output=True, text=True).stdout
        for _ in range(2):
            self.kubectl("apply", "-f", "-", stdin=crds)
        for name in ("sparkapplications", "scheduledsparkapplications"):
            definition = json.loads(self.kubectl("get", "crd", name + ".sparkoperator.k8s.io", "-o", "json"))
            last = definition["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"]
            assert len(last) < MOST_BYTES, len(last)
            self.kubectl("wait", "--for=condition=Established", "crd/" + name + ".sparkoperator.k8s.io")
        environment = dict(os.environ, FIRESTEEL_DRY_RUN_KUBECONFIG=self.server.at("kubeconfig"))
        done = subprocess.run([self.options.operator_test, "--gtest_filter=DryRun.*"], env=environment, cwd=ROOT, text=True,
                              capture_output=True, timeout=300)
        if done.returncode != 0 or "SKIPPED" in done.stdout:
            raise AssertionError(f"{self.server.label}: {done.stdout[-4000:]}")
        if self.server.label == "real":
            self.kubectl("create", "namespace", "data-platform")
        for path in manifests():
            self.kubectl("apply", "--dry-run=server", "-f", path)
        if self.server.label == "real":  # here validation is an admission webhook, which is not installed
            self.kubectl("apply", "--dry-run=server", "-f", "-", stdin=json.dumps(lenient()))
        return f"{self.server.label}: CRDs, {len(manifests())} manifests and the objects of random applications are accepted"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("firesteel", type=os.path.abspath)
    parser.add_argument("operator_test", type=os.path.abspath)
    parser.add_argument("--components", required=True, help="the folder with etcd, kube-apiserver, kubectl")
    options = parser.parse_args()
    servers = [real_api.RealApi(options.components), real_api.EmbeddedApi(options.firesteel)]
    try:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for line in [pool.submit(Check(server, options).run) for server in servers]:
                print(line.result())
    finally:
        for server in reversed(servers):
            server.close()


if __name__ == "__main__":
    sys.exit(main())
