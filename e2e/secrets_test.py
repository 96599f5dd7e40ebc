"""Canary: secrets that a real Spark application uses are searched for in everything a run leaves or shows.

Three ways in: a literal in sparkConf (moved to a Secret of the attempt), ${NAME} filled in from envSecretKeyRefs, and a
mounted Secret. They may stand in Secrets, in the pod's own directories for Secrets, and in the environment of processes
of the pods that were given them; the literal also in the manifest that its author wrote. Nowhere else.
"""
import base64
import hashlib
import json
import os
import unittest
import urllib.request

from embedded_cluster import NAMESPACE, EmbeddedCluster, manifest, needs_kubectl

IMAGE = "apache/spark:3.5.9"
LITERAL, REFERENCED, MOUNTED = "canary-literal-5f3a9", "canary referenced\\=7c1e4", "canary-mounted-d20b8"
SECRETS = (LITERAL, REFERENCED, MOUNTED)
# Volumes of the driver that are made of Secrets.
SECRET_VOLUMES = ("spark-conf-secret", "spark-conf-volume-driver", "canary-volume")

PROGRAM = """
import hashlib, os, time, urllib.request
from pyspark.sql import SparkSession

def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()

spark = SparkSession.builder.getOrCreate()
context = spark.sparkContext
hadoop = context._jsc.hadoopConfiguration()
ui = context.uiWebUrl
pages = [urllib.request.urlopen(ui + path).read().decode() for path in
         ("/environment/", "/api/v1/applications/" + context.applicationId + "/environment")]
# Partial matches too: no page may show even a word of a value.
for name, value in (("literal", hadoop.get("canary.password")), ("referenced", hadoop.get("canary.endpoint")),
                    ("mounted", open("/canary/value").read())):
    print("DIGEST", name, digest(value))
    print("PAGES", name, any(value in page or value.split()[-1] in page for page in pages))
print("PAGES properties", all("canary.endpoint" in page for page in pages))

def on_executor(_):
    return [digest(os.environ["CANARY_PASSWORD"])]
print("DIGEST executor", context.parallelize([1], 1).mapPartitions(on_executor).first())
print("WAITING")
while not os.path.exists("/opt/spark/work-dir/go"):
    time.sleep(0.1)
spark.stop()
print("END")
"""

APPLICATION = {
    "apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication",
    "metadata": {"name": "canary", "namespace": NAMESPACE},
    "spec": {
        "type": "Python", "mode": "cluster", "image": IMAGE, "sparkVersion": "3.5.9", "mainApplicationFile": PROGRAM,
        "restartPolicy": {"type": "Never"},
        "sparkConf": {
            "spark.hadoop.canary.password": LITERAL, "spark.hadoop.canary.endpoint": "${CANARY_ENDPOINT}",
            "spark.executorEnv.CANARY_PASSWORD": LITERAL, "spark.ui.prometheus.enabled": "true",
            "spark.eventLog.enabled": "true", "spark.eventLog.dir": "file:///events",
            "spark.kubernetes.executor.deleteOnTermination": "false"},
        "volumes": [{"name": "events", "emptyDir": {}}],
        "driver": {"cores": 1, "memory": "512m", "serviceAccount": "spark-operator-spark",
                   "volumeMounts": [{"name": "events", "mountPath": "/events"}],
                   "secrets": [{"name": "canary", "path": "/canary", "secretType": "Generic"}],
                   "envSecretKeyRefs": {"CANARY_ENDPOINT": {"name": "canary", "key": "endpoint"}}},
        "executor": {"cores": 1, "memory": "512m", "instances": 1}}}


def found_in(text, secrets=SECRETS):
    """The secrets that stand in it, as they are or as base64."""
    out = []
    for secret in secrets:
        forms = (secret, secret.split()[-1], base64.b64encode(secret.encode()).decode())
        if any(form in text for form in forms):
            out.append(secret)
    return out


