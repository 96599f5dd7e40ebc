#include "spark/monitoring.h"

#include <fmt/format.h>

#include "spark/names.h"

namespace firesteel::spark {
namespace {

constexpr std::string_view kMetricsKey = "metrics.properties";
constexpr std::string_view kPrometheusKey = "prometheus.yaml";

// Every metric also as an MBean, which the agent reads; and the JVM's own metrics of both roles.
constexpr std::string_view kDefaultMetrics =
    "*.sink.jmx.class=org.apache.spark.metrics.sink.JmxSink\n"
    "driver.source.jvm.class=org.apache.spark.metrics.source.JvmSource\n"
    "executor.source.jvm.class=org.apache.spark.metrics.source.JvmSource\n";

// Spark's MBeans are called metrics:name=NAMESPACE.APP.ROLE.SOURCE.METRIC,type=TYPE, where
// spark.metrics.namespace is "namespace.application". Dashboards know the Kubeflow operator's names
// of the metrics, so they are these: without ".executor", counters with _count.
struct Rule {
  std::string_view rest;  // after namespace and application
  std::string_view attribute;
  std::string_view name;
  std::string_view label;  // besides app_namespace and app_id
};
constexpr Rule kRules[] = {
    {R"(driver\.spark\.streaming\.([^.]+)\.(.+))", "Value", "spark_structured_streaming_driver_$4",
     R"(query_name: "$3")"},
    {R"(driver\.(.+)\.StreamingMetrics\.streaming\.(.+))", "Value", "spark_streaming_driver_$4",
     ""},
    {R"(driver\.(.+))", "Value", "spark_driver_$3", ""},
    {R"(driver\.(.+))", "Count", "spark_driver_$3_count", ""},
    {R"(([^.]+)\.executor\.(.+))", "Value", "spark_executor_$4", R"(executor_id: "$3")"},
    {R"(([^.]+)\.executor\.(.+))", "Count", "spark_executor_$4_count", R"(executor_id: "$3")"},
    {R"(([0-9]+)\.(.+))", "Value", "spark_executor_$4", R"(executor_id: "$3")"},
    {R"(([0-9]+)\.(.+))", "Count", "spark_executor_$4_count", R"(executor_id: "$3")"},
};

std::string default_rules() {
  std::string text = "lowercaseOutputName: true\nattrNameSnakeCase: true\nrules:\n";
  for (const Rule& rule : kRules) {
    text += fmt::format(
        "  - pattern: 'metrics<name=([^.]+)\\.([^.]+)\\.{}, type=[a-z]+><>{}'\n"
        "    name: {}\n    type: {}\n    labels:\n      app_namespace: \"$1\"\n"
        "      app_id: \"$2\"\n",
        rule.rest, rule.attribute, rule.name, rule.attribute == "Count" ? "COUNTER" : "GAUGE");
    if (!rule.label.empty()) text += fmt::format("      {}\n", rule.label);
  }
  return text;
}

void expose(PodRole& role, const Monitoring& monitoring, const std::string& java_option) {
  role.annotations.try_emplace("prometheus.io/scrape", "true");
  role.annotations.try_emplace("prometheus.io/port", fmt::format("{}", monitoring.port));
  role.annotations.try_emplace("prometheus.io/path", "/metrics");
  if (!role.java_options.empty()) role.java_options += ' ';
  role.java_options += java_option;
}

}  // namespace

void add_monitoring(App& app) {
  if (!app.monitoring || !app.monitoring->prometheus) return;
  const Monitoring& monitoring = *app.monitoring;
  const std::string config = monitoring.config_file.empty()
                                 ? fmt::format("{}/{}", kMetricsDirectory, kPrometheusKey)
                                 : monitoring.config_file;
  const std::string java_option =
      fmt::format("-javaagent:{}={}:{}", monitoring.jmx_exporter_jar, monitoring.port, config);
  app.spark_conf["spark.metrics.namespace"] = fmt::format("{}.{}", app.space, app.name);
  app.spark_conf["spark.metrics.conf"] = monitoring.metrics_properties_file.empty()
                                             ? fmt::format("{}/{}", kMetricsDirectory, kMetricsKey)
                                             : monitoring.metrics_properties_file;
  // Typed options would hide those of sparkConf, so both are joined.
  const auto join = [&](PodRole& role, std::string_view key) {
    const auto at = app.spark_conf.find(key);
    if (role.java_options.empty() && at != app.spark_conf.end()) role.java_options = at->second;
    expose(role, monitoring, java_option);
  };
  if (monitoring.expose_driver_metrics) join(app.driver, "spark.driver.extraJavaOptions");
  if (monitoring.expose_executor_metrics) join(app.executor, "spark.executor.extraJavaOptions");
}

bool needs_prometheus_config_map(const App& app) {
  if (!app.monitoring || !app.monitoring->prometheus) return false;
  return app.monitoring->metrics_properties_file.empty() || app.monitoring->config_file.empty();
}

json::Value prometheus_config_map(const App& app) {
  const Monitoring& monitoring = *app.monitoring;
  json::Object data;
  if (monitoring.metrics_properties_file.empty()) {
    data[kMetricsKey] = monitoring.metrics_properties.empty() ? std::string(kDefaultMetrics)
                                                              : monitoring.metrics_properties;
  }
  if (monitoring.config_file.empty()) {
    data[kPrometheusKey] =
        monitoring.configuration.empty() ? default_rules() : monitoring.configuration;
  }
  return json::Object{
      {"apiVersion", "v1"},
      {"kind", "ConfigMap"},
      {"metadata", json::Object{{"name", prometheus_config_map_name(app.name)},
                                {"namespace", app.space},
                                {"labels", json::Object{{kLabelAppName, app.name}}}}},
      {"data", std::move(data)}};
}

}  // namespace firesteel::spark
