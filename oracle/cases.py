"""The cases: SparkApplications, from single settings to combinations. Names are what the case is about.

A refused case carries `refusal`: words that both Spark's refusal and ours must hold, or [Spark's words, ours]. It matters for
the versions that refuse; where `stricter` says why, we refuse (in the same words) though spark-submit does not.
"""
import copy

from combinations import combined

APPLICATION = {
    "apiVersion": "sparkoperator.k8s.io/v1beta2",
    "kind": "SparkApplication",
    "metadata": {"name": "app", "namespace": "jobs"},
    "spec": {"type": "Scala", "mode": "cluster", "image": "example/spark:1", "mainClass": "org.example.Main",
             "mainApplicationFile": "local:///opt/app.jar", "driver": {}, "executor": {}},
}
PYTHON = {"type": "Python", "mainClass": None, "mainApplicationFile": "local:///opt/app.py"}
R = {"type": "R", "mainClass": None, "mainApplicationFile": "local:///opt/app.R"}
D = "spark.kubernetes.driver."
V = D + "volumes."
STEPS = "org.apache.spark.deploy.k8s.features."
E = "spark.kubernetes.executor.volumes."


class Cases:
    def __init__(self):
        self.all = {}

    def add(self, name, spec=None, conf=None, driver=None, executor=None, metadata=None, refusal=None, stricter=None):
        application = copy.deepcopy(APPLICATION)
        application["spec"].update(copy.deepcopy(spec or {}))
        application["spec"] = {key: value for key, value in application["spec"].items() if value is not None}
        if conf:
            application["spec"].setdefault("sparkConf", {}).update(conf)
        application["spec"]["driver"].update(driver or {})
        application["spec"]["executor"].update(executor or {})
        application["metadata"].update(metadata or {})
        assert name not in self.all, name
        self.all[name] = {"application": application}
        if refusal:
            self.all[name]["refusal"] = refusal if isinstance(refusal, list) else [refusal, refusal]
        if stricter:
            self.all[name]["stricter"] = stricter


def programs(c):
    c.add("program-scala")
    c.add("program-java", {"type": "Java"})
    c.add("program-python", PYTHON)
    c.add("program-r", R)
    c.add("program-r-lower-case", {**R, "mainApplicationFile": "local:///opt/app.r"})
    for scheme in ("s3a", "hdfs", "gs"):
        c.add(f"program-jar-{scheme}", {"mainApplicationFile": f"{scheme}://bucket/path/app.jar"})
        c.add(f"program-python-{scheme}", {**PYTHON, "mainApplicationFile": f"{scheme}://bucket/path/app.py"})
    c.add("program-jar-https", {"mainApplicationFile": "https://files.example/app.jar"})
    c.add("program-python-https", {**PYTHON, "mainApplicationFile": "https://files.example/app.py"})
    c.add("program-r-s3a", {**R, "mainApplicationFile": "s3a://bucket/app.R"})
    c.add("program-internal", {"mainApplicationFile": "spark-internal"})
    c.add("program-python-with-class", {**PYTHON, "mainClass": "org.example.Ignored"})
    c.add("program-proxy-user", {"proxyUser": "alice"})
    c.add("program-python-version", {**PYTHON, "pythonVersion": "3"})
    c.add("python-interpreters", PYTHON, {"spark.pyspark.python": "python3.11", "spark.pyspark.driver.python": "python3.12"})
    c.add("python-interpreter", PYTHON, {"spark.pyspark.python": "/opt/venv/bin/python"})
    c.add("python-driver-interpreter", PYTHON, {"spark.pyspark.driver.python": "ipython"})
    c.add("python-interpreter-of-a-jar", {}, {"spark.pyspark.python": "python3.11"})
    c.add("arguments", {"arguments": ["1000", "--date", "2026-11-22"]})
    c.add("arguments-odd", {"arguments": ["", " ", "a b", "it's", "say \"x\"", "$(HOME)", "$HOME", "a=b", "--conf", "x=y", "\\n", "*",
                                          "{{APP_ID}}", "tab\there", "line\nbreak", "snow☃", "日本語", "😀", "a,b;c|d&e", "#"]})
    c.add("arguments-of-python-odd", {**PYTHON, "arguments": ["--help", "-x", "", "{\"json\": [1, \"é\"]}"]})


def names(c):
    for length in (1, 34, 35, 36, 37, 62, 63):
        c.add(f"name-{length}", metadata={"name": "a" * length})
    c.add("name-with-dashes", metadata={"name": "a--b---c"})
    c.add("name-ends-in-digit", metadata={"name": "job-2026-11-22"})
    c.add("name-of-the-pod", driver={"podName": "my-driver"})
    c.add("name-of-the-pod-by-conf", conf={D + "pod.name": "conf-driver"})
    c.add("name-by-conf-is-overridden", conf={"spark.app.name": "Other Name"})
    c.add("namespace-by-conf", conf={"spark.kubernetes.namespace": "jobs"})
    c.add("namespace-other", metadata={"namespace": "team-a"})
    c.add("submit-time-given", conf={"spark.app.submitTime": "12345"})
    c.add("executor-prefix", conf={"spark.kubernetes.executor.podNamePrefix": "my-executors"})


