"""Every command of the program as people and scripts use it: output, exit codes, completion."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
import urllib.request

from embedded_cluster import (FIRESTEEL, NAMESPACE, EmbeddedCluster, manifest, manifest_text, needs_kubectl)

# Functions without their import, which is filled in.
PROGRAM = """from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
total = spark.range(10).select(expr("sum(id) AS total")).first()["total"]
print("The total is", total)
spark.stop()
"""


def pending_text(name):
    """The printed manifest, for a node that does not exist: everything but the JVM."""
    text = manifest_text("spark-pi-test").replace("spark-pi-test", name)
    return text.replace("  mode: cluster\n", "  mode: cluster\n  nodeSelector: {none: such}\n")


def is_port_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class CommandTest(unittest.TestCase):
    """Commands that ask no cluster."""

    def firesteel(self, *arguments, **more):
        return subprocess.run([FIRESTEEL, *arguments], text=True, capture_output=True, timeout=60, **more)

    def test_render_says_which_setting_made_each_field(self):
        done = self.firesteel("render", manifest("spark-pi-test"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^ +memory: 896Mi +# from spec\.driver\.memory$")
        self.assertRegex(done.stdout, r"(?m)^ +# spark\.executor\.instances +from spec\.executor\.instances$")
        self.assertNotIn("\x1b", done.stdout)
        self.assertNotIn("# from", self.firesteel("render", "--no-explain", manifest("spark-pi-test")).stdout)
        pod = json.loads(self.firesteel("render", "-o", "json", manifest("spark-pi-test")).stdout)["items"][0]
        self.assertEqual(pod["metadata"]["name"], "spark-pi-test-driver")

    def test_render_shows_what_another_spark_version_changes(self):
        path = manifest("spark-pi-test")
        self.assertEqual(self.firesteel("render", path, "--diff", path).stdout, "")
        done = self.firesteel("render", path, "--spark-version", "3.5.9", "--diff", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("-    spark-version: 3.4.0\n+    spark-version: 3.5.9\n", done.stdout)

    def test_bad_usage_and_bad_files_exit_2(self):
        for arguments in (["lost"], ["run"], ["run", "/no/such/file.yaml"], ["list", "-o", "xml"],
                          ["image", "build", "apache/sparc:1"]):
            done = self.firesteel(*arguments)
            self.assertEqual(done.returncode, 2, (arguments, done.stderr))
            self.assertTrue(done.stderr)
            self.assertEqual(done.stdout, "")

    def test_no_cluster_exits_3(self):
        config = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        self.addCleanup(config.close)
        config.write("apiVersion: v1\nkind: Config\ncurrent-context: a\n"
                     "clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}]\n"
                     "contexts: [{name: a, context: {cluster: a, user: a}}]\nusers: [{name: a, user: {}}]\n")
        config.flush()
        for arguments in (["list"], ["status", "pi"], ["run", manifest("spark-pi-test")], ["kill", "pi"]):
            done = self.firesteel("--kubeconfig", config.name, *arguments)
            self.assertEqual(done.returncode, 3, (arguments, done.stderr))
            self.assertIn("firesteel up", done.stderr)

    def test_bash_completes_commands_and_values(self):
        def complete(*words):
            script = (f"PATH={os.path.dirname(FIRESTEEL)}:$PATH; source <(firesteel completion bash); "
                      f"COMP_WORDS=(firesteel {' '.join(words)}); COMP_CWORD={len(words)}; _firesteel; "
                      'printf "%s\\n" "${COMPREPLY[@]}"')
            done = subprocess.run(["bash", "-c", script], text=True, capture_output=True, timeout=60)
            self.assertEqual(done.stderr, "")
            return done.stdout.split()

        self.assertEqual(complete("l"), ["list", "logs"])
        self.assertEqual(complete("image", "''"), ["list", "build", "rm"])
        self.assertEqual(complete("list", "-o", "j"), ["json"])
        self.assertIn("--tail", complete("logs", "--t"))

    def test_zsh_and_fish_read_their_scripts(self):
        for shell in ("zsh", "fish"):
            if not shutil.which(shell):
                continue
            script = self.firesteel("completion", shell).stdout
            done = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""), shell)
        if shutil.which("fish"):
            command = (f"set -x PATH {os.path.dirname(FIRESTEEL)} $PATH; firesteel completion fish | source; "
                       "complete -C 'firesteel l'")
            done = subprocess.run(["fish", "--no-config", "-c", command], text=True, capture_output=True, timeout=60)
            self.assertEqual([line.split("\t")[0] for line in done.stdout.splitlines()], ["list", "logs"])

    def test_images_are_listed_with_what_is_assembled(self):
        with tempfile.TemporaryDirectory() as directory:
            done = self.firesteel("image", "list", "--images", directory, "-o", "json")
            items = json.loads(done.stdout)["items"]
            spark = [i for i in items if i["recipe"] == "spark"]
            self.assertTrue(all(i["state"] == "available" for i in spark), spark)
            self.assertIn("apache/spark:3.5", [r for i in spark for r in i["references"]])
            done = self.firesteel("image", "rm", "--images", directory, "apache/spark:3.4.0")
            self.assertEqual(done.returncode, 1)
            self.assertIn("not assembled", done.stderr)

    def test_the_first_run_brings_a_cluster_up_and_leaves_it(self):
        if not is_port_free(6443):
            self.skipTest("port 6443 is in use")
        home = tempfile.mkdtemp(prefix="firesteel-e2e-home-")
        self.addCleanup(shutil.rmtree, home, ignore_errors=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("KUBE", "XDG"))}
        environment["HOME"] = home
        self.addCleanup(self.firesteel, "down", "--purge", env=environment)
        done = self.firesteel("run", "-d", "-", env=environment, input=pending_text("first"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, "first\n")
        self.assertEqual(len(re.findall(r"(?m)^The cluster is up: .*firesteel down", done.stderr)), 1, done.stderr)
        self.assertEqual(self.firesteel("status", env=environment).returncode, 0)
        self.assertIn("first", self.firesteel("list", "-n", NAMESPACE, env=environment).stdout)


@needs_kubectl
class ClusterTest(unittest.TestCase):
    """Commands against a live cluster. Only two tests start a JVM."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        try:
            cls.cluster.firesteel("image", "build", "apache/spark:v3.4.0", timeout=600)
            cls.cluster.up()
        except BaseException:
            cls.cluster.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def start(self, *arguments, stdin=None):
        process = subprocess.Popen([FIRESTEEL, "-n", NAMESPACE, *arguments], env=self.cluster.environment, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if stdin is not None:
            process.stdin.write(stdin)
        process.stdin.close()
        process.stdin = None

        def stop():
            if process.poll() is None:
                process.kill()
                process.communicate()

        self.addCleanup(stop)
        return process

    def ask(self, *arguments, code=0, stdin=None):
        done = self.cluster.firesteel("-n", NAMESPACE, *arguments, check=False, stdin=stdin)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def submit_pending(self, name):
        self.ask("run", "-d", "-", stdin=pending_text(name))
        self.cluster.wait_for("a pending driver", lambda: self.cluster.get("pod", name + "-driver"), 30)
        self.addCleanup(self.cluster.firesteel, "-n", NAMESPACE, "delete", name, check=False)

    def test_run_follows_the_printed_job_to_its_end(self):
        run = self.start("run", manifest("spark-pi-test"))
        self.cluster.wait_for("the application", lambda: self.cluster.get("sparkapplication", "spark-pi-test"), 30)
        events = self.start("events", "-f", "spark-pi-test")
        logs = self.start("logs", "-f", "spark-pi-test")
        self.cluster.wait_for("a running driver", lambda: self.cluster.state("spark-pi-test") == "RUNNING", 120)
        forward = self.start("forward", "spark-pi-test")
        url = forward.stdout.readline().strip()
        self.assertRegex(url, r"^http://127\.0\.0\.1:\d+$")

        def application():
            try:
                with urllib.request.urlopen(url + "/api/v1/applications", timeout=10) as answer:
                    return json.load(answer)
            except (OSError, ValueError):  # it listens a little after the driver runs, and first says to wait
                return None

        self.assertTrue(self.cluster.wait_for("the web UI", application, 60)[0]["id"].startswith("spark-"))

        out, err = run.communicate(timeout=240)
        self.assertEqual(run.returncode, 0, err)
        self.assertRegex(out, r"Pi is roughly 3\.")
        for part in ("CREATED", "SUBMITTED", "RUNNING", "spark-pi-test completed in "):
            self.assertIn(part, err)
        self.assertNotRegex(out + err, "[\r\x1b]")
        out, err = logs.communicate(timeout=60)
        self.assertEqual(logs.returncode, 0, err)
        self.assertIn("Pi is roughly", out)
        out, err = events.communicate(timeout=60)
        self.assertEqual(events.returncode, 0, err)
        self.assertIn("SparkApplicationCompleted", out)
        out, err = forward.communicate(timeout=60)
        self.assertEqual(forward.returncode, 0, err)
        self.assertIn("has ended", err)
        self.check_finished()

    def check_finished(self):
        self.assertIn("COMPLETED", self.ask("list").stdout)
        self.assertIn("org.apache.spark.examples.SparkPi", self.ask("status", "spark-pi-test").stdout)
        self.assertRegex(self.ask("status", "spark-pi-test").stdout, r"Filled in: +spec\.mainApplicationFile")
        for output in ("wide", "name", "yaml"):
            self.assertIn("spark-pi-test", self.ask("list", "-o", output).stdout)
        self.assertEqual(json.loads(self.ask("list", "-A", "-o", "json").stdout)["kind"], "List")
        application = json.loads(self.ask("status", "spark-pi-test", "-o", "json").stdout)
        self.assertEqual(application["status"]["applicationState"]["state"], "COMPLETED")
        self.assertEqual(json.loads(self.ask("events", "spark-pi-test", "-o", "json").stdout)["kind"], "List")
        self.assertEqual(len(self.ask("logs", "--tail", "3", "spark-pi-test").stdout.splitlines()), 3)
        self.assertEqual(self.ask("events", "-f", "spark-pi-test").returncode, 0)
        self.assertIn("no running driver", self.ask("forward", "spark-pi-test", code=1).stderr)
        self.assertIn("not running", self.ask("kill", "spark-pi-test").stdout)
        self.assertIn("--replace", self.ask("run", manifest("spark-pi-test"), code=1).stderr)
        self.assertEqual(self.ask("delete", "spark-pi-test").stdout, "spark-pi-test deleted\n")
        self.ask("status", "spark-pi-test", code=1)

    def test_a_bare_program_runs_with_the_imports_that_it_lacks(self):
        path = os.path.join(self.cluster.directory, "Sum Up.py")
        with open(path, "w") as file:
            file.write(PROGRAM)
        done = self.ask("run", path, "--image", "apache/spark:v3.4.0")
        self.assertIn("The total is 45", done.stdout)
        self.assertIn("import", self.ask("status", "sum-up").stdout)
        self.ask("delete", "sum-up")

    def test_a_job_is_suspended_and_resumed(self):
        self.submit_pending("paused")
        self.assertIn("being stopped", self.ask("kill", "paused").stdout)
        self.cluster.wait_for("SUSPENDED", lambda: self.cluster.state("paused") == "SUSPENDED", 60)
        self.cluster.kubectl("patch", "sparkapplication", "paused", "-n", NAMESPACE, "--type=merge", "-p",
                             '{"spec": {"suspend": false}}')
        self.cluster.wait_for("SUBMITTED", lambda: self.cluster.state("paused") == "SUBMITTED", 60)
        self.ask("kill", "no-such", code=1)
        self.ask("delete", "paused", "no-such", code=1)
        self.assertIsNone(self.cluster.get("sparkapplication", "paused"))

    def test_the_youngest_is_listed_first(self):
        for name in ("older", "newer"):
            self.submit_pending(name)
            born = self.cluster.get("sparkapplication", name)["metadata"]["creationTimestamp"]
            self.cluster.wait_for("the next second", lambda: json.loads(self.cluster.kubectl(
                "create", "configmap", "clock", "--dry-run=server", "-o", "json").stdout)["metadata"].get(
                    "creationTimestamp", "") > born, 10)
        names = self.ask("list", "-o", "name").stdout.split()
        self.assertLess(names.index("sparkapplication.sparkoperator.k8s.io/newer"),
                        names.index("sparkapplication.sparkoperator.k8s.io/older"))

    def test_waiting_for_a_driver_is_said_and_can_be_interrupted(self):
        self.submit_pending("waiting")
        self.ask("logs", "waiting", code=1)
        self.assertIn("is not running", self.ask("forward", "waiting", code=1).stderr)
        logs = self.start("logs", "-f", "waiting")
        self.assertIn("Waiting for", logs.stderr.readline())
        logs.send_signal(signal.SIGINT)
        logs.communicate(timeout=30)
        self.assertEqual(logs.returncode, 130)
        events = self.start("events", "-f", "waiting")
        events.stdout.readline()
        events.send_signal(signal.SIGINT)
        events.communicate(timeout=30)
        self.assertEqual(events.returncode, 130)

    def test_an_interrupted_run_goes_on(self):
        run = self.start("run", "-", stdin=pending_text("left-alone"))
        self.addCleanup(self.cluster.firesteel, "-n", NAMESPACE, "delete", "left-alone", check=False)
        self.cluster.wait_for("SUBMITTED", lambda: self.cluster.state("left-alone") == "SUBMITTED", 60)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=30)
        self.assertEqual(run.returncode, 130)
        self.assertIn("left-alone goes on; `firesteel logs -f left-alone", err)
        self.assertEqual(self.cluster.state("left-alone"), "SUBMITTED")
        done = self.ask("run", "--replace", "--timeout", "2s", "-", code=1, stdin=pending_text("left-alone"))
        self.assertIn("The time limit is over", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
