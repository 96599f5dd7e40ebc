#pragma once
// A SparkApplication as we compute with it: a decode-only view, never turned back into a document.
// What is passed on to pods unread (affinity, sidecars, ...) stays JSON in `raw`. Pure.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::spark {

using StringMap = std::map<std::string, std::string, std::less<>>;

struct SecretMount {
  std::string name;
  std::string path;
  std::string type;  // GCPServiceAccount | HadoopDelegationToken | Generic
};

struct SecretKey {
  std::string name;
  std::string key;
};

// What spec.driver and spec.executor have in common. Empty strings: not given.
struct PodRole {
  std::optional<std::int64_t> cores;
  std::string core_request;
  std::string core_limit;
  std::string memory;
  std::string memory_overhead;
  std::string memory_limit;
  std::string image;
  std::string java_options;
  std::string service_account;
  std::string scheduler_name;
  StringMap labels;
  StringMap annotations;
  StringMap environment;  // envVars
  StringMap node_selector;
  std::map<std::string, SecretKey> secret_keys;  // envSecretKeyRefs
  std::vector<SecretMount> secrets;
  json::Value raw;  // the whole of spec.driver / spec.executor
};

struct Driver : PodRole {
  std::string pod_name;
  std::string kubernetes_master;
  StringMap service_annotations;
  StringMap service_labels;
};

struct Executor : PodRole {
  std::optional<std::int64_t> instances;
  std::optional<bool> delete_on_termination;
};

struct Dependencies {
  std::vector<std::string> jars, files, py_files, archives;
  std::vector<std::string> packages, exclude_packages, repositories;
};

struct DynamicAllocation {
  bool enabled = false;
  std::optional<std::int64_t> initial_executors, min_executors, max_executors;
  std::optional<bool> shuffle_tracking_enabled;
  std::optional<std::int64_t> shuffle_tracking_timeout;  // milliseconds
};

struct Monitoring {
  bool expose_driver_metrics = false;
  bool expose_executor_metrics = false;
  std::string metrics_properties;
  std::string metrics_properties_file;
  bool prometheus = false;
  std::string jmx_exporter_jar;
  std::int64_t port = 8090;
  std::string port_name = "jmx-exporter";
  std::string config_file;
  std::string configuration;
};

struct App {
  std::string name;
  std::string space;  // namespace
  StringMap labels;   // metadata.labels
  std::string type;   // Java | Python | Scala | R
  std::string mode;
  std::string spark_version;
  std::string proxy_user;
  std::string image;
  std::string image_pull_policy;
  std::vector<std::string> image_pull_secrets;
  std::string main_class;
  std::string main_file;
  std::vector<std::string> arguments;
  StringMap spark_conf;
  StringMap hadoop_conf;
  std::string spark_config_map;
  std::string hadoop_config_map;
  std::string python_version;
  std::string memory_overhead_factor;
  std::string batch_scheduler;
  std::string batch_queue;           // batchSchedulerOptions
  std::string batch_priority_class;  // batchSchedulerOptions
  json::Object batch_resources;      // batchSchedulerOptions
  bool driver_disruption_budget = false;
  StringMap node_selector;
  Dependencies dependencies;
  std::optional<DynamicAllocation> dynamic_allocation;
  std::optional<Monitoring> monitoring;
  Driver driver;
  Executor executor;
  json::Array volumes;

  // The program itself stands in mainApplicationFile (it holds a line break), instead of a path.
  [[nodiscard]] bool is_inline() const { return main_file.find('\n') != std::string::npos; }
};

template <typename T>
struct Decoded {
  T value;
  std::vector<Problem> problems;  // wrong types, with paths; such members are left at their default
};

// Never fails: whatever is unreadable is a problem and left out.
[[nodiscard]] Decoded<App> decode(const json::Value& application);

// The driver pod's name: spec.driver.podName, else sparkConf spark.kubernetes.driver.pod.name, else
// "<application>-driver".
[[nodiscard]] std::string driver_pod_name(const App& app);

}  // namespace firesteel::spark
