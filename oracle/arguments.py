"""A SparkApplication as the arguments of spark-submit: the argument list of the Kubeflow operator (reference kubeflow-operator.md, c).

Written apart from src/spark/conf.cc on purpose: the two are compared through what the real spark-submit makes of this one.
"""
import json
import os

SUBMISSION_ID = "11111111-2222-3333-4444-555555555555"
LOCAL_VOLUME = "spark-local-dir-"


def defaulted(application):
    """What the operator's webhook fills in (d.4)."""
    spec = application["spec"]
    conf = spec.get("sparkConf", {})
    driver = dict(spec.get("driver", {}))
    executor = dict(spec.get("executor", {}))
    for role, name in ((driver, "driver"), (executor, "executor")):
        if f"spark.{name}.cores" not in conf:
            role.setdefault("cores", 1)
        if f"spark.{name}.memory" not in conf:
            role.setdefault("memory", "1g")
    dynamic = spec.get("dynamicAllocation", {}).get("enabled") or conf.get("spark.dynamicAllocation.enabled") == "true"
    if not dynamic and "spark.executor.instances" not in conf:
        executor.setdefault("instances", 1)
    return {**application, "spec": {**spec, "driver": driver, "executor": executor}}


class Arguments:
    def __init__(self):
        self.words = []

    def flag(self, name, value):
        if value:
            self.words += [name, ",".join(value) if isinstance(value, list) else str(value)]

    def conf(self, key, value):
        if value is None or value == "":
            return
        if isinstance(value, bool):
            value = "true" if value else "false"
        self.words += ["--conf", f"{key}={value}"]

    def confs(self, prefix, values):
        for key, value in (values or {}).items():
            self.words += ["--conf", f"{prefix}{key}={value}"]


def secrets(out, role, name, environment):
    for secret in role.get("secrets", []):
        out.conf(f"spark.kubernetes.{name}.secrets.{secret['name']}", secret["path"])
        if secret["secretType"] == "GCPServiceAccount":
            out.conf(f"{environment}GOOGLE_APPLICATION_CREDENTIALS", secret["path"] + "/key.json")
        elif secret["secretType"] == "HadoopDelegationToken":
            out.conf(f"{environment}HADOOP_TOKEN_FILE_LOCATION", secret["path"] + "/hadoop.token")


def local_volumes(out, spec, role, name):
    for volume in spec.get("volumes", []):
        if not volume["name"].startswith(LOCAL_VOLUME):
            continue
        for mount in role.get("volumeMounts", []):
            if mount["name"] != volume["name"]:
                continue
            kind = next(key for key in volume if key != "name")
            prefix = f"spark.kubernetes.{name}.volumes.{kind}.{volume['name']}."
            out.conf(prefix + "mount.path", mount["mountPath"])
            out.conf(prefix + "mount.readOnly", bool(mount.get("readOnly")))
            out.conf(prefix + "mount.subPath", mount.get("subPath"))
            for option, value in volume[kind].items():
                out.conf(f"{prefix}options.{option}", value)


def role_conf(out, application, name):
    spec = application["spec"]
    role = spec[name]
    environment = "spark.kubernetes.driverEnv." if name == "driver" else "spark.executorEnv."
    if name == "executor":
        out.conf("spark.executor.instances", role.get("instances"))
    label = f"spark.kubernetes.{name}.label."
    out.conf(f"spark.kubernetes.{name}.container.image", role.get("image"))
    out.conf(f"spark.{name}.cores", role.get("cores"))
    out.conf(f"spark.kubernetes.{name}.request.cores", role.get("coreRequest"))
    out.conf(f"spark.kubernetes.{name}.limit.cores", role.get("coreLimit"))
    out.conf(f"spark.{name}.memory", role.get("memory"))
    out.conf(f"spark.{name}.memoryOverhead", role.get("memoryOverhead"))
    out.conf(f"spark.kubernetes.authenticate.{name}.serviceAccountName", role.get("serviceAccount"))
    out.conf(f"spark.{name}.extraJavaOptions", role.get("javaOptions"))
    out.conf(f"spark.kubernetes.{name}.scheduler.name", spec.get("batchScheduler") or role.get("schedulerName"))
    if name == "executor":
        out.conf("spark.kubernetes.executor.deleteOnTermination", role.get("deleteOnTermination"))
    out.confs(label, application["metadata"].get("labels"))
    out.confs(label, role.get("labels"))
    out.conf(label + "sparkoperator.k8s.io/app-name", application["metadata"]["name"])
    out.conf(label + "sparkoperator.k8s.io/launched-by-spark-operator", "true")
    out.conf(label + "sparkoperator.k8s.io/submission-id", SUBMISSION_ID)
    out.confs(f"spark.kubernetes.{name}.annotation.", role.get("annotations"))
    if name == "driver":
        out.confs("spark.kubernetes.driver.service.label.", role.get("serviceLabels"))
        out.confs("spark.kubernetes.driver.service.annotation.", role.get("serviceAnnotations"))
        out.conf("spark.kubernetes.driver.master", role.get("kubernetesMaster"))
    for variable, secret in role.get("envSecretKeyRefs", {}).items():
        out.conf(f"spark.kubernetes.{name}.secretKeyRef.{variable}", f"{secret['name']}:{secret['key']}")
    out.confs(environment, role.get("envVars"))
    secrets(out, role, name, environment)
    local_volumes(out, spec, role, name)
    out.confs(f"spark.kubernetes.{name}.node.selector.", role.get("nodeSelector"))


