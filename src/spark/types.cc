// The tables of description.h. Source: the Kubeflow operator's API v1beta2, of both eras.
#include <array>

#include "spark/description.h"
#include "spark/kubernetes_types.h"

namespace firesteel::spark {
namespace {

using enum FieldKind;
using namespace kubernetes_types;  // tables of this module
using Words = std::string_view;

constexpr Words kTypes[] = {"Java", "Python", "Scala", "R"};
constexpr Words kModes[] = {"cluster", "client"};
constexpr Words kRestartTypes[] = {"Never", "Always", "OnFailure"};
constexpr Words kPythonVersions[] = {"2", "3"};
// An empty one is what Go clients send for "not set".
constexpr Words kConcurrencyPolicies[] = {"Allow", "Forbid", "Replace", ""};
constexpr Words kPullPolicies[] = {"Always", "IfNotPresent", "Never", ""};

template <std::size_t A, std::size_t B>
constexpr std::array<Field, A + B> concat(const Field (&first)[A], const Field (&second)[B]) {
  std::array<Field, A + B> all{};
  for (std::size_t i = 0; i < A; ++i) all[i] = first[i];
  for (std::size_t i = 0; i < B; ++i) all[A + i] = second[i];
  return all;
}

constexpr Field kPodFields[] = {
    {.name = "template",
     .kind = kObject,
     .doc = "pod template that Spark starts from",
     .type = &kAnything},
    {.name = "cores",
     .kind = kInteger,
     .doc = "cores, spark.<role>.cores",
     .minimum = 1,
     .default_text = "1"},
    {.name = "coreRequest",
     .kind = kQuantity,
     .doc = "CPU request instead of cores, spark.kubernetes.<role>.request.cores"},
    {.name = "coreLimit",
     .kind = kQuantity,
     .doc = "CPU limit, spark.kubernetes.<role>.limit.cores"},
    {.name = "memory", .kind = kMemory, .doc = "heap, spark.<role>.memory", .default_text = "1g"},
    {.name = "memoryLimit", .kind = kMemory, .doc = "memory limit of the container"},
    {.name = "memoryOverhead",
     .kind = kMemory,
     .doc = "memory besides the heap, spark.<role>.memoryOverhead"},
    {.name = "gpu", .kind = kObject, .doc = "GPUs of the container", .type = &kGpu},
    {.name = "image", .kind = kString, .doc = "image instead of spec.image"},
    {.name = "configMaps", .kind = kObjects, .doc = "ConfigMaps to mount", .type = &kNamePath},
    {.name = "secrets", .kind = kObjects, .doc = "Secrets to mount", .type = &kSecretInfo},
    {.name = "env", .kind = kObjects, .doc = "environment variables", .type = &kEnvVar},
    {.name = "envVars", .kind = kStringMap, .doc = "environment variables (deprecated: env)"},
    {.name = "envFrom",
     .kind = kObjects,
     .doc = "environment variables from ConfigMaps, Secrets",
     .type = &kAnything},
    {.name = "envSecretKeyRefs",
     .kind = kObjectMap,
     .doc = "environment variables from Secrets (deprecated: env)",
     .type = &kNameKey},
    {.name = "labels", .kind = kStringMap, .doc = "labels of the pod"},
    {.name = "annotations", .kind = kStringMap, .doc = "annotations of the pod"},
    {.name = "volumeMounts",
     .kind = kObjects,
     .doc = "mounts of spec.volumes",
     .type = &kVolumeMount},
    {.name = "affinity", .kind = kObject, .doc = "scheduling affinity", .type = &kAnything},
    {.name = "tolerations", .kind = kObjects, .doc = "tolerated taints", .type = &kToleration},
    {.name = "podSecurityContext",
     .kind = kObject,
     .doc = "security context of the pod",
     .type = &kAnything},
    {.name = "securityContext",
     .kind = kObject,
     .doc = "security context of the container",
     .type = &kAnything},
    {.name = "schedulerName", .kind = kString, .doc = "scheduler of the pod"},
    {.name = "sidecars",
     .kind = kObjects,
     .doc = "containers besides Spark's",
     .type = &kContainer},
    {.name = "initContainers",
     .kind = kObjects,
     .doc = "containers that run before Spark's",
     .type = &kContainer},
    {.name = "hostNetwork", .kind = kBoolean, .doc = "use the node's network"},
    {.name = "nodeSelector", .kind = kStringMap, .doc = "labels that the node must have"},
    {.name = "dnsConfig", .kind = kObject, .doc = "DNS settings of the pod", .type = &kAnything},
    {.name = "terminationGracePeriodSeconds",
     .kind = kLong,
     .doc = "seconds between the request to end and the kill",
     .minimum = 0,
     .checked_here = true},
    {.name = "serviceAccount", .kind = kString, .doc = "service account of the pod"},
    {.name = "hostAliases", .kind = kObjects, .doc = "entries of /etc/hosts", .type = &kHostAlias},
    {.name = "shareProcessNamespace",
     .kind = kBoolean,
     .doc = "containers see each other's processes"},
    {.name = "javaOptions", .kind = kString, .doc = "JVM options, spark.<role>.extraJavaOptions"},
    {.name = "lifecycle", .kind = kObject, .doc = "hooks of the container", .type = &kAnything},
    {.name = "ports", .kind = kObjects, .doc = "ports of the container", .type = &kPort},
    {.name = "priorityClassName", .kind = kString, .doc = "priority class of the pod"},
};
constexpr Field kDriverOnlyFields[] = {
    {.name = "podName",
     .kind = kString,
     .doc = "name of the driver's pod",
     .default_text = "<name>-driver"},
    {.name = "kubernetesMaster",
     .kind = kString,
     .doc = "API server that the driver uses, spark.kubernetes.driver.master"},
    {.name = "serviceAnnotations",
     .kind = kStringMap,
     .doc = "annotations of the driver's Service"},
    {.name = "serviceLabels", .kind = kStringMap, .doc = "labels of the driver's Service"},
};
constexpr auto kDriverFields = concat(kPodFields, kDriverOnlyFields);
constexpr Type kDriver{.name = "DriverSpec", .fields = kDriverFields};

constexpr Field kExecutorOnlyFields[] = {
    {.name = "instances",
     .kind = kInteger,
     .doc = "how many, spark.executor.instances",
     .minimum = 1,
     .default_text = "1"},
    {.name = "deleteOnTermination",
     .kind = kBoolean,
     .doc = "delete the pods of ended executors, spark.kubernetes.executor.deleteOnTermination"},
};
constexpr auto kExecutorFields = concat(kPodFields, kExecutorOnlyFields);
constexpr Type kExecutor{.name = "ExecutorSpec", .fields = kExecutorFields};

constexpr Field kDependenciesFields[] = {
    {.name = "jars", .kind = kStrings, .doc = "jars for the class path, spark.jars"},
    {.name = "files", .kind = kStrings, .doc = "files for the working directory, spark.files"},
    {.name = "pyFiles", .kind = kStrings, .doc = "Python files, spark.submit.pyFiles"},
    {.name = "archives", .kind = kStrings, .doc = "archives to unpack, spark.archives"},
    {.name = "packages", .kind = kStrings, .doc = "Maven coordinates, spark.jars.packages"},
    {.name = "excludePackages", .kind = kStrings, .doc = "left out, spark.jars.excludes"},
    {.name = "repositories", .kind = kStrings, .doc = "more repositories, spark.jars.repositories"},
};
constexpr Type kDependencies{.name = "Dependencies", .fields = kDependenciesFields};

constexpr Field kRestartPolicyFields[] = {
    {.name = "type",
     .kind = kString,
     .doc = "when the application runs again",
     .values = kRestartTypes,
     .default_text = "Never"},
    {.name = "onSubmissionFailureRetries",
     .kind = kInteger,
     .doc = "how often a failed submission is tried again",
     .minimum = 0},
    {.name = "onFailureRetries",
     .kind = kInteger,
     .doc = "how often a failed run is repeated",
     .minimum = 0},
    {.name = "onSubmissionFailureRetryInterval",
     .kind = kLong,
     .doc = "seconds before the first new submission; grows with each",
     .minimum = 1,
     .default_text = "5"},
    {.name = "onFailureRetryInterval",
     .kind = kLong,
     .doc = "seconds before the first new run; grows with each",
     .minimum = 1,
     .default_text = "5"},
};
constexpr Type kRestartPolicy{.name = "RestartPolicy", .fields = kRestartPolicyFields};

constexpr Field kPrometheusFields[] = {
    {.name = "jmxExporterJar",
     .kind = kString,
     .doc = "path of the agent's jar in the image",
     .required = true},
    {.name = "port",
     .kind = kInteger,
     .doc = "port of the agent",
     .minimum = 1024,
     .maximum = 49151,
     .default_text = "8090"},
    {.name = "portName",
     .kind = kString,
     .doc = "name of that port",
     .default_text = "jmx-exporter"},
    {.name = "configFile",
     .kind = kString,
     .doc = "the agent's configuration, a path in the image"},
    {.name = "configuration", .kind = kString, .doc = "the agent's configuration, as text"},
};
constexpr Type kPrometheus{.name = "PrometheusSpec", .fields = kPrometheusFields};

constexpr Field kMonitoringFields[] = {
    {.name = "exposeDriverMetrics",
     .kind = kBoolean,
     .doc = "true or false: the driver's metrics",
     .required = true},
    {.name = "exposeExecutorMetrics",
     .kind = kBoolean,
     .doc = "true or false: the executors' metrics",
     .required = true},
    {.name = "metricsProperties", .kind = kString, .doc = "Spark's metrics.properties, as text"},
    {.name = "metricsPropertiesFile",
     .kind = kString,
     .doc = "Spark's metrics.properties, a path in the image"},
    {.name = "prometheus",
     .kind = kObject,
     .doc = "the Prometheus JMX agent",
     .type = &kPrometheus},
};
constexpr Type kMonitoring{.name = "MonitoringSpec", .fields = kMonitoringFields};

constexpr Field kBatchSchedulerFields[] = {
    {.name = "queue", .kind = kString, .doc = "queue"},
    {.name = "priorityClassName", .kind = kString, .doc = "priority class of the pod group"},
    {.name = "resources", .kind = kQuantityMap, .doc = "resources of the pod group"},
};
constexpr Type kBatchScheduler{.name = "BatchSchedulerConfiguration",
                               .fields = kBatchSchedulerFields};

constexpr Field kUiFields[] = {
    {.name = "servicePort",
     .kind = kInteger,
     .doc = "port of the UI's Service",
     .minimum = 1,
     .maximum = 65535,
     .default_text = "4040",
     .checked_here = true},
    {.name = "servicePortName",
     .kind = kString,
     .doc = "name of that port",
     .default_text = "spark-driver-ui-port"},
    {.name = "serviceType",
     .kind = kString,
     .doc = "type of the UI's Service",
     .default_text = "ClusterIP"},
    {.name = "serviceAnnotations", .kind = kStringMap, .doc = "annotations of the UI's Service"},
    {.name = "serviceLabels", .kind = kStringMap, .doc = "labels of the UI's Service"},
    {.name = "ingressAnnotations", .kind = kStringMap, .doc = "annotations of the UI's Ingress"},
    {.name = "ingressTLS",
     .kind = kObjects,
     .doc = "TLS of the UI's Ingress",
     .type = &kIngressTls},
};
constexpr Type kUi{.name = "SparkUIConfiguration", .fields = kUiFields};

constexpr Field kDriverIngressFields[] = {
    {.name = "servicePort",
     .kind = kInteger,
     .doc = "a port of the driver",
     .minimum = 1,
     .maximum = 65535,
     .required = true,
     .checked_here = true},
    {.name = "servicePortName", .kind = kString, .doc = "name of that port", .required = true},
    {.name = "serviceType",
     .kind = kString,
     .doc = "type of the Service",
     .default_text = "ClusterIP"},
    {.name = "serviceAnnotations", .kind = kStringMap, .doc = "annotations of the Service"},
    {.name = "serviceLabels", .kind = kStringMap, .doc = "labels of the Service"},
    {.name = "ingressURLFormat", .kind = kString, .doc = "URL of the Ingress"},
    {.name = "ingressAnnotations", .kind = kStringMap, .doc = "annotations of the Ingress"},
    {.name = "ingressTLS", .kind = kObjects, .doc = "TLS of the Ingress", .type = &kIngressTls},
};
constexpr Type kDriverIngress{.name = "DriverIngressConfiguration", .fields = kDriverIngressFields};

constexpr Field kDynamicAllocationFields[] = {
    {.name = "enabled", .kind = kBoolean, .doc = "spark.dynamicAllocation.enabled"},
    {.name = "initialExecutors",
     .kind = kInteger,
     .doc = "executors at the start",
     .minimum = 0,
     .checked_here = true},
    {.name = "minExecutors",
     .kind = kInteger,
     .doc = "executors at least",
     .minimum = 0,
     .checked_here = true},
    {.name = "maxExecutors",
     .kind = kInteger,
     .doc = "executors at most",
     .minimum = 0,
     .checked_here = true},
    {.name = "shuffleTrackingEnabled",
     .kind = kBoolean,
     .doc = "keep executors whose shuffle files are needed",
     .default_text = "true"},
    {.name = "shuffleTrackingTimeout",
     .kind = kLong,
     .doc = "milliseconds after which they are let go",
     .minimum = 0,
     .checked_here = true},
};
constexpr Type kDynamicAllocation{.name = "DynamicAllocation", .fields = kDynamicAllocationFields};

constexpr Field kSpecFields[] = {
    {.name = "type",
     .kind = kString,
     .doc = "language of the program: Java, Python, Scala or R",
     .values = kTypes,
     .required = true},
    {.name = "sparkVersion",
     .kind = kString,
     .doc = "Spark version of the image, such as 3.5.9",
     .default_text = "from the image's tag"},
    {.name = "mode",
     .kind = kString,
     .doc = "where the driver runs; only cluster is supported",
     .values = kModes,
     .default_text = "cluster"},
    {.name = "suspend", .kind = kBoolean, .doc = "true: do not run, or stop running"},
    {.name = "proxyUser", .kind = kString, .doc = "user to impersonate"},
    {.name = "image", .kind = kString, .doc = "image of driver and executors"},
    {.name = "imagePullPolicy",
     .kind = kString,
     .doc = "when images are pulled",
     .values = kPullPolicies,
     .default_text = "IfNotPresent",
     .checked_here = true},
    {.name = "imagePullSecrets", .kind = kStrings, .doc = "Secrets with registry credentials"},
    {.name = "mainClass", .kind = kString, .doc = "main class of a Java or Scala program"},
    {.name = "mainApplicationFile",
     .kind = kString,
     .doc = "program: a URI (local:// is a path in the image), or the text of a Python program"},
    {.name = "arguments", .kind = kStrings, .doc = "arguments of the program"},
    {.name = "sparkConf", .kind = kStringMap, .doc = "Spark properties"},
    {.name = "hadoopConf", .kind = kStringMap, .doc = "Hadoop properties, spark.hadoop.<key>"},
    {.name = "sparkConfigMap",
     .kind = kString,
     .doc = "ConfigMap mounted as Spark's configuration directory"},
    {.name = "hadoopConfigMap",
     .kind = kString,
     .doc = "ConfigMap mounted as Hadoop's configuration directory"},
    {.name = "volumes", .kind = kObjects, .doc = "volumes of the pods", .type = &kVolume},
    {.name = "driver",
     .kind = kObject,
     .doc = "the driver's settings",
     .type = &kDriver,
     .required = true},
    {.name = "executor",
     .kind = kObject,
     .doc = "the executors' settings",
     .type = &kExecutor,
     .required = true},
    {.name = "deps", .kind = kObject, .doc = "what the program needs", .type = &kDependencies},
    {.name = "restartPolicy",
     .kind = kObject,
     .doc = "what happens after an end",
     .type = &kRestartPolicy},
    {.name = "nodeSelector", .kind = kStringMap, .doc = "labels that nodes must have"},
    {.name = "failureRetries", .kind = kInteger, .doc = "no effect; see restartPolicy"},
    {.name = "retryInterval", .kind = kLong, .doc = "no effect; see restartPolicy"},
    {.name = "pythonVersion",
     .kind = kString,
     .doc = "major version of Python",
     .values = kPythonVersions},
    {.name = "memoryOverheadFactor",
     .kind = kString,
     .doc = "part of the heap that is added besides it",
     .default_text = "0.1, Python and R 0.4"},
    {.name = "monitoring", .kind = kObject, .doc = "metrics", .type = &kMonitoring},
    {.name = "batchScheduler", .kind = kString, .doc = "scheduler of the pods"},
    {.name = "batchSchedulerOptions",
     .kind = kObject,
     .doc = "its options",
     .type = &kBatchScheduler},
    {.name = "timeToLiveSeconds",
     .kind = kLong,
     .doc = "seconds after the end until the object is deleted",
     .minimum = 0,
     .checked_here = true},
    {.name = "sparkUIOptions", .kind = kObject, .doc = "how Spark's UI is reached", .type = &kUi},
    {.name = "driverIngressOptions",
     .kind = kObjects,
     .doc = "more ports of the driver to reach",
     .type = &kDriverIngress},
    {.name = "dynamicAllocation",
     .kind = kObject,
     .doc = "executors on demand",
     .type = &kDynamicAllocation},
    {.name = "driverPodDisruptionBudget",
     .kind = kBoolean,
     .doc = "protect the driver from voluntary disruption"},
};
constexpr Type kSpec{.name = "SparkApplicationSpec", .fields = kSpecFields};

constexpr Field kDriverInfoFields[] = {
    {.name = "podName", .kind = kString, .doc = "name of the driver's pod"},
    {.name = "webUIServiceName", .kind = kString, .doc = "Service of the UI"},
    {.name = "webUIAddress", .kind = kString, .doc = "address of the UI in the cluster"},
    {.name = "webUIPort", .kind = kInteger, .doc = "port of the UI"},
    {.name = "webUIIngressName", .kind = kString, .doc = "Ingress of the UI"},
    {.name = "webUIIngressAddress", .kind = kString, .doc = "URL of the UI"},
};
constexpr Type kDriverInfo{.name = "DriverInfo", .fields = kDriverInfoFields, .open = true};

constexpr Field kApplicationStateFields[] = {
    {.name = "state", .kind = kString, .doc = "state of the application"},
    {.name = "errorMessage", .kind = kString, .doc = "why it failed"},
};
constexpr Type kApplicationState{
    .name = "ApplicationState", .fields = kApplicationStateFields, .open = true};

constexpr Field kStatusFields[] = {
    {.name = "sparkApplicationId", .kind = kString, .doc = "spark.app.id"},
    {.name = "submissionID", .kind = kString, .doc = "UUID of the latest submission"},
    {.name = "lastSubmissionAttemptTime", .kind = kTime, .doc = "when it was submitted"},
    {.name = "terminationTime", .kind = kTime, .doc = "when it ended"},
    {.name = "driverInfo", .kind = kObject, .doc = "the driver", .type = &kDriverInfo},
    {.name = "applicationState", .kind = kObject, .doc = "the state", .type = &kApplicationState},
    {.name = "executorState", .kind = kStringMap, .doc = "executor pod to state"},
    {.name = "executionAttempts", .kind = kInteger, .doc = "runs so far"},
    {.name = "submissionAttempts", .kind = kInteger, .doc = "submissions of this run"},
};
constexpr Type kStatus{.name = "SparkApplicationStatus", .fields = kStatusFields, .open = true};

constexpr Field kScheduledSpecFields[] = {
    {.name = "schedule",
     .kind = kString,
     .doc = "when it runs: cron with five fields, @every or @hourly",
     .required = true},
    {.name = "timeZone",
     .kind = kString,
     .doc = "time zone of the schedule",
     .default_text = "Local"},
    {.name = "template",
     .kind = kObject,
     .doc = "the application to run",
     .type = &kSpec,
     .required = true},
    {.name = "suspend", .kind = kBoolean, .doc = "true: start no more runs"},
    {.name = "concurrencyPolicy",
     .kind = kString,
     .doc = "what happens when the last run goes on",
     .values = kConcurrencyPolicies,
     .default_text = "Allow",
     .checked_here = true},
    {.name = "successfulRunHistoryLimit",
     .kind = kInteger,
     .doc = "completed runs to keep",
     .minimum = 0,
     .default_text = "1",
     .checked_here = true},
    {.name = "failedRunHistoryLimit",
     .kind = kInteger,
     .doc = "failed runs to keep",
     .minimum = 0,
     .default_text = "1",
     .checked_here = true},
};
constexpr Type kScheduledSpec{.name = "ScheduledSparkApplicationSpec",
                              .fields = kScheduledSpecFields};

constexpr Field kScheduledStatusFields[] = {
    {.name = "lastRun", .kind = kTime, .doc = "when the latest run started"},
    {.name = "nextRun", .kind = kTime, .doc = "when the next run starts"},
    {.name = "lastRunName", .kind = kString, .doc = "name of the latest run"},
    {.name = "pastSuccessfulRunNames", .kind = kStrings, .doc = "completed runs"},
    {.name = "pastFailedRunNames", .kind = kStrings, .doc = "failed runs"},
    {.name = "scheduleState", .kind = kString, .doc = "state of the schedule"},
    {.name = "reason", .kind = kString, .doc = "why it is in that state"},
};
constexpr Type kScheduledStatus{
    .name = "ScheduledSparkApplicationStatus", .fields = kScheduledStatusFields, .open = true};

}  // namespace

const Type& spark_application_spec_type() {
  return kSpec;
}
const Type& spark_application_status_type() {
  return kStatus;
}
const Type& scheduled_spark_application_spec_type() {
  return kScheduledSpec;
}
const Type& scheduled_spark_application_status_type() {
  return kScheduledStatus;
}

}  // namespace firesteel::spark
