"""The two servers that are compared, each on a free loopback port in a temporary directory; stopped by process id."""
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """What both have: processes, a port, an administrator's TLS context, and an end."""

    def __init__(self, label):
        self.label = label
        self.directory = tempfile.mkdtemp(prefix=f"firesteel-differential-{label}-")
        self.port = free_port()
        self.processes = []

    def at(self, name):
        return os.path.join(self.directory, name)

    def spawn(self, name, command):
        with open(self.at(name + ".log"), "wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.directory,
                                       env=dict(os.environ, HOME=os.environ.get("HOME", self.directory)))
        self.processes.append((name, process))

    def context(self):
        context = ssl.create_default_context(cafile=self.authority)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def wait_until(self, path, what, condition, seconds=90):
        """Asks until `condition(body)`; there is nothing to be woken by."""
        end = time.monotonic() + seconds
        last = ""
        while time.monotonic() < end:
            for name, process in self.processes:
                if process.poll() is not None:
                    raise RuntimeError(f"{self.label}: {name} ended with {process.returncode}\n{self.log_end(name)}")
            try:
                url = f"https://127.0.0.1:{self.port}{path}"
                with urllib.request.urlopen(url, context=self.context(), timeout=10) as answer:
                    last = answer.read().decode()
                    if condition(last):
                        return
            except (OSError, urllib.error.URLError) as error:
                last = str(error)
            time.sleep(0.1)
        raise RuntimeError(f"{self.label}: waited {seconds} s in vain for {what}; last answer: {last[:500]}")

    def write_kubeconfig(self):
        cluster = {"server": f"https://127.0.0.1:{self.port}", "certificate-authority": self.authority}
        user = {"client-certificate": self.certificate, "client-key": self.key}
        with open(self.at("kubeconfig"), "w") as file:
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": self.label,
                       "clusters": [{"name": self.label, "cluster": cluster}], "users": [{"name": self.label, "user": user}],
                       "contexts": [{"name": self.label, "context": {"cluster": self.label, "user": self.label}}]}, file)

    def log_end(self, name):
        with open(self.at(name + ".log"), "rb") as log:
            return log.read()[-4000:].decode(errors="replace")

    def close(self):
        for _, process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class RealApi(Server):
    """etcd, kube-apiserver and kube-controller-manager from `folder`; flags as in reference/kube-components.md."""

    # Accounts, root certificates, namespaces and owners: what the embedded cluster's controllers do to any object too.
    CONTROLLERS = ("serviceaccount-controller,serviceaccount-token-controller,root-ca-certificate-publisher-controller,"
                   "namespace-controller,garbage-collector-controller,clusterrole-aggregation-controller")

    def __init__(self, folder, durable=False, controllers=True):
        super().__init__("real")
        self.folder = folder
        self.controllers = controllers
        self.sync = [] if durable else ["--unsafe-no-fsync"]

    def start(self):
        self.make_certificates()
        etcd = f"http://127.0.0.1:{free_port()}"
        peer = f"http://127.0.0.1:{free_port()}"
        self.spawn("etcd", [
            os.path.join(self.folder, "etcd"), "--data-dir", self.at("etcd"), "--listen-client-urls", etcd,
            "--advertise-client-urls", etcd, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", f"default={peer}", *self.sync])
        self.spawn("kube-apiserver", [
            os.path.join(self.folder, "kube-apiserver"), f"--etcd-servers={etcd}", "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1", f"--secure-port={self.port}", f"--client-ca-file={self.authority}",
            f"--tls-cert-file={self.at('serving.crt')}", f"--tls-private-key-file={self.at('serving.key')}",
            "--authorization-mode=Node,RBAC", "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-key-file={self.at('accounts.key')}",
            f"--service-account-signing-key-file={self.at('accounts.key')}",
            "--service-cluster-ip-range=10.96.0.0/16", "--endpoint-reconciler-type=none",
            "--kubelet-preferred-address-types=InternalIP", f"--cert-dir={self.at('certificates')}"])
        self.wait_until("/readyz", "kube-apiserver to be ready", lambda body: body == "ok", 180)
        if not self.controllers:
            return
        self.write_kubeconfig()
        self.spawn("kube-controller-manager", [
            os.path.join(self.folder, "kube-controller-manager"), f"--kubeconfig={self.at('kubeconfig')}",
            f"--root-ca-file={self.authority}", f"--service-account-private-key-file={self.at('accounts.key')}",
            "--use-service-account-credentials", f"--controllers={self.CONTROLLERS}", "--leader-elect=false",
            "--bind-address=127.0.0.1", "--secure-port=0", f"--cert-dir={self.at('certificates')}"])
        self.wait_until("/api/v1/namespaces/default/serviceaccounts", "the default service account",
                        lambda body: '"default"' in body, 180)

    def make_certificates(self):
        self.authority, self.certificate, self.key = self.at("ca.crt"), self.at("admin.crt"), self.at("admin.key")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=differential",
                "-keyout", self.at("ca.key"), "-out", self.authority)
        self.issue("serving", "/CN=kube-apiserver", "subjectAltName=IP:127.0.0.1,DNS:localhost")
        self.issue("admin", "/O=system:masters/CN=administrator", "extendedKeyUsage=clientAuth")
        openssl("genrsa", "-out", self.at("accounts.key"), "2048")

    def issue(self, name, subject, extension):
        with open(self.at(name + ".ext"), "w") as file:
            file.write(extension + "\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", self.at(name + ".key"),
                "-out", self.at(name + ".csr"))
        openssl("x509", "-req", "-days", "2", "-in", self.at(name + ".csr"), "-CA", self.authority,
                "-CAkey", self.at("ca.key"), "-CAcreateserial", "-extfile", self.at(name + ".ext"),
                "-out", self.at(name + ".crt"))


class EmbeddedApi(Server):
    """`firesteel up --foreground`: there is no way to have its API alone, so the pods of the requests name a
    scheduler that does not exist, and nothing runs them on either side."""

    def __init__(self, binary):
        super().__init__("ours")
        self.binary = binary

    def start(self):
        data = self.at("data")
        self.spawn("firesteel", [self.binary, "up", "--foreground", "--dir", data, "--port", str(self.port),
                                 "--kubeconfig", self.at("kubeconfig.unused")])
        self.authority = os.path.join(data, "pki/ca.crt")
        self.certificate = os.path.join(data, "pki/admin.crt")
        self.key = os.path.join(data, "pki/admin.key")
        self.wait_until("/readyz", "the API to be ready", lambda body: body == "ok")
        self.wait_until("/api/v1/namespaces/default/serviceaccounts", "the default service account",
                        lambda body: '"default"' in body)
        self.write_kubeconfig()
