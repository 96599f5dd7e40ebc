"""exec, attach, cp, port-forward and top with real kubectl: each version that is on this machine."""
import hashlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request

from embedded_cluster import KUBECTL, ROOT, EmbeddedCluster, needs_kubectl

PODS = """
apiVersion: v1
kind: Pod
metadata: {name: box, labels: {app: box}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: main, image: firesteel, command: [/bin/sh, -c, "trap 'exit 0' TERM; while :; do sleep 1; done"], workingDir: /tmp,
     env: [{name: GREETING, value: hello}]}
  - {name: side, image: firesteel, command: [sleep, "600"]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: main
    image: firesteel
    workingDir: /tmp
    command: [/bin/sh, -c, "head -c 3000000 /dev/urandom > big; sha256sum < big > sum; exec python3 -m http.server 8080 --bind $(POD_IP)"]
    env: [{name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
"""


def kubectls():
    """The machine's kubectl and, when it is built, the one of the Kubernetes version whose API is served."""
    found = [KUBECTL]
    folder = subprocess.run([os.path.join(ROOT, "tools/kube-components")], text=True, capture_output=True).stdout.strip()
    newest = os.path.join(folder.splitlines()[-1], "kubectl") if folder else ""
    if newest and os.path.exists(newest):
        found.append(newest)
    return found