def memory(c):
    for name, value in (("512m", "512m"), ("2g", "2g"), ("4096m", "4096m"), ("3G", "3G"), ("upper-M", "700M"), ("kib", "2097152k"),
                        ("16t", "1t")):
        c.add(f"memory-{name}", driver={"memory": value})
    c.add("memory-gb", driver={"memory": "2gb"})
    c.add("memory-bare", driver={"memory": "2048"})
    c.add("memory-overhead", driver={"memory": "2g", "memoryOverhead": "1g"})
    c.add("memory-overhead-zero", driver={"memory": "2g", "memoryOverhead": "0"})
    c.add("memory-overhead-bare", driver={"memory": "2g", "memoryOverhead": "500"})
    c.add("memory-overhead-of-executors", executor={"memory": "2g", "memoryOverhead": "512m"})
    c.add("memory-factor", {"memoryOverheadFactor": "0.25"}, driver={"memory": "4g"})
    c.add("memory-factor-below-minimum", {"memoryOverheadFactor": "0.05"}, driver={"memory": "4g"})
    c.add("memory-factor-of-python", {**PYTHON, "memoryOverheadFactor": "0.2"}, driver={"memory": "4g"})
    c.add("memory-factor-of-the-driver", conf={"spark.driver.memoryOverheadFactor": "0.3"}, driver={"memory": "4g"})
    c.add("memory-factors-both", {"memoryOverheadFactor": "0.5"}, {"spark.driver.memoryOverheadFactor": "0.3"}, driver={"memory": "4g"})
    c.add("memory-factor-above-one", {"memoryOverheadFactor": "1.5"}, driver={"memory": "1g"})
    c.add("memory-truncation", conf={"spark.driver.memoryOverheadFactor": "0.15"}, driver={"memory": "5001m"})
    c.add("memory-truncation-10", driver={"memory": "4099m"})
    c.add("memory-python", PYTHON, driver={"memory": "3g"})
    c.add("memory-r", R, driver={"memory": "1g"})
    c.add("memory-minimum", conf={"spark.driver.minMemoryOverhead": "600m"})
    c.add("memory-minimum-bare", conf={"spark.driver.minMemoryOverhead": "100"})
    c.add("memory-off-heap", conf={"spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "1g"})
    c.add("memory-pyspark", PYTHON, {"spark.executor.pyspark.memory": "1g"})
    c.add("memory-by-conf", conf={"spark.driver.memory": "3g", "spark.executor.memory": "4g"})
    c.add("memory-field-wins", conf={"spark.driver.memory": "3g"}, driver={"memory": "2g"})


def cores(c):
    c.add("cores", driver={"cores": 3}, executor={"cores": 2})
    c.add("cores-request", driver={"coreRequest": "500m"}, executor={"coreRequest": "250m"})
    c.add("cores-limit", driver={"cores": 1, "coreLimit": "1200m"}, executor={"coreLimit": "2"})
    c.add("cores-all", driver={"cores": 2, "coreRequest": "1500m", "coreLimit": "2"})
    c.add("cores-fraction", driver={"coreRequest": "0.5"})
    c.add("cores-by-conf", conf={"spark.driver.cores": "4", "spark.executor.cores": "5", D + "limit.cores": "4"})
    c.add("instances", executor={"instances": 7})
    c.add("gpu-of-the-driver", conf={"spark.driver.resource.gpu.amount": "2", "spark.driver.resource.gpu.vendor": "nvidia.com",
                                     "spark.driver.resource.gpu.discoveryScript": "/opt/gpus.sh"})
    c.add("gpu-of-executors", conf={"spark.executor.resource.gpu.amount": "1", "spark.executor.resource.gpu.vendor": "amd.com",
                                    "spark.task.resource.gpu.amount": "0.5"})
    c.add("gpu-two-resources", conf={"spark.driver.resource.gpu.amount": "1", "spark.driver.resource.gpu.vendor": "nvidia.com",
                                     "spark.driver.resource.fpga.amount": "3", "spark.driver.resource.fpga.vendor": "intel.com"})
    c.add("gpu-zero", conf={"spark.driver.resource.gpu.amount": "0", "spark.driver.resource.gpu.vendor": "nvidia.com"})


def metadata(c):
    c.add("labels", driver={"labels": {"team": "data", "example.org/tier": "gold"}}, executor={"labels": {"team": "data"}})
    c.add("labels-of-the-application", metadata={"labels": {"cost": "42", "team": "a"}}, driver={"labels": {"team": "b"}})
    c.add("labels-empty-value", driver={"labels": {"flag": ""}})
    c.add("labels-app-id", driver={"labels": {"run": "x-{{APP_ID}}"}})
    c.add("labels-executor-id", driver={"labels": {"run": "x{{EXECUTOR_ID}}"}})
    c.add("annotations", driver={"annotations": {"a.example/b": "c d", "empty": "", "json": "{\"a\": [1]}", "uni": "ü=☃"}})
    c.add("annotations-app-id", driver={"annotations": {"log": "https://logs/{{APP_ID}}/{{EXECUTOR_ID}}/{{APP_ID}}"}})
    c.add("annotations-of-executors", executor={"annotations": {"log": "{{EXECUTOR_ID}}"}})
    c.add("service-labels", driver={"serviceLabels": {"team": "data", "expose": "yes"}})
    c.add("service-annotations", driver={"serviceAnnotations": {"dns": "a.example", "b": "c: d"}})
    c.add("service-label-of-the-selector", driver={"serviceLabels": {"spark-app-selector": "mine"}})
    c.add("service-families", conf={D + "service.ipFamilyPolicy": "PreferDualStack", D + "service.ipFamilies": "IPv4,IPv6"})
    c.add("service-family-v6", conf={D + "service.ipFamilies": "IPv6"})
    c.add("service-not-ready", conf={D + "service.publishNotReadyAddresses": "true"})


def scheduling(c):
    c.add("node-selector", {"nodeSelector": {"disk": "ssd", "topology.kubernetes.io/zone": "a"}})
    c.add("node-selector-of-roles", driver={"nodeSelector": {"pool": "drivers"}}, executor={"nodeSelector": {"pool": "executors"}})
    c.add("node-selector-by-conf", conf={"spark.kubernetes.node.selector.disk": "hdd", D + "node.selector.disk": "ssd",
                                         "spark.kubernetes.executor.node.selector.disk": "nvme"})
    c.add("scheduler", driver={"schedulerName": "mine"}, executor={"schedulerName": "theirs"})
    c.add("scheduler-by-conf", conf={"spark.kubernetes.scheduler.name": "both"})
    c.add("scheduler-conf-and-field", conf={"spark.kubernetes.scheduler.name": "both"}, driver={"schedulerName": "mine"})
    c.add("service-accounts", driver={"serviceAccount": "driver-sa"}, executor={"serviceAccount": "executor-sa"})
    c.add("image-of-roles", driver={"image": "example/driver:1"}, executor={"image": "example/executor:1"})
    c.add("image-only-of-roles", {"image": None}, driver={"image": "example/driver:1"}, executor={"image": "example/executor:1"})
    c.add("image-placeholder", {"image": "example/spark:{{SPARK_VERSION}}"})
    for policy in ("Always", "Never", "IfNotPresent"):
        c.add(f"image-pull-{policy.lower()}", {"imagePullPolicy": policy})
    c.add("image-pull-secrets", {"imagePullSecrets": ["one", "two"]})
    c.add("image-pull-secrets-by-conf", conf={"spark.kubernetes.container.image.pullSecrets": " one , two "})
    c.add("privileges", conf={D + "securityContext.allowPrivilegeEscalation": "true"})
    c.add("privileges-of-both", conf={"spark.kubernetes.securityContext.allowPrivilegeEscalation": "true"})


def environment(c):
    c.add("env-vars", driver={"envVars": {"A": "1", "EMPTY": "", "URL": "jdbc:x?a=b&c=\"d\""}}, executor={"envVars": {"B": "2"}})
    c.add("env-by-conf", conf={"spark.kubernetes.driverEnv.X_Y": "multi\nline", "spark.executorEnv.PATH2": "/a:/b"})
    c.add("env-spark-user", driver={"envVars": {"SPARK_USER": "bob"}})
    c.add("env-secret-keys", driver={"envSecretKeyRefs": {"TOKEN": {"name": "creds", "key": "token"}}},
          executor={"envSecretKeyRefs": {"TOKEN": {"name": "creds", "key": "other"}}})
    c.add("env-secret-keys-two", driver={"envSecretKeyRefs": {"A": {"name": "creds", "key": "a.b"}, "B": {"name": "x.y", "key": "b"}}})
    c.add("secrets", driver={"secrets": [{"name": "creds", "path": "/mnt/creds", "secretType": "Generic"}]},
          executor={"secrets": [{"name": "creds", "path": "/mnt/creds", "secretType": "Generic"}]})
    c.add("secrets-gcp", driver={"secrets": [{"name": "gcp", "path": "/mnt/gcp", "secretType": "GCPServiceAccount"}]})
    c.add("secrets-hadoop", driver={"secrets": [{"name": "tok", "path": "/mnt/tok", "secretType": "HadoopDelegationToken"}]})
    c.add("secrets-two", conf={D + "secrets.a": "/mnt/a", D + "secrets.b": "/mnt/b"})
    c.add("java-options", driver={"javaOptions": "-Dx=\"a b\" -XX:+UseG1GC"}, executor={"javaOptions": "-Dy=1"})


def volumes(c):
    c.add("volume-host-path", conf={V + "hostPath.data.mount.path": "/data", V + "hostPath.data.options.path": "/srv/data"})
    c.add("volume-host-path-type", conf={V + "hostPath.data.mount.path": "/data", V + "hostPath.data.options.path": "/srv/data",
                                         V + "hostPath.data.options.type": "DirectoryOrCreate"})
    c.add("volume-read-only", conf={V + "hostPath.data.mount.path": "/data", V + "hostPath.data.options.path": "/srv/data",
                                    V + "hostPath.data.mount.readOnly": "true"})
    c.add("volume-empty-dir", conf={V + "emptyDir.scratch.mount.path": "/scratch"})
    c.add("volume-empty-dir-memory", conf={V + "emptyDir.scratch.mount.path": "/scratch", V + "emptyDir.scratch.options.medium": "Memory",
                                           V + "emptyDir.scratch.options.sizeLimit": "2Gi"})
    c.add("volume-nfs", conf={V + "nfs.share.mount.path": "/share", V + "nfs.share.options.path": "/exports",
                              V + "nfs.share.options.server": "nfs.example", V + "nfs.share.mount.subPath": "team"})
    c.add("volume-claim", conf={V + "persistentVolumeClaim.c.mount.path": "/claim",
                                V + "persistentVolumeClaim.c.options.claimName": "mine"})
    c.add("volume-claim-read-only", conf={V + "persistentVolumeClaim.c.mount.path": "/claim",
                                          V + "persistentVolumeClaim.c.mount.readOnly": "true",
                                          V + "persistentVolumeClaim.c.options.claimName": "mine"})
    claim = {V + "persistentVolumeClaim.c.mount.path": "/claim", V + "persistentVolumeClaim.c.options.claimName": "OnDemand",
             V + "persistentVolumeClaim.c.options.storageClass": "fast", V + "persistentVolumeClaim.c.options.sizeLimit": "10Gi"}
    c.add("volume-claim-on-demand", conf=claim)
    c.add("volume-claim-on-demand-mode", conf={**claim, "spark.kubernetes.legacy.useReadWriteOnceAccessMode": "true"})
    c.add("volume-claim-on-demand-labels", conf={**claim, V + "persistentVolumeClaim.c.label.team": "a",
                                                 V + "persistentVolumeClaim.c.annotation.note": "b c"})
    c.add("volume-claim-on-demand-second", conf={**claim, V + "emptyDir.a.mount.path": "/a"})
    c.add("volume-claim-on-demand-no-class", conf={key: value for key, value in claim.items() if "storageClass" not in key})
    c.add("volume-claim-created-by-name", conf={**claim, V + "persistentVolumeClaim.c.options.claimName": "named"})
    c.add("volume-sub-path-expr", conf={V + "emptyDir.a.mount.path": "/a", V + "emptyDir.a.mount.subPathExpr": "$(SPARK_USER)"})
    c.add("volumes-several", conf={V + "emptyDir.a.mount.path": "/a", V + "hostPath.b.mount.path": "/b",
                                   V + "hostPath.b.options.path": "/srv", V + "nfs.c.mount.path": "/c", V + "nfs.c.options.path": "/e",
                                   V + "nfs.c.options.server": "s"})
    c.add("volumes-of-executors", conf={E + "emptyDir.a.mount.path": "/a", E + "emptyDir.a.options.sizeLimit": "1Gi"})
    c.add("volume-size-bare", conf={V + "emptyDir.a.mount.path": "/a", V + "emptyDir.a.options.sizeLimit": "2048"})


def local_directories(c):
    c.add("local-dir", conf={"spark.local.dir": "/scratch"})
    c.add("local-dirs-two", conf={"spark.local.dir": "/a,/b"})
    c.add("local-dirs-memory", conf={"spark.kubernetes.local.dirs.tmpfs": "true"})
    c.add("local-dirs-memory-two", conf={"spark.local.dir": "/a,/b", "spark.kubernetes.local.dirs.tmpfs": "true"})
    mounts = {"volumeMounts": [{"name": "spark-local-dir-x", "mountPath": "/fast"}]}
    for name, volume in (("empty-dir", {"emptyDir": {}}), ("empty-dir-sized", {"emptyDir": {"sizeLimit": "5Gi"}}),
                         ("host-path", {"hostPath": {"path": "/mnt/nvme"}}),
                         ("claim", {"persistentVolumeClaim": {"claimName": "c"}}),
                         ("nfs", {"nfs": {"path": "/e", "server": "s"}})):
        c.add(f"local-volume-{name}", {"volumes": [{"name": "spark-local-dir-x", **volume}]}, driver=mounts, executor=mounts)
    c.add("local-volume-of-the-driver", {"volumes": [{"name": "spark-local-dir-x", "emptyDir": {}}]}, driver=mounts)
    c.add("local-volume-of-executors", {"volumes": [{"name": "spark-local-dir-x", "emptyDir": {}}]}, executor=mounts)
    c.add("local-volumes-two", conf={V + "emptyDir.spark-local-dir-1.mount.path": "/one",
                                     V + "emptyDir.spark-local-dir-2.mount.path": "/two", "spark.local.dir": "/ignored"})


def templates(c):
    main = {"name": "spark-kubernetes-driver", "image": "ignored", "env": [{"name": "FROM_TEMPLATE", "value": "1"}]}
    sidecar = {"name": "side", "image": "example/side:1", "args": ["x"]}

    def template(name, pod, **other):
        c.add(f"template-{name}", driver={"template": pod, **other.pop("driver", {})}, **other)
    template("named", {"spec": {"containers": [main]}})
    template("sidecar-first", {"spec": {"containers": [sidecar, main]}})
    template("sidecar-last", {"spec": {"containers": [main, sidecar]}})
    template("init", {"spec": {"initContainers": [{"name": "init", "image": "busybox", "command": ["true"]}], "containers": [main]}})
    template("metadata", {"metadata": {"labels": {"from": "template", "spark-role": "x"}, "annotations": {"a": "b"}, "name": "ignored"},
                          "spec": {"containers": [main]}}, driver={"labels": {"more": "1"}, "annotations": {"c": "d"}})
    template("scheduling", {"spec": {
        "containers": [main], "nodeSelector": {"a": "template", "b": "template"}, "schedulerName": "template", "restartPolicy": "Always",
        "tolerations": [{"key": "k", "operator": "Exists", "effect": "NoSchedule"}], "priorityClassName": "high",
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "x", "operator": "In", "values": ["1"]}]}]}}}}},
        conf={"spark.kubernetes.node.selector.a": "conf"})
    template("resources", {"spec": {"containers": [{**main, "resources": {
        "limits": {"cpu": "7", "memory": "9Gi", "example.org/x": "1"}, "requests": {"cpu": "6", "ephemeral-storage": "1Gi"}}}]}})
    template("resources-and-limit", {"spec": {"containers": [{**main, "resources": {"limits": {"cpu": "7"}}}]}},
             driver={"coreLimit": "2"})
    template("volumes", {"spec": {
        "containers": [{**main, "volumeMounts": [{"name": "t", "mountPath": "/t"}]}],
        "volumes": [{"name": "t", "configMap": {"name": "map"}}]}}, conf={V + "emptyDir.a.mount.path": "/a"})
    template("security", {"spec": {"containers": [{**main, "securityContext": {"runAsUser": 1000, "capabilities": {"drop": ["ALL"]}}}],
                                   "securityContext": {"fsGroup": 185, "runAsNonRoot": True}}})
    template("ports-and-probes", {"spec": {"containers": [{
        **main, "ports": [{"name": "metrics", "containerPort": 9090}],
        "livenessProbe": {"httpGet": {"path": "/", "port": 4040}, "periodSeconds": 30}}]}})
    template("pull-secrets", {"spec": {"containers": [main], "imagePullSecrets": [{"name": "t"}]}}, spec={"imagePullSecrets": ["c"]})
    template("service-account", {"spec": {"containers": [main], "serviceAccountName": "t"}})
    template("service-account-both", {"spec": {"containers": [main], "serviceAccountName": "t"}}, driver={"serviceAccount": "c"})
    template("arguments", {"spec": {"containers": [{**main, "args": ["first"], "command": ["/wrapper"]}]}})
    template("host", {"spec": {"containers": [main], "hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet",
                               "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a", "b"]}], "terminationGracePeriodSeconds": 5}})
    template("python", {"spec": {"containers": [main]}}, spec=PYTHON)
    executor = {"spec": {"containers": [{"name": "spark-kubernetes-executor", "image": "x", "env": [{"name": "A", "value": "1"}]}]}}
    c.add("template-of-executors", executor={"template": executor})
    c.add("template-of-both", driver={"template": {"spec": {"containers": [main]}}}, executor={"template": executor})