def dynamic_allocation(out, spec):
    block = spec.get("dynamicAllocation", {})
    if not block.get("enabled"):
        return
    out.conf("spark.dynamicAllocation.enabled", True)
    out.conf("spark.dynamicAllocation.shuffleTracking.enabled", block.get("shuffleTrackingEnabled", True))
    for field in ("initialExecutors", "minExecutors", "maxExecutors"):
        out.conf(f"spark.dynamicAllocation.{field}", block.get(field))
    out.conf("spark.dynamicAllocation.shuffleTracking.timeout", block.get("shuffleTrackingTimeout"))


def templates(out, spec, directory):
    for name in ("driver", "executor"):
        template = spec[name].get("template")
        if template is None:
            continue
        path = os.path.join(directory, f"{name}.json")
        os.makedirs(directory, exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "v1", "kind": "Pod", **template}, file)
        out.conf(f"spark.kubernetes.{name}.podTemplateFile", path)
        out.conf(f"spark.kubernetes.{name}.podTemplateContainerName", f"spark-kubernetes-{name}")


def arguments(application, master, directory):
    """The words after "spark-submit". Pod templates are written into `directory`, as the operator does."""
    application = defaulted(application)
    spec = application["spec"]
    metadata = application["metadata"]
    out = Arguments()
    out.flag("--master", "k8s://" + master)
    out.flag("--deploy-mode", "cluster")
    out.flag("--class", spec.get("mainClass"))
    out.flag("--name", metadata["name"])
    deps = spec.get("deps", {})
    for flag, field in (("--jars", "jars"), ("--packages", "packages"), ("--exclude-packages", "excludePackages"),
                        ("--repositories", "repositories"), ("--py-files", "pyFiles"), ("--files", "files"),
                        ("--archives", "archives")):
        out.flag(flag, deps.get(field))
    out.conf("spark.kubernetes.namespace", metadata["namespace"])
    out.conf("spark.kubernetes.container.image", spec.get("image"))
    out.conf("spark.kubernetes.container.image.pullPolicy", spec.get("imagePullPolicy"))
    out.conf("spark.kubernetes.container.image.pullSecrets", ",".join(spec.get("imagePullSecrets", [])))
    out.conf("spark.kubernetes.pyspark.pythonVersion", spec.get("pythonVersion"))
    out.conf("spark.kubernetes.memoryOverheadFactor", spec.get("memoryOverheadFactor"))
    out.confs("", spec.get("sparkConf"))
    out.confs("spark.hadoop.", spec.get("hadoopConf"))
    # Whatever the user says: nothing may wait here.
    out.conf("spark.kubernetes.submission.waitAppCompletion", False)
    name = spec["driver"].get("podName") or spec.get("sparkConf", {}).get("spark.kubernetes.driver.pod.name")
    out.conf("spark.kubernetes.driver.pod.name", name or metadata["name"] + "-driver")
    role_conf(out, application, "driver")
    role_conf(out, application, "executor")
    out.confs("spark.kubernetes.node.selector.", spec.get("nodeSelector"))
    dynamic_allocation(out, spec)
    templates(out, spec, directory)
    out.flag("--proxy-user", spec.get("proxyUser"))
    out.words.append(spec.get("mainApplicationFile") or "spark-internal")
    return out.words + list(spec.get("arguments", []))