def processes():
    """(pid, argv, environment) of every process of the machine that may be read."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", errors="replace") as line, \
                    open(f"/proc/{pid}/environ", errors="replace") as environment:
                yield int(pid), line.read(), environment.read()
        except OSError:
            continue


@needs_kubectl
class SecretsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        try:
            cls.cluster.firesteel("image", "build", IMAGE, timeout=600)
            cls.cluster.up()
            # The strictest level: drivers and executors that break it are refused.
            cls.kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted")
        except BaseException:
            cls.cluster.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    @classmethod
    def kubectl(cls, *arguments, **options):
        return cls.cluster.kubectl(*arguments, **options)

    def log(self, pod):
        return self.kubectl("logs", "-n", NAMESPACE, pod, "--all-containers", check=False).stdout

    def apply(self, application):
        return self.kubectl("apply", "-f", "-", stdin=json.dumps(application))

    def wait_for_end(self, name):
        return self.cluster.wait_for(f"the end of {name}",
                                     lambda: self.cluster.state(name) in ("COMPLETED", "FAILED"))

    def test_canary(self):
        self.kubectl("create", "secret", "generic", "canary", "-n", NAMESPACE, f"--from-literal=endpoint={REFERENCED}",
                     f"--from-literal=value={MOUNTED}")
        self.apply(APPLICATION)
        self.cluster.wait_for("the program", lambda: "WAITING" in self.log("canary-driver")
                              or self.cluster.state("canary") == "FAILED")
        log = self.log("canary-driver")
        self.assertIn("WAITING", log, json.dumps(self.cluster.get("sparkapplication", "canary").get("status")))
        self.application_has_its_secrets(log)
        self.nothing_in_processes()
        self.kubectl("exec", "-n", NAMESPACE, "canary-driver", "--", "touch", "/opt/spark/work-dir/go")
        self.wait_for_end("canary")
        self.assertEqual(self.cluster.state("canary"), "COMPLETED", self.log("canary-driver")[-3000:])
        objects = self.all_objects()
        self.nothing_in_objects(objects)
        self.nothing_in_output(objects)
        self.nothing_in_files()
        self.pods_are_restricted(objects)
        self.search_finds_what_is_planted()

    def application_has_its_secrets(self, log):
        for name, secret in (("literal", LITERAL), ("referenced", REFERENCED), ("mounted", MOUNTED),
                             ("executor", LITERAL)):
            self.assertIn(f"DIGEST {name} {hashlib.sha256(secret.encode()).hexdigest()}", log)
        for name in ("literal", "referenced", "mounted"):
            self.assertIn(f"PAGES {name} False", log, "Spark's environment page shows it")
        self.assertIn("PAGES properties True", log)

    def nothing_in_processes(self):
        seen = 0
        for pid, argv, environment in processes():
            seen += "org.apache.spark" in argv
            if pid == os.getpid():
                continue
            self.assertEqual(found_in(argv), [], argv.replace("\0", " ")[:500])
            # Variables are how the referenced one and the executor's literal were given; the operator, the daemon and
            # everything else has none of them.
            if "SPARK_APPLICATION_ID" in environment or "SPARK_EXECUTOR_ID" in environment:
                self.assertEqual(found_in(environment, [MOUNTED]), [])
            else:
                self.assertEqual(found_in(environment), [], argv[:200])
        self.assertGreaterEqual(seen, 2, "the driver's and executor's own processes were looked at")

    def all_objects(self):
        kinds = self.kubectl("api-resources", "--verbs=list", "-o", "name").stdout.split()
        listed = ",".join(kind for kind in kinds if kind != "secrets" and "metrics" not in kind)
        return json.loads(self.kubectl("get", listed, "-A", "-o", "json", timeout=120).stdout)["items"]

    def nothing_in_objects(self, objects):
        self.assertGreater(len([one for one in objects if one["kind"] == "Event"]), 3)
        self.assertIn("ConfigMap", {one["kind"] for one in objects})
        for one in objects:
            allowed = []
            if one["kind"] == "SparkApplication":  # what its author wrote
                allowed = [LITERAL]
                self.assertEqual(found_in(json.dumps(one["status"])), [])
            what = f"{one['kind']} {one['metadata']['name']}"
            found = found_in(json.dumps(one, ensure_ascii=False).replace("\\\\", "\\"))
            self.assertEqual([secret for secret in found if secret not in allowed], [], what)

    def nothing_in_output(self, objects):
        pods = [one["metadata"]["name"] for one in objects if one["kind"] == "Pod"]
        operator = next(name for name in pods if name.startswith("spark-operator-"))
        self.assertTrue(any("-exec-" in name for name in pods), pods)
        for name in pods:
            log = self.log(name)
            self.assertTrue(log, name)
            self.assertEqual(found_in(log), [], f"log of {name}")
        address = self.cluster.get("pod", operator)["status"]["podIP"]
        metrics = urllib.request.urlopen(f"http://{address}:10254/metrics").read().decode()
        self.assertIn("spark_application_submit_count", metrics)
        self.assertEqual(found_in(metrics), [])
        described = self.kubectl("describe", "pods,configmaps,events,services", "-n", NAMESPACE).stdout
        self.assertEqual(found_in(described), [])
        rendered = self.cluster.firesteel("render", "-", stdin=json.dumps(APPLICATION))
        self.assertIn("kind: Secret", rendered.stdout)
        self.assertEqual(found_in(rendered.stdout + rendered.stderr), [])

    def nothing_in_files(self):
        looked_at = set()
        for folder, _, names in os.walk(self.cluster.data):
            if any(f"/volumes/{volume}" in folder for volume in SECRET_VOLUMES):
                continue
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.isfile(path):
                    continue
                looked_at.add(name)
                with open(path, errors="replace") as file:
                    text = file.read()
                # The database holds the manifest and the Secrets, these as base64.
                database = "database" in path or ".db" in path or "sqlite" in path
                found = [s for s in (REFERENCED, MOUNTED) if s in text] if database else found_in(text)
                self.assertEqual(found, [], path)
        self.assertIn("daemon.log", looked_at)
        self.assertTrue(any(name.startswith("spark-") for name in looked_at), "the event log was looked at")

    def pods_are_restricted(self, objects):
        for one in objects:
            if one["kind"] != "Pod" or not one["metadata"]["name"].startswith("canary-"):
                continue
            for container in one["spec"]["containers"] + one["spec"].get("initContainers", []):
                context = container["securityContext"]
                self.assertEqual((context["runAsNonRoot"], context["allowPrivilegeEscalation"]), (True, False))
                self.assertEqual(context["capabilities"], {"drop": ["ALL"]})

    def search_finds_what_is_planted(self):
        self.kubectl("create", "configmap", "leak", "-n", NAMESPACE, f"--from-literal=a={REFERENCED}")
        with self.assertRaises(AssertionError):
            self.nothing_in_objects(self.all_objects())
        with open(os.path.join(self.cluster.data, "leak.log"), "w") as file:
            file.write(f"password {MOUNTED}\n")
        with self.assertRaises(AssertionError):
            self.nothing_in_files()
        os.remove(os.path.join(self.cluster.data, "leak.log"))

    def test_missing_variable_is_named(self):
        application = json.loads(json.dumps(APPLICATION))
        application["metadata"]["name"] = "missing"
        application["spec"]["sparkConf"] = {"spark.hadoop.fs.s3a.access.key": "${S3_ACCESS_KEY}"}
        application["spec"]["driver"] = {"cores": 1, "memory": "512m", "serviceAccount": "spark-operator-spark"}
        self.apply(application)
        self.wait_for_end("missing")
        status = self.cluster.get("sparkapplication", "missing")["status"]["applicationState"]
        self.assertEqual(status["state"], "FAILED")
        for words in ("spark.hadoop.fs.s3a.access.key", "no variable S3_ACCESS_KEY", "Secret spark-env"):
            self.assertIn(words, status["errorMessage"])

    def test_describe_says_what_was_inferred(self):
        """The specification's manifests as printed: what they leave out, in the words of kubectl describe."""
        for name, application, words in (
                ("spark-pi-test", "spark-pi-test", ("mainApplicationFile is missing", "sparkVersion is missing")),
                ("sample-spark-job", "sample-etl-job", ("S3_ACCESS_KEY", "from Secret spark-env of the namespace")),
                ("iceberg-etl-test", "iceberg-etl-test", ("calls col, current_timestamp without importing it",))):
            self.kubectl("apply", "-f", manifest(name))
            described = self.cluster.wait_for(f"what was inferred for {name}", lambda: self.described(application))
            for word in words:
                self.assertIn(word, described)
            self.kubectl("delete", "sparkapplication", application, "-n", NAMESPACE, "--wait=false")

    def described(self, name):
        text = self.kubectl("describe", "sparkapplication", name, "-n", NAMESPACE).stdout
        return text if "SparkApplicationInferred" in text else None

    def test_what_no_node_can_hold_is_refused(self):
        application = json.loads(json.dumps(APPLICATION))
        application["metadata"]["name"] = "huge"
        application["spec"]["executor"]["memory"] = "900t"
        refused = self.kubectl("apply", "-f", "-", stdin=json.dumps(application), check=False)
        self.assertNotEqual(refused.returncode, 0)
        for words in ("spec.executor.memory", "no node has as much even when it is empty"):
            self.assertIn(words, refused.stderr)

    def test_one_field_turns_the_restrictions_off(self):
        application = json.loads(json.dumps(APPLICATION))
        application["metadata"]["name"] = "privileged"
        application["spec"]["sparkConf"] = {"spark.firesteel.podSecurity": "privileged"}
        application["spec"]["driver"] = {"cores": 1, "memory": "512m", "serviceAccount": "spark-operator-spark"}
        self.apply(application)
        self.wait_for_end("privileged")
        status = self.cluster.get("sparkapplication", "privileged")["status"]["applicationState"]
        self.assertEqual(status["state"], "FAILED")
        self.assertIn('violates PodSecurity "restricted', status["errorMessage"])

    def test_operator_reads_no_secrets(self):
        account = f"--as=system:serviceaccount:{NAMESPACE}:spark-operator"
        for verb, allowed in (("create", "yes"), ("delete", "yes"), ("get", "no"), ("list", "no"), ("watch", "no")):
            answer = self.kubectl("auth", "can-i", verb, "secrets", account, "-n", NAMESPACE, check=False)
            self.assertEqual(answer.stdout.strip(), allowed, verb)


if __name__ == "__main__":
    unittest.main(verbosity=2)