@needs_kubectl
class StreamsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.up()
        cls.kubectls = kubectls()
        cls.cluster.kubectl("apply", "-f", "-", stdin=PODS)
        cls.cluster.kubectl("wait", "--for=condition=Ready", "pod/box", "pod/web", "--timeout=60s", timeout=90)

    def each_kubectl(self):
        for kubectl in self.kubectls:
            yield lambda *arguments, kubectl=kubectl, check=True, timeout=60, stdin=None: self.cluster.run(
                [kubectl, *arguments], check, timeout, stdin)

    def test_exec_runs_in_the_container(self):
        for kubectl in self.each_kubectl():
            done = kubectl("exec", "box", "-c", "main", "--", "sh", "-c", "echo $GREETING; pwd; cat /proc/1/comm; echo oops >&2; hostname")
            self.assertEqual(done.stdout.splitlines()[:2], ["hello", "/tmp"])
            self.assertEqual(done.stdout.splitlines()[3], "box")
            self.assertIn("oops", done.stderr)

    def test_exec_tells_the_exit_code(self):
        for kubectl in self.each_kubectl():
            done = kubectl("exec", "box", "-c", "main", "--", "sh", "-c", "exit 3", check=False)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("command terminated with exit code 3", done.stderr)
            missing = kubectl("exec", "box", "-c", "main", "--", "no-such-program", check=False)
            self.assertNotEqual(missing.returncode, 0)
            self.assertIn("executable file not found in $PATH", missing.stderr)

    def test_exec_passes_input_of_any_size(self):
        text = "".join(f"{i}\n" for i in range(200000))
        for kubectl in self.each_kubectl():
            done = kubectl("exec", "-i", "box", "-c", "main", "--", "cat", stdin=text)
            self.assertEqual(hashlib.sha256(done.stdout.encode()).hexdigest(), hashlib.sha256(text.encode()).hexdigest())

    def test_exec_refuses_what_there_is_not(self):
        for kubectl in self.each_kubectl():
            self.assertIn('pods "nobody" not found', kubectl("exec", "nobody", "--", "ls", check=False).stderr)
            self.assertIn("container nothing is not valid for pod box",
                          kubectl("exec", "box", "-c", "nothing", "--", "ls", check=False).stderr)

    def test_exec_gives_a_terminal(self):
        for kubectl in self.kubectls:
            with self.subTest(kubectl=kubectl):
                primary, secondary = os.openpty()
                process = subprocess.Popen([kubectl, "exec", "-it", "box", "-c", "main", "--", "sh", "-c", "test -t 0 && stty size; read x; echo got-$x"],
                                           stdin=secondary, stdout=secondary, stderr=subprocess.PIPE, env=self.cluster.environment)
                self.addCleanup(process.kill)
                os.close(secondary)
                os.write(primary, b"word\n")
                seen = b""
                end = time.monotonic() + 30
                while b"got-word" not in seen and time.monotonic() < end:
                    try:
                        seen += os.read(primary, 4096)
                    except OSError:
                        break
                self.assertIn(b"got-word", seen, process.stderr.read() if process.poll() is not None else "")
                self.assertEqual(process.wait(30), 0)
                process.stderr.close()
                os.close(primary)

    def test_cp_copies_both_ways(self):
        for kubectl in self.each_kubectl():
            folder = tempfile.mkdtemp()
            self.addCleanup(shutil.rmtree, folder)
            there, back = os.path.join(folder, "there"), os.path.join(folder, "back")
            with open(there, "wb") as file:
                file.write(os.urandom(1_500_000))
            kubectl("cp", there, "box:/tmp/copied", "-c", "main")
            kubectl("cp", "box:/tmp/copied", back, "-c", "main")
            with open(there, "rb") as one, open(back, "rb") as other:
                self.assertEqual(one.read(), other.read())

    def test_run_attaches_and_removes(self):
        for number, kubectl in enumerate(self.each_kubectl()):
            done = kubectl("run", f"s3-test{number}", "--rm", "-it", "--restart=Never", "--image=firesteel", "--command", "--", "python3", "-c",
                           "print('it', 'works')", check=False, timeout=90)
            self.assertIn("it works", done.stdout + done.stderr)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIsNone(self.cluster.get("pod", f"s3-test{number}"))

    def test_run_passes_input_to_the_program(self):
        for number, kubectl in enumerate(self.each_kubectl()):
            done = kubectl("run", f"upper{number}", "--rm", "-i", "--restart=Never", "--image=firesteel", "--command", "--", "tr", "a-z", "A-Z",
                           stdin="some text\n", check=False, timeout=30)
            self.assertIn("SOME TEXT", done.stdout, done.stderr)

    def test_port_forward_to_pod_and_service(self):
        for target, port in (("pod/web", 8080), ("svc/web", 80)):
            for kubectl in self.kubectls:
                with self.subTest(kubectl=kubectl, target=target):
                    self.check_port_forward(kubectl, target, port)

    def check_port_forward(self, kubectl, target, port):
        process = subprocess.Popen([kubectl, "port-forward", target, f":{port}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, env=self.cluster.environment)
        try:
            line = process.stdout.readline()
            match = re.search(r"127\.0\.0\.1:(\d+)", line)
            self.assertIsNotNone(match, line)
            url = f"http://127.0.0.1:{match.group(1)}/"
            for _ in range(3):  # several connections through one session
                with urllib.request.urlopen(url + "big", timeout=20) as answer:
                    body = answer.read()
                with urllib.request.urlopen(url + "sum", timeout=20) as answer:
                    self.assertEqual(answer.read().split()[0].decode(), hashlib.sha256(body).hexdigest())
        finally:
            process.terminate()
            process.wait(10)
            process.stdout.close()

    def test_a_port_that_nobody_listens_on_is_told(self):
        for kubectl in self.kubectls:
            with self.subTest(kubectl=kubectl):
                process = subprocess.Popen([kubectl, "port-forward", "pod/web", ":9"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                           env=self.cluster.environment)
                port = int(re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline()).group(1))
                with socket.create_connection(("127.0.0.1", port)) as s:
                    s.sendall(b"x")
                    s.settimeout(10)
                    try:
                        self.assertEqual(s.recv(1), b"")
                    except ConnectionResetError:
                        pass
                process.terminate()
                self.assertIn("nothing listens there", process.communicate(timeout=10)[0])

    def test_top_shows_measured_use(self):
        for kubectl in self.each_kubectl():
            pods = kubectl("top", "pods", "-A", "--sort-by=memory").stdout
            self.assertRegex(pods, r"data-platform\s+web\s+\d+m\s+\d+Mi")
            sizes = [int(size) for size in re.findall(r"(\d+)Mi", pods)]
            self.assertEqual(sizes, sorted(sizes, reverse=True))
            containers = kubectl("top", "pods", "box", "--containers").stdout
            self.assertRegex(containers, r"box\s+main")
            self.assertRegex(containers, r"box\s+side")
            self.assertRegex(kubectl("top", "nodes").stdout, r"\d+m\s+\d+%\s+\d+Mi\s+\d+%")

    def test_describe_node_adds_up(self):
        self.assertRegex(self.cluster.kubectl("describe", "node").stdout, r"Allocated resources:")

    def test_rights_are_those_of_the_subresource(self):
        self.cluster.kubectl("create", "role", "runner", "--verb=create,get", "--resource=pods/exec")
        self.cluster.kubectl("create", "rolebinding", "runner", "--role=runner", "--user=jane")
        self.cluster.kubectl("create", "role", "reader", "--verb=get,list", "--resource=pods")
        self.cluster.kubectl("create", "rolebinding", "reader", "--role=reader", "--user=jane", "--user=joe")
        allowed = self.cluster.kubectl("exec", "box", "-c", "main", "--as=jane", "--", "echo", "yes", check=False)
        self.assertEqual(allowed.stdout, "yes\n", allowed.stderr)
        refused = self.cluster.kubectl("exec", "box", "-c", "main", "--as=joe", "--", "echo", "yes", check=False)
        self.assertIn('cannot', refused.stderr)
        self.assertIn('pods/exec', refused.stderr)

    def test_a_client_without_websockets_speaks_spdy(self):
        for kubectl in self.kubectls:
            done = self.cluster.run(["env", "KUBECTL_REMOTE_COMMAND_WEBSOCKETS=false", kubectl, "exec", "-i", "box", "-c", "main", "--",
                                     "sh", "-c", "cat; echo oops >&2; exit 3"], False, 60, "some input\n")
            self.assertEqual((done.returncode, done.stdout), (3, "some input\n"), done.stderr)
            self.assertIn("oops", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
