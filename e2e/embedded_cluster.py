"""One embedded cluster for a test: its own directory, port and kubeconfig, brought down at the end whatever happens."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

FIRESTEEL = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/firesteel"
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EXAMPLES = os.path.join(ROOT, "kubernetes/apps/data-platform/examples")
KUBECTL = shutil.which("kubectl")
NAMESPACE = "data-platform"

needs_kubectl = unittest.skipUnless(KUBECTL, "kubectl is not on this machine")


def manifest(name):
    """The path of one of the specification's manifests, as printed there."""
    return os.path.join(EXAMPLES, name + ".yaml")


def manifest_text(name):
    with open(manifest(name)) as file:
        return file.read()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class EmbeddedCluster:
    """`prefix` is put before every command: how the unprivileged test becomes another user."""

    def __init__(self, prefix=(), owner=None):
        self.directory = tempfile.mkdtemp(prefix="firesteel-e2e-")
        self.port = free_port()
        self.kubeconfig = os.path.join(self.directory, "kubeconfig.user")
        self.data = os.path.join(self.directory, "data")
        self.prefix = list(prefix)
        self.environment = dict(os.environ, KUBECONFIG=self.kubeconfig, NO_COLOR="1")
        if owner is not None:
            os.chown(self.directory, owner, owner)
            self.environment["HOME"] = self.directory

    def firesteel(self, *arguments, check=True, timeout=300, stdin=None):
        return self.run([FIRESTEEL, *arguments], check, timeout, stdin)

    def kubectl(self, *arguments, check=True, timeout=60, stdin=None):
        return self.run([KUBECTL, *arguments], check, timeout, stdin)

    def run(self, command, check, timeout, stdin):
        done = subprocess.run(self.prefix + command, env=self.environment, text=True, capture_output=True,
                              timeout=timeout, input=stdin)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)} exited {done.returncode}\n{done.stdout}\n{done.stderr}\n"
                                 f"--- daemon.log\n{self.log_end()}")
        return done

    def log_end(self):
        try:
            with open(os.path.join(self.data, "daemon.log")) as log:
                return log.read()[-6000:]
        except OSError:
            return "(no daemon.log)"

    def up(self, *arguments):
        return self.firesteel("up", "--dir", self.data, "--port", str(self.port), "--kubeconfig", self.kubeconfig,
                              *arguments, timeout=120)

    def daemon_pid(self):
        with open(os.path.join(self.data, "daemon.json")) as state:
            return json.load(state)["pid"]

    def down(self):
        self.firesteel("down", "--dir", self.data, "--kubeconfig", self.kubeconfig, check=False, timeout=120)

    def close(self):
        self.down()
        shutil.rmtree(self.directory, ignore_errors=True)

    def get(self, kind, name, namespace=NAMESPACE):
        """The object, or None when there is none."""
        done = self.kubectl("get", kind, name, "-n", namespace, "-o", "json", check=False)
        if done.returncode != 0:
            if "NotFound" in done.stderr:
                return None
            raise AssertionError(done.stderr)
        return json.loads(done.stdout)

    def state(self, name):
        application = self.get("sparkapplication", name)
        return (application or {}).get("status", {}).get("applicationState", {}).get("state", "")

    def wait_for(self, what, condition, seconds=240):
        """Asks until `condition()` is true; kubectl is the client, so there is nothing to be woken by."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.3)
        raise AssertionError(f"waited {seconds} s in vain for {what}\n--- daemon.log\n{self.log_end()}")
