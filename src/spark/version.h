#pragma once
// Which Spark an application runs, and how the submissions of the minor versions differ, as data.
// Pure. Source: recorded spark-submit runs of 3.4 to 4.3 (reference spark-submission.md, "Version
// differences at a glance").
#include <span>
#include <string>
#include <string_view>

namespace firesteel::spark {

struct VersionRules {
  int major;
  int minor;
  std::string_view newest;          // patch release taken when only the minor is known
  std::string_view scala;           // of the default distribution
  bool keep_submit_time;            // a spark.app.submitTime of the user's own
  bool hadoop_config_map_property;  // spark.kubernetes.executor.hadoopConfigMapName
  bool sub_path_expr;               // written in every volume mount
  bool host_path_type;              // volumes.hostPath.*.options.type
  bool claim_metadata;              // label./annotation. of on-demand claims
  bool read_write_once_pod;         // access mode of on-demand claims
  bool min_overhead;                // spark.driver.minMemoryOverhead
  bool app_id_in_labels;            // {{APP_ID}} in labels
  bool size_limit_check;            // a bare sizeLimit below 1024 is refused
  bool connect_port;                // spark-connect 15002 on pod and service
  bool image_placeholder;           // {{SPARK_VERSION}} in image names
  bool exit_exception;              // spark.kubernetes.driver.annotateExitException
  bool network_policy;
  bool connect_app_protocol;     // appProtocol grpc on the service port
  bool no_privilege_escalation;  // securityContext.allowPrivilegeEscalation=false
  bool publish_not_ready;        // publishNotReadyAddresses=false on the service
  bool proxy_spark_user;         // SPARK_USER is spec.proxyUser
};

// Oldest first.
[[nodiscard]] std::span<const VersionRules> version_rules();

struct SparkVersion {
  std::string text;                     // "3.4.0": label spark-version, name of the example jar
  std::string source;                   // "spec.sparkVersion" | "image tag" | "newest known"
  std::string scala;                    // "2.12"
  std::string warning;                  // "" | why the rules of another minor version are used
  const VersionRules* rules = nullptr;  // never null; static
};

// From spec.sparkVersion, else the image's tag (apache/spark:v3.4.0, spark-py:3.5.1-python3,
// spark:3.5.3-scala2.12-java11-ubuntu), else the newest known. A minor version that is not in the
// table gets the nearest one's rules and a warning.
[[nodiscard]] SparkVersion spark_version(std::string_view spec_version, std::string_view image);

}  // namespace firesteel::spark