def dependencies(c):
    c.add("deps-jars", {"deps": {"jars": ["local:///opt/a.jar", "s3a://bucket/b.jar", "https://x.example/c.jar"]}})
    c.add("deps-files", {"deps": {"files": ["local:///opt/a.txt", "s3a://bucket/b.txt#alias", "hdfs://nn:8020/c.txt"]}})
    c.add("deps-archives", {"deps": {"archives": ["s3a://bucket/env.tar.gz#env", "local:///opt/x.zip"]}})
    c.add("deps-py-files", {**PYTHON, "deps": {"pyFiles": ["local:///opt/lib.py", "s3a://bucket/lib.zip"]}})
    c.add("deps-py-files-of-a-jar", {"deps": {"pyFiles": ["local:///opt/lib.py"]}})
    c.add("deps-jars-of-python", {**PYTHON, "deps": {"jars": ["s3a://bucket/b.jar"]}})
    c.add("deps-files-of-r", {**R, "deps": {"files": ["local:///opt/f"]}})
    c.add("deps-by-conf", conf={"spark.jars": "local:///opt/a.jar,s3a://bucket/b.jar", "spark.files": "s3a://bucket/f"})
    c.add("deps-field-wins", {"deps": {"jars": ["local:///opt/field.jar"]}}, {"spark.jars": "local:///opt/conf.jar"})
    c.add("deps-py-files-by-conf", PYTHON, {"spark.submit.pyFiles": "local:///opt/a.py,s3a://bucket/b.egg"})
    c.add("deps-primary-among-jars", {"deps": {"jars": ["local:///opt/app.jar"]}})
    c.add("deps-all", {**PYTHON, "deps": {"jars": ["local:///j.jar"], "files": ["local:///f"], "pyFiles": ["local:///p.zip"],
                                          "archives": ["local:///a.zip#a"]}})


