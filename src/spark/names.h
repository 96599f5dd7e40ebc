#pragma once
// Kept strings: labels, annotations, container names, paths, ports and the rules by which Spark and
// the Kubeflow operator name objects. Clients (Airflow, dashboards, kubectl selectors) depend on
// every one of them. Pure. Sources: Spark's Config.scala, Constants.scala, KubernetesConf.scala;
// the Kubeflow operator's pkg/common.
#include <string>
#include <string_view>

namespace firesteel::spark {

inline constexpr std::string_view kApiVersion = "sparkoperator.k8s.io/v1beta2";
inline constexpr std::string_view kSparkApplicationKind = "SparkApplication";

// Labels of the operator.
inline constexpr std::string_view kLabelAppName = "sparkoperator.k8s.io/app-name";
inline constexpr std::string_view kLabelLaunchedBy =
    "sparkoperator.k8s.io/launched-by-spark-operator";
inline constexpr std::string_view kLabelSubmissionId = "sparkoperator.k8s.io/submission-id";
inline constexpr std::string_view kLabelScheduledAppName =
    "sparkoperator.k8s.io/scheduled-app-name";

// Labels of Spark.
inline constexpr std::string_view kLabelSparkVersion = "spark-version";
inline constexpr std::string_view kLabelSparkAppSelector = "spark-app-selector";
inline constexpr std::string_view kLabelSparkAppName = "spark-app-name";
inline constexpr std::string_view kLabelSparkRole = "spark-role";
inline constexpr std::string_view kLabelSparkExecutorId = "spark-exec-id";
inline constexpr std::string_view kRoleDriver = "driver";
inline constexpr std::string_view kRoleExecutor = "executor";
// Set by a 4.1+ driver on its own pod when it fails: the stack trace.
inline constexpr std::string_view kAnnotationExitException = "spark.exit-exception";

inline constexpr std::string_view kDriverContainer = "spark-kubernetes-driver";
inline constexpr std::string_view kExecutorContainer = "spark-kubernetes-executor";

inline constexpr int kDriverRpcPort = 7078;
inline constexpr int kBlockTransferPort = 7079;
inline constexpr int kUiPort = 4040;
inline constexpr int kConnectPort = 15002;
inline constexpr int kPrometheusAgentPort = 8090;

inline constexpr std::string_view kSparkConfDirectory = "/opt/spark/conf";
inline constexpr std::string_view kPropertiesFile = "spark.properties";
inline constexpr std::string_view kPropertiesPath = "/opt/spark/conf/spark.properties";
inline constexpr std::string_view kPodTemplateDirectory = "/opt/spark/pod-template";
inline constexpr std::string_view kPodTemplateFile = "pod-spec-template.yml";
inline constexpr std::string_view kPodTemplateKey = "podspec-configmap-key";
inline constexpr std::string_view kInlineDirectory = "/opt/spark/inline";
inline constexpr std::string_view kMetricsDirectory = "/etc/metrics/conf";
inline constexpr std::string_view kLocalVolumePrefix = "spark-local-dir-";
inline constexpr std::string_view kExamplesPackage = "org.apache.spark.examples.";

inline constexpr std::size_t kMaxLabelLength = 63;
inline constexpr std::size_t kMaxServiceNameLength = 63;

// The driver pod of an application that names none: "<application>-driver". Airflow relies on it.
[[nodiscard]] std::string default_driver_pod_name(std::string_view application);
// Spark's name prefix P of one submission: appName + "-" + unique id, made a Kubernetes name
// (KubernetesConf.getResourceNamePrefix). No length limit.
[[nodiscard]] std::string resource_prefix(std::string_view app_name, std::string_view unique_id);
// Value of the label spark-app-name (KubernetesConf.getAppNameLabel): at most 63 characters.
[[nodiscard]] std::string app_name_label(std::string_view app_name);
// "P-driver-svc", or "spark-<unique id>-driver-svc" when that is longer than 63 characters.
[[nodiscard]] std::string driver_service_name(std::string_view prefix, std::string_view unique_id);
// "spark-drv-<unique id>-conf-map".
[[nodiscard]] std::string properties_config_map_name(std::string_view unique_id);
// "P-driver-podspec-conf-map".
[[nodiscard]] std::string executor_template_config_map_name(std::string_view prefix);
// "<application>-prom-conf", as the Kubeflow operator calls it, and its volume.
[[nodiscard]] std::string prometheus_config_map_name(std::string_view application);
[[nodiscard]] std::string prometheus_volume_name(std::string_view application);
// The volume of a ConfigMap or Secret: "<name>-vol", dots replaced, cut to 63 characters with a
// digest when it is longer.
[[nodiscard]] std::string config_map_volume_name(std::string_view config_map);

// DNS-1035 label: lower-case letters, digits and '-', starting with a letter, ending with a letter
// or digit, 1 to 63 characters.
[[nodiscard]] bool is_dns1035_label(std::string_view name);
// DNS-1123 subdomain: dot-separated labels, 1 to 253 characters.
[[nodiscard]] bool is_dns1123_subdomain(std::string_view name);
// What a label may have as value: at most 63 characters, [A-Za-z0-9] at both ends, [-A-Za-z0-9_.]
// between; may be empty.
[[nodiscard]] bool is_label_value(std::string_view value);

}  // namespace firesteel::spark
