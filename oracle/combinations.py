"""Every pair of values of the settings that interact, in as few applications as a seeded search finds."""
import copy
import itertools
import random

V = "spark.kubernetes.driver.volumes."
MAIN = {"name": "spark-kubernetes-driver", "env": [{"name": "T", "value": "1"}],
        "resources": {"limits": {"cpu": "8", "example.org/x": "1"}}, "volumeMounts": [{"name": "t", "mountPath": "/t"}]}
TEMPLATE = {"metadata": {"labels": {"from": "template"}, "annotations": {"from": "template"}},
            "spec": {"containers": [{"name": "side", "image": "example/side:1"}, MAIN], "nodeSelector": {"a": "template", "t": "1"},
                     "volumes": [{"name": "t", "emptyDir": {"sizeLimit": "1Gi"}}], "imagePullSecrets": [{"name": "t"}]}}
PLAIN = {"spec": {"containers": [{"name": "spark-kubernetes-driver"}], "serviceAccountName": "from-template"}}
EXECUTOR = {"spec": {"containers": [{"name": "spark-kubernetes-executor", "env": [{"name": "E", "value": "1"}]}]}}
ON_DEMAND = {V + "persistentVolumeClaim.c.mount.path": "/claim", V + "persistentVolumeClaim.c.options.claimName": "OnDemand",
             V + "persistentVolumeClaim.c.options.storageClass": "fast", V + "persistentVolumeClaim.c.options.sizeLimit": "1Gi"}

# factor -> value -> what it adds to Cases.add
FACTORS = {
    "program": {
        "scala": {},
        "python": {"spec": {"type": "Python", "mainClass": None, "mainApplicationFile": "local:///opt/app.py", "arguments": ["a b", ""]}},
        "r": {"spec": {"type": "R", "mainClass": None, "mainApplicationFile": "local:///opt/app.R"}},
        "s3a": {"spec": {"mainApplicationFile": "s3a://bucket/app.jar", "proxyUser": "alice"}},
    },
    "memory": {
        "": {},
        "overhead": {"driver": {"memory": "3g", "memoryOverhead": "700m"}},
        "factor": {"spec": {"memoryOverheadFactor": "0.27"}, "driver": {"memory": "5001m"}},
        "driver-factor": {"conf": {"spark.driver.memoryOverheadFactor": "0.33"}, "driver": {"memory": "7g"}},
    },
    "template": {"": {}, "full": {"driver": {"template": TEMPLATE}}, "plain": {"driver": {"template": PLAIN}},
                 "executor": {"executor": {"template": EXECUTOR}}},
    "volume": {
        "": {},
        "empty": {"conf": {V + "emptyDir.a.mount.path": "/a", V + "emptyDir.a.options.medium": "Memory"}},
        "claim": {"conf": ON_DEMAND},
        "host": {"conf": {V + "hostPath.h.mount.path": "/h", V + "hostPath.h.options.path": "/srv", V + "hostPath.h.mount.readOnly": "true"}},
    },
    "local": {
        "": {},
        "dir": {"conf": {"spark.local.dir": "/scratch", "spark.kubernetes.local.dirs.tmpfs": "true"}},
        "volume": {"conf": {V + "nfs.spark-local-dir-1.mount.path": "/fast", V + "nfs.spark-local-dir-1.options.path": "/e",
                            V + "nfs.spark-local-dir-1.options.server": "s"}},
    },
    "secret": {
        "": {},
        "mount": {"driver": {"secrets": [{"name": "creds", "path": "/mnt/creds", "secretType": "GCPServiceAccount"}]}},
        "env": {"driver": {"envSecretKeyRefs": {"TOKEN": {"name": "creds", "key": "token"}}, "envVars": {"PLAIN": "x=y"}}},
    },
    "metadata": {
        "": {},
        "labels": {"driver": {"labels": {"team": "a", "run": "{{APP_ID}}"}, "annotations": {"log": "{{APP_ID}}"}}},
        "service": {"driver": {"serviceLabels": {"x": "y"}, "serviceAnnotations": {"a": "b"}}, "metadata": {"labels": {"all": "1"}}},
    },
    "scheduling": {
        "": {},
        "common": {"spec": {"nodeSelector": {"a": "both"}}, "driver": {"schedulerName": "mine"}},
        "driver": {"driver": {"nodeSelector": {"a": "driver"}, "serviceAccount": "driver-sa"}},
    },
    "resources": {
        "": {},
        "limit": {"driver": {"cores": 2, "coreRequest": "1500m", "coreLimit": "2500m"}},
        "gpu": {"conf": {"spark.driver.resource.gpu.amount": "1", "spark.driver.resource.gpu.vendor": "nvidia.com"}},
    },
    "executors": {
        "": {},
        "fixed": {"executor": {"instances": 3, "cores": 2, "memory": "2g", "labels": {"team": "b"}, "deleteOnTermination": False,
                               "nodeSelector": {"pool": "x"}, "javaOptions": "-Dx=1"}},
        "dynamic": {"spec": {"dynamicAllocation": {"enabled": True, "minExecutors": 1, "maxExecutors": 4}},
                    "executor": {"envVars": {"E": "2"}, "serviceAccount": "executor-sa",
                                 "secrets": [{"name": "creds", "path": "/mnt/c", "secretType": "Generic"}]}},
    },
    "image": {
        "": {},
        "pull": {"spec": {"imagePullPolicy": "Always", "imagePullSecrets": ["c"]}},
        "own": {"driver": {"image": "example/driver:2"}},
    },
    "deps": {
        "": {},
        "all": {"spec": {"deps": {"jars": ["local:///j.jar", "s3a://bucket/k.jar"], "files": ["s3a://bucket/f#g"],
                                  "pyFiles": ["local:///p.zip"], "archives": ["local:///a.zip#a"]}}},
    },
    "network": {
        "": {},
        "ports": {"conf": {"spark.driver.port": "7000", "spark.blockManager.port": "7500", "spark.ui.port": "4400"}},
        "hadoop": {"conf": {"spark.kubernetes.hadoop.configMapName": "hadoop"}, "spec": {"hadoopConf": {"a": "b"}}},
        "kerberos": {"conf": {"spark.kubernetes.kerberos.krb5.configMapName": "krb5",
                              "spark.kubernetes.kerberos.tokenSecret.name": "tok",
                              "spark.kubernetes.kerberos.tokenSecret.itemKey": "key"}},
    },
}


def merged(choice):
    out = {}
    for factor, value in choice.items():
        for part, members in FACTORS[factor][value].items():
            out.setdefault(part, {}).update(copy.deepcopy(members))
    if choice["program"] == "r" and choice["deps"] == "all":
        del out["spec"]["deps"]["jars"]  # Spark refuses them: case refused-jars-of-r
    return out


def combined():
    """(name, keyword arguments of Cases.add) in stable order."""
    chance = random.Random(20261122)
    factors = list(FACTORS)
    wanted = {(a, x, b, y) for a, b in itertools.combinations(factors, 2) for x in FACTORS[a] for y in FACTORS[b]}
    out = []

    def pairs(choice):
        return {(a, choice[a], b, choice[b]) for a, b in itertools.combinations(factors, 2)}
    while wanted:
        first = chance.choice(sorted(wanted))
        best, gain = None, -1
        for _ in range(60):
            choice = {factor: chance.choice(list(FACTORS[factor])) for factor in factors}
            choice[first[0]], choice[first[2]] = first[1], first[3]
            found = len(pairs(choice) & wanted)
            if found > gain:
                best, gain = choice, found
        wanted -= pairs(best)
        out.append((f"pairs-{len(out) + 1:02}", merged(best)))
    return out