def configuration(c):
    c.add("properties-odd", conf={"spark.a.colon": "a:b", "spark.a.equals": "a=b=c", "spark.a.spaces": " lead and trail ",
                                  "spark.a.backslash": "a\\b", "spark.a.hash": "#!x", "spark.a.tab": "a\tb", "spark.a.lines": "a\nb\r\nc",
                                  "spark.a.key with space": "x", "spark.a.empty": "", "spark.a.key:colon": "y"})
    c.add("properties-unicode", conf={"spark.u.latin": "äöü", "spark.u.snow": "☃", "spark.u.astral": "😀", "spark.ü.key": "1",
                                      "spark.u.control": "a\u0001b"})
    c.add("properties-others-dropped", conf={"hive.metastore.uris": "thrift://x", "spark.kept": "1"})
    c.add("properties-secret", conf={"spark.hadoop.fs.s3a.secret.key": "abc123"})
    c.add("properties-oauth", conf={"spark.my.oauthToken": "abc"})
    c.add("hadoop-conf", {"hadoopConf": {"fs.s3a.endpoint": "http://minio:9000", "a": ""}})
    c.add("hadoop-conf-wins", {"hadoopConf": {"a": "field"}}, {"spark.hadoop.a": "conf"})
    c.add("hadoop-config-map", conf={"spark.kubernetes.hadoop.configMapName": "hadoop"})
    c.add("kerberos-krb5-map", conf={"spark.kubernetes.kerberos.krb5.configMapName": "krb5"})
    c.add("kerberos-krb5-map-and-token", PYTHON, {"spark.kubernetes.kerberos.krb5.configMapName": "krb5",
                                                  "spark.kubernetes.kerberos.tokenSecret.name": "tok",
                                                  "spark.kubernetes.kerberos.tokenSecret.itemKey": "key",
                                                  "spark.kubernetes.hadoop.configMapName": "hadoop"})
    c.add("network-policy-excluded", conf={D + "pod.excludedFeatureSteps": STEPS + "NetworkPolicyFeatureStep"})
    c.add("hadoop-token-secret", conf={"spark.kubernetes.kerberos.tokenSecret.name": "tok",
                                       "spark.kubernetes.kerberos.tokenSecret.itemKey": "key"})
    c.add("ports", conf={"spark.driver.port": "7000", "spark.driver.blockManager.port": "7001", "spark.ui.port": "4141"})
    c.add("port-of-block-managers", conf={"spark.blockManager.port": "9999"})
    c.add("ports-of-block-managers-both", conf={"spark.blockManager.port": "9999", "spark.driver.blockManager.port": "8888"})
    c.add("port-of-connect", conf={"spark.connect.grpc.binding.port": "15555"})
    c.add("driver-host-given", conf={"spark.driver.host": "1.2.3.4"})
    c.add("wait-is-overridden", conf={"spark.kubernetes.submission.waitAppCompletion": "true"})
    c.add("deploy-mode-by-conf", conf={"spark.submit.deployMode": "client"})
    c.add("event-log", conf={"spark.eventLog.enabled": "true", "spark.eventLog.dir": "s3a://bucket/logs"})
    c.add("annotate-exit", conf={D + "annotateExitException": "false"})
    c.add("dynamic-allocation", {"dynamicAllocation": {"enabled": True, "initialExecutors": 2, "minExecutors": 1, "maxExecutors": 9}})
    c.add("dynamic-allocation-timeout", {"dynamicAllocation": {"enabled": True, "shuffleTrackingEnabled": False,
                                                               "shuffleTrackingTimeout": 60000}})
    c.add("dynamic-allocation-off", {"dynamicAllocation": {"enabled": False, "maxExecutors": 9}})
    c.add("dynamic-allocation-by-conf", conf={"spark.dynamicAllocation.enabled": "true", "spark.dynamicAllocation.maxExecutors": "3"})
    c.add("executors-kept", executor={"deleteOnTermination": False})


