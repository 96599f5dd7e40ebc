#include "spark/app.h"

#include "kube/object.h"
#include "spark/description.h"
#include "spark/names.h"

namespace firesteel::spark {
namespace {

// Lenient readers: check_types has already said what is wrong.
std::string text(const json::Value& value, std::string_view key) {
  return std::string(json::string_at(value, key));
}

std::optional<std::int64_t> number(const json::Value& value, std::string_view key) {
  const json::Value* at = json::find(value, key);
  if (at == nullptr || !(at->is_int64() || at->is_uint64())) return std::nullopt;
  return json::int_at(value, {key});
}

std::optional<bool> flag(const json::Value& value, std::string_view key) {
  const json::Value* at = json::find(value, key);
  if (at == nullptr || !at->is_bool()) return std::nullopt;
  return at->get_bool();
}

std::vector<std::string> texts(const json::Value& value, std::string_view key) {
  std::vector<std::string> out;
  for (const json::Value& item : json::array_at(value, {key})) {
    if (item.is_string()) out.emplace_back(json::view(item.get_string()));
  }
  return out;
}

StringMap text_map(const json::Value& value, std::string_view key) {
  StringMap out;
  for (const auto& member : json::object_at(value, {key})) {
    if (!member.value().is_string()) continue;
    out.emplace(std::string(member.key()), std::string(json::view(member.value().get_string())));
  }
  return out;
}

void decode_role(PodRole& role, const json::Value& value) {
  role.cores = number(value, "cores");
  role.core_request = text(value, "coreRequest");
  role.core_limit = text(value, "coreLimit");
  role.memory = text(value, "memory");
  role.memory_overhead = text(value, "memoryOverhead");
  role.memory_limit = text(value, "memoryLimit");
  role.image = text(value, "image");
  role.java_options = text(value, "javaOptions");
  role.service_account = text(value, "serviceAccount");
  role.scheduler_name = text(value, "schedulerName");
  role.labels = text_map(value, "labels");
  role.annotations = text_map(value, "annotations");
  role.environment = text_map(value, "envVars");
  role.node_selector = text_map(value, "nodeSelector");
  for (const auto& member : json::object_at(value, {"envSecretKeyRefs"})) {
    role.secret_keys.emplace(std::string(member.key()),
                             SecretKey{text(member.value(), "name"), text(member.value(), "key")});
  }
  for (const json::Value& secret : json::array_at(value, {"secrets"})) {
    role.secrets.push_back(
        {text(secret, "name"), text(secret, "path"), text(secret, "secretType")});
  }
  role.raw = value;
}

Dependencies decode_dependencies(const json::Value& value) {
  return {.jars = texts(value, "jars"),
          .files = texts(value, "files"),
          .py_files = texts(value, "pyFiles"),
          .archives = texts(value, "archives"),
          .packages = texts(value, "packages"),
          .exclude_packages = texts(value, "excludePackages"),
          .repositories = texts(value, "repositories")};
}

DynamicAllocation decode_dynamic_allocation(const json::Value& value) {
  return {.enabled = json::bool_at(value, {"enabled"}),
          .initial_executors = number(value, "initialExecutors"),
          .min_executors = number(value, "minExecutors"),
          .max_executors = number(value, "maxExecutors"),
          .shuffle_tracking_enabled = flag(value, "shuffleTrackingEnabled"),
          .shuffle_tracking_timeout = number(value, "shuffleTrackingTimeout")};
}

Monitoring decode_monitoring(const json::Value& value) {
  Monitoring monitoring;
  monitoring.expose_driver_metrics = json::bool_at(value, {"exposeDriverMetrics"});
  monitoring.expose_executor_metrics = json::bool_at(value, {"exposeExecutorMetrics"});
  monitoring.metrics_properties = text(value, "metricsProperties");
  monitoring.metrics_properties_file = text(value, "metricsPropertiesFile");
  const json::Value* prometheus = json::find(value, "prometheus");
  if (prometheus == nullptr || !prometheus->is_object()) return monitoring;
  monitoring.prometheus = true;
  monitoring.jmx_exporter_jar = text(*prometheus, "jmxExporterJar");
  monitoring.port = json::int_at(*prometheus, {"port"}, kPrometheusAgentPort);
  const std::string port_name = text(*prometheus, "portName");
  if (!port_name.empty()) monitoring.port_name = port_name;
  monitoring.config_file = text(*prometheus, "configFile");
  monitoring.configuration = text(*prometheus, "configuration");
  return monitoring;
}

void decode_spec(App& app, const json::Value& spec) {
  app.type = text(spec, "type");
  app.mode = text(spec, "mode");
  app.spark_version = text(spec, "sparkVersion");
  app.proxy_user = text(spec, "proxyUser");
  app.image = text(spec, "image");
  app.image_pull_policy = text(spec, "imagePullPolicy");
  app.image_pull_secrets = texts(spec, "imagePullSecrets");
  app.main_class = text(spec, "mainClass");
  app.main_file = text(spec, "mainApplicationFile");
  app.arguments = texts(spec, "arguments");
  app.spark_conf = text_map(spec, "sparkConf");
  app.hadoop_conf = text_map(spec, "hadoopConf");
  app.spark_config_map = text(spec, "sparkConfigMap");
  app.hadoop_config_map = text(spec, "hadoopConfigMap");
  app.python_version = text(spec, "pythonVersion");
  app.memory_overhead_factor = text(spec, "memoryOverheadFactor");
  app.batch_scheduler = text(spec, "batchScheduler");
  if (const json::Value* options = json::find(spec, "batchSchedulerOptions")) {
    app.batch_queue = text(*options, "queue");
    app.batch_priority_class = text(*options, "priorityClassName");
    app.batch_resources = json::object_at(*options, {"resources"});
  }
  app.driver_disruption_budget = json::bool_at(spec, {"driverPodDisruptionBudget"});
  app.node_selector = text_map(spec, "nodeSelector");
  app.volumes = json::array_at(spec, {"volumes"});
  if (const json::Value* deps = json::find(spec, "deps")) {
    app.dependencies = decode_dependencies(*deps);
  }
  const json::Value* dynamic = json::find(spec, "dynamicAllocation");
  if (dynamic != nullptr && dynamic->is_object()) {
    app.dynamic_allocation = decode_dynamic_allocation(*dynamic);
  }
  const json::Value* monitoring = json::find(spec, "monitoring");
  if (monitoring != nullptr && monitoring->is_object()) {
    app.monitoring = decode_monitoring(*monitoring);
  }
}

}  // namespace

Decoded<App> decode(const json::Value& application) {
  Decoded<App> out;
  App& app = out.value;
  app.name = kube::name_of(application);
  app.space = kube::namespace_of(application);
  if (app.space.empty()) app.space = "default";
  if (const json::Value* metadata = json::find(application, "metadata")) {
    app.labels = text_map(*metadata, "labels");
  }
  const json::Value* spec = json::find(application, "spec");
  if (spec == nullptr) {
    out.problems.push_back({"spec", "missing, expected an object", "FieldValueRequired"});
    return out;
  }
  out.problems = check_types(spark_application_spec_type(), *spec, "spec").problems;
  decode_spec(app, *spec);
  static const json::Value kEmpty = json::Object{};
  const json::Value* driver = json::find(*spec, "driver");
  const json::Value* executor = json::find(*spec, "executor");
  const json::Value& driver_value = driver == nullptr ? kEmpty : *driver;
  const json::Value& executor_value = executor == nullptr ? kEmpty : *executor;
  decode_role(app.driver, driver_value);
  app.driver.pod_name = text(driver_value, "podName");
  app.driver.kubernetes_master = text(driver_value, "kubernetesMaster");
  app.driver.service_annotations = text_map(driver_value, "serviceAnnotations");
  app.driver.service_labels = text_map(driver_value, "serviceLabels");
  decode_role(app.executor, executor_value);
  app.executor.instances = number(executor_value, "instances");
  app.executor.delete_on_termination = flag(executor_value, "deleteOnTermination");
  return out;
}

std::string driver_pod_name(const App& app) {
  if (!app.driver.pod_name.empty()) return app.driver.pod_name;
  const auto at = app.spark_conf.find("spark.kubernetes.driver.pod.name");
  if (at != app.spark_conf.end() && !at->second.empty()) return at->second;
  return default_driver_pod_name(app.name);
}

}  // namespace firesteel::spark
