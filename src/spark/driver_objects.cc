#include "spark/driver_objects.h"

#include <fmt/format.h>

#include <charconv>

#include "base/json/print.h"
#include "spark/driver_pod.h"
#include "spark/names.h"
#include "spark/pod_security.h"
#include "spark/pod_settings.h"
#include "spark/properties.h"

namespace firesteel::spark {
namespace {

// Spark sets none of these on its ConfigMaps; the operator tells its own attempts apart by them.
json::Object metadata(const SubmissionContext& context, std::string_view name) {
  return {{"name", name},
          {"namespace", context.app.space},
          {"labels", json::Object{{kLabelAppName, context.app.name},
                                  {kLabelSubmissionId, context.inputs.submission_id}}}};
}

json::Value config_map(const SubmissionContext& context, std::string_view name, json::Object data) {
  return json::Object{{"apiVersion", "v1"},
                      {"kind", "ConfigMap"},
                      {"metadata", metadata(context, name)},
                      {"immutable", true},
                      {"data", std::move(data)}};
}

std::int64_t port_number(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

json::Value driver_service(const SubmissionContext& context) {
  const Conf& conf = context.conf;
  const VersionRules& rules = *context.version.rules;
  json::Array ports;
  const auto port = [&](std::string_view name, const std::string& text) {
    const std::int64_t number = port_number(text);
    ports.push_back(json::Object{
        {"name", name}, {"port", number}, {"protocol", "TCP"}, {"targetPort", number}});
  };
  port("driver-rpc-port", conf.get("spark.driver.port"));
  port("blockmanager", conf.get("spark.driver.blockManager.port"));
  port("spark-ui", conf.get("spark.ui.port", "4040"));
  if (rules.connect_port) {
    port("spark-connect", conf.get("spark.connect.grpc.binding.port", "15002"));
    if (rules.connect_app_protocol) ports.back().get_object()["appProtocol"] = "grpc";
  }
  json::Object meta = metadata(context, context.service_name);
  json::Object& labels = meta["labels"].get_object();
  labels[kLabelSparkAppSelector] = context.inputs.application_id;
  for (const auto& [key, value] : conf.with_prefix("spark.kubernetes.driver.service.label.")) {
    labels[key] = value;
  }
  json::Object annotations;
  for (const auto& [key, value] : conf.with_prefix("spark.kubernetes.driver.service.annotation.")) {
    annotations[key] = value;
  }
  if (!annotations.empty()) meta["annotations"] = std::move(annotations);
  json::Array families;
  const std::string configured = conf.get("spark.kubernetes.driver.service.ipFamilies", "IPv4");
  std::string_view rest = configured;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    families.push_back(json::Value(rest.substr(0, comma)));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  json::Object spec{
      {"clusterIP", "None"},
      {"ipFamilies", std::move(families)},
      {"ipFamilyPolicy", conf.get("spark.kubernetes.driver.service.ipFamilyPolicy", "SingleStack")},
      {"ports", std::move(ports)},
      {"selector", driver_labels(context)}};
  if (rules.publish_not_ready) {
    spec["publishNotReadyAddresses"] =
        conf.is_true("spark.kubernetes.driver.service.publishNotReadyAddresses");
  }
  return json::Object{{"apiVersion", "v1"},
                      {"kind", "Service"},
                      {"metadata", std::move(meta)},
                      {"spec", std::move(spec)}};
}

json::Value properties_config_map(const SubmissionContext& context) {
  const SecretConf& secrets = context.secrets;
  Conf plain = context.conf;
  for (const auto& setting : secrets.placeholders.settings()) plain.remove(setting.first);
  const std::string title = fmt::format(
      "Java properties built from Kubernetes config map with name: {}", context.properties_map);
  json::Object data{{kPropertiesFile, properties_text(plain, title)},
                    {"spark.kubernetes.namespace", context.app.space}};
  if (secrets.expands()) data[kExpandScript] = expand_script();
  if (!secrets.placeholders.settings().empty()) {
    data[kPlaceholdersFile] = properties_text(secrets.placeholders, title);
  }
  return config_map(context, context.properties_map, std::move(data));
}

json::Value conf_secret(const SubmissionContext& context) {
  return json::Object{{"apiVersion", "v1"},
                      {"kind", "Secret"},
                      {"metadata", metadata(context, context.secrets.secret_name)},
                      {"type", "Opaque"},
                      {"immutable", true},
                      {"stringData", secret_data(context)}};
}

json::Value executor_template(const SubmissionContext& context) {
  json::Value pod = json::Object{{"apiVersion", "v1"}, {"kind", "Pod"}};
  const json::Value* given = json::find(context.app.executor.raw, "template");
  if (given != nullptr && given->is_object()) {
    for (const std::string_view part : {"metadata", "spec"}) {
      if (const json::Value* value = json::find(*given, part)) pod.get_object()[part] = *value;
    }
  }
  const std::string container = spark_container_name(context.app, Role::kExecutor);
  apply_pod_settings(pod, container, context.app, Role::kExecutor);
  restrict_container(context, Role::kExecutor, container, pod);
  return pod;
}

json::Value executor_template_config_map(const SubmissionContext& context) {
  const json::Value pod = executor_template(context);
  // JSON is YAML, and needs no quoting rules.
  return config_map(context, context.template_map, {{kPodTemplateKey, json::print_pretty(pod)}});
}

json::Value inline_config_map(const SubmissionContext& context) {
  return config_map(context, context.prefix + "-inline",
                    {{context.program.inline_file, context.program.inline_text}});
}

json::Value network_policy(const SubmissionContext& context) {
  const json::Object same_app{
      {"podSelector",
       json::Object{{"matchLabels",
                     json::Object{{kLabelSparkAppSelector, context.inputs.application_id}}}}}};
  const json::Object ingress{{"from", json::Array{same_app}}};
  const json::Object selector{
      {"matchLabels", json::Object{{kLabelSparkRole, kRoleExecutor},
                                   {kLabelSparkAppSelector, context.inputs.application_id}}}};
  json::Object meta = metadata(context, context.prefix + "-policy");
  meta["labels"].get_object()[kLabelSparkAppSelector] = context.inputs.application_id;
  return json::Object{
      {"apiVersion", "networking.k8s.io/v1"},
      {"kind", "NetworkPolicy"},
      {"metadata", std::move(meta)},
      {"spec", json::Object{{"podSelector", selector}, {"ingress", json::Array{ingress}}}}};
}

json::Value disruption_budget(const SubmissionContext& context) {
  const json::Object labels{{kLabelAppName, context.app.name},
                            {kLabelSubmissionId, context.inputs.submission_id},
                            {kLabelSparkRole, kRoleDriver}};
  return json::Object{{"apiVersion", "policy/v1"},
                      {"kind", "PodDisruptionBudget"},
                      {"metadata", metadata(context, context.pod_name)},
                      {"spec", json::Object{{"minAvailable", 1},
                                            {"selector", json::Object{{"matchLabels", labels}}}}}};
}

}  // namespace firesteel::spark