def refusals(c):
    c.add("refused-no-image", {"image": None}, refusal="Must specify the driver container image")
    c.add("refused-label", driver={"labels": {"spark-role": "x"}}, refusal="is not allowed as it is reserved for Spark")
    c.add("refused-label-selector", driver={"labels": {"spark-app-selector": "x"}}, refusal="is not allowed as it is reserved for Spark")
    c.add("refused-executor-label", executor={"labels": {"spark-exec-id": "x"}}, refusal="is not allowed as it is reserved for Spark",
          stricter="every executor would be refused, when the driver runs already")
    c.add("refused-duplicate-mount", conf={V + "emptyDir.a.mount.path": "/m", V + "emptyDir.b.mount.path": "/m"},
          refusal="Found duplicated mountPath: ")
    c.add("refused-duplicate-mount-of-executors", conf={E + "emptyDir.a.mount.path": "/m", E + "emptyDir.b.mount.path": "/m"},
          refusal="Found duplicated mountPath: ", stricter="every executor would be refused, when the driver runs already")
    c.add("refused-bind-address", conf={"spark.driver.bindAddress": "1.2.3.4"},
          refusal="spark.driver.bindAddress is not supported in Kubernetes mode")
    c.add("refused-host-path", conf={V + "hostPath.a.mount.path": "/m"}, refusal="options.path")
    c.add("refused-volume-type", conf={V + "csi.a.mount.path": "/m"}, refusal="Kubernetes Volume type `csi` is not supported")
    c.add("refused-mount-path", conf={V + "emptyDir.a.options.medium": "Memory"}, refusal="mount.path")
    c.add("refused-nfs-server", conf={V + "nfs.a.mount.path": "/m", V + "nfs.a.options.path": "/e"}, refusal="options.server")
    c.add("refused-claim-name", conf={V + "persistentVolumeClaim.a.mount.path": "/m"}, refusal="options.claimName")
    c.add("refused-executor-volume", conf={E + "hostPath.a.mount.path": "/m"}, refusal="options.path")
    c.add("refused-sub-paths", conf={V + "emptyDir.a.mount.path": "/m", V + "emptyDir.a.mount.subPath": "x",
                                     V + "emptyDir.a.mount.subPathExpr": "y"}, refusal=["mutually exclusive", "exclude each other"])
    c.add("refused-size-bare", conf={V + "emptyDir.a.mount.path": "/a", V + "emptyDir.a.options.sizeLimit": "10"},
          refusal=["10", "expected a unit"])
    c.add("refused-gpu-vendor", conf={"spark.driver.resource.gpu.amount": "1"},
          refusal="Resource: gpu was requested, but vendor was not specified")
    c.add("refused-gpu-without-amount", conf={"spark.driver.resource.gpu.vendor": "nvidia.com"},
          refusal=["You must specify an amount", "amount"])
    c.add("refused-gpu-amount", conf={"spark.driver.resource.gpu.amount": "x", "spark.driver.resource.gpu.vendor": "n.com"},
          refusal=["x", "amount"])
    c.add("refused-secret-key", conf={D + "secretKeyRef.A": "nokey"}, refusal="SecretKeyRef must be in the form name:key")
    c.add("refused-secret-key-empty", conf={D + "secretKeyRef.A": "name:"}, refusal="SecretKeyRef must be in the form name:key")
    c.add("refused-secret-key-three", conf={D + "secretKeyRef.A": "a:b:c"}, refusal="SecretKeyRef must be in the form name:key")
    c.add("refused-memory-zero", driver={"memory": "0"}, refusal=["Driver memory must be a positive number", "expected 1m or more"])
    c.add("refused-memory-text", driver={"memory": "lots"}, refusal=["Driver memory must be a positive number", "lots"])
    c.add("refused-memory-fraction", driver={"memory": "1.5g"}, refusal=["Driver memory must be a positive number", "1.5g"])
    c.add("refused-memory-quantity", driver={"memory": "1Gi"}, refusal=["Driver memory must be a positive number", "1Gi"],
          stricter="Spark 4.2 and later takes it, but the launcher in the pod hands it to Java, which does not")
    c.add("refused-executor-memory-text", executor={"memory": "lots"}, refusal=["Executor memory must be a positive number", "lots"])
    c.add("refused-overhead", driver={"memoryOverhead": "1.5g"}, refusal=["bytes", "1.5g"])
    c.add("refused-factor-text", {"memoryOverheadFactor": "much"}, refusal="much")
    c.add("memory-factor-zero", {"memoryOverheadFactor": "0"})
    c.add("memory-factor-one", {"memoryOverheadFactor": "1"})
    c.add("memory-factor-spelling", {"memoryOverheadFactor": "0.250"})
    c.add("refused-factor-of-the-driver-zero", conf={"spark.driver.memoryOverheadFactor": "0"}, refusal="greater than 0")
    c.add("refused-factor-below-zero", {"memoryOverheadFactor": "-0.1"}, refusal=["-0.1", "-0.1"])
    c.add("refused-pull-policy-by-conf", conf={"spark.kubernetes.container.image.pullPolicy": "always"}, refusal="always")
    c.add("refused-block-manager-port-text", conf={"spark.driver.blockManager.port": "x1"}, refusal="x1")
    c.add("refused-read-only-text", conf={V + "emptyDir.a.mount.path": "/a", V + "emptyDir.a.mount.readOnly": "maybe"}, refusal="maybe")
    c.add("refused-token-name", conf={"spark.kubernetes.kerberos.tokenSecret.itemKey": "k"},
          refusal=["you must also specify the", "tokenSecret.name"])
    c.add("refused-gpu-fraction", conf={"spark.driver.resource.gpu.amount": "0.5", "spark.driver.resource.gpu.vendor": "n.com"},
          refusal="0.5")
    c.add("refused-jars-of-r", {**R, "deps": {"jars": ["local:///opt/b.jar"]}}, refusal=["URI scheme is not", "R program"])
    c.add("refused-factor-negative", conf={"spark.driver.memoryOverheadFactor": "-0.1"}, refusal="greater than 0")
    c.add("refused-cores-zero", driver={"cores": 0}, refusal=["must be a positive number", "expected 1 or more"])
    c.add("refused-executor-cores-zero", executor={"cores": 0}, refusal=["must be a positive number", "expected 1 or more"])
    c.add("refused-instances-negative", executor={"instances": -1}, refusal=["must be a positive number", "expected 1 or more"])
    c.add("refused-pull-policy", {"imagePullPolicy": "Sometimes"}, refusal="Sometimes")
    c.add("refused-local-jar", {"mainApplicationFile": "/opt/app.jar"},
          refusal=["spark.kubernetes.file.upload.path", "a file of the machine that submits"])
    c.add("refused-local-python", {**PYTHON, "mainApplicationFile": "/opt/app.py"},
          refusal=["spark.kubernetes.file.upload.path", "a file of the machine that submits"])
    c.add("refused-local-dependency", {"deps": {"jars": ["file:///opt/a.jar"]}},
          refusal=["spark.kubernetes.file.upload.path", "a file of the machine that submits"])
    c.add("refused-krb5-both", conf={"spark.kubernetes.kerberos.krb5.path": "/etc/krb5.conf",
                                     "spark.kubernetes.kerberos.krb5.configMapName": "krb5"},
          refusal=["Do not specify both", "a file of the machine that submits"])
    c.add("refused-keytab", conf={"spark.kerberos.keytab": "/no/such.keytab", "spark.kerberos.principal": "a@B"},
          refusal=["Keytab file", "local:///path"])
    for key in ("spark.jars", "spark.files", "spark.archives", "spark.submit.pyFiles"):
        c.add("refused-local-" + key[6:].lower().replace(".", "-"), PYTHON, {key: "/opt/no-such"},
              refusal=["Please specify spark.kubernetes.file.upload.path", "expected local:///path"])
    c.add("refused-no-class", {"mainClass": None}, refusal=["get main class", "mainClass"])
    c.add("refused-port-text", conf={"spark.driver.port": "http"}, refusal="http")
    c.add("refused-ui-port-text", conf={"spark.ui.port": "web"}, refusal="web")
    c.add("refused-ip-family", conf={D + "service.ipFamilies": "IPv5"}, refusal="IPv5")
    c.add("refused-ip-policy", conf={D + "service.ipFamilyPolicy": "Both"}, refusal="Both")
    c.add("refused-tmpfs-text", conf={"spark.kubernetes.local.dirs.tmpfs": "maybe"}, refusal="maybe")
    c.add("refused-token-key", conf={"spark.kubernetes.kerberos.tokenSecret.name": "tok"},
          refusal=["you must also specify the item-key", "tokenSecret.itemKey"])


def cases():
    c = Cases()
    for group in (programs, names, memory, cores, metadata, scheduling, environment, volumes, local_directories, templates, dependencies,
                  configuration, refusals):
        group(c)
    for name, settings in combined():
        c.add(name, **settings)
    return c.all
