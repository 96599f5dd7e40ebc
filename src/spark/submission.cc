#include "spark/submission.h"

#include <fmt/format.h>

#include "kube/object.h"
#include "spark/app.h"
#include "spark/batch_scheduler.h"
#include "spark/driver_objects.h"
#include "spark/driver_pod.h"
#include "spark/memory.h"
#include "spark/monitoring.h"
#include "spark/names.h"
#include "spark/pod_refusals.h"
#include "spark/pod_security.h"
#include "spark/pod_settings.h"
#include "spark/program.h"
#include "spark/refusals.h"
#include "spark/submission_context.h"

namespace firesteel::spark {
namespace {

constexpr std::size_t kMaxConfigMapBytes = 1024 * 1024;
constexpr std::int64_t kMib = 1024 * 1024;

// A cluster's own API service listens on 443 under kubernetes.default.svc, where drivers look for
// it. Where the API has another port, that name leads nowhere, and the driver must be told.
bool needs_driver_master(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  const std::size_t colon = url.rfind(':');
  const bool has_port = colon != std::string_view::npos && url.find(']', colon) == url.npos;
  return has_port && url.substr(colon + 1) != "443";
}

// What Spark's client adds to the configuration by itself.
void add_submission_settings(SubmissionContext& context) {
  Conf& conf = context.conf;
  const AttemptInputs& inputs = context.inputs;
  const std::string spark = "Spark";
  const auto set = [&](std::string_view key, std::string value) {
    conf.set(std::string(key), std::move(value), spark);
  };
  set("spark.master", fmt::format("k8s://{}", inputs.kubernetes_master));
  set("spark.submit.deployMode", "cluster");
  set("spark.app.name", context.app.name);
  set("spark.app.id", inputs.application_id);
  const auto submitted =
      std::chrono::duration_cast<std::chrono::milliseconds>(inputs.submitted_at.time_since_epoch());
  if (!context.version.rules->keep_submit_time) conf.remove("spark.app.submitTime");
  conf.set_if_missing("spark.app.submitTime", fmt::format("{}", submitted.count()), spark);
  conf.set_if_missing("spark.submit.pyFiles", "", spark);
  if (!context.program.non_jvm()) {
    std::string jars = conf.get("spark.jars");
    const bool has_jar = context.program.resource != "spark-internal";
    if (has_jar) jars += (jars.empty() ? "" : ",") + context.program.resource;
    set("spark.jars", jars);
  }
  set("spark.driver.host", fmt::format("{}.{}.svc", context.service_name, context.app.space));
  conf.set_if_missing("spark.driver.port", fmt::format("{}", kDriverRpcPort), spark);
  conf.set_if_missing("spark.driver.blockManager.port", fmt::format("{}", kBlockTransferPort),
                      spark);
  set("spark.kubernetes.submitInDriver", "true");
  set("spark.kubernetes.resource.type", context.program.language);
  set("spark.kubernetes.memoryOverheadFactor",
      default_overhead_factor(conf, context.program.non_jvm()));
  if (context.version.rules->hadoop_config_map_property &&
      conf.has("spark.kubernetes.hadoop.configMapName")) {
    set("spark.kubernetes.executor.hadoopConfigMapName",
        conf.get("spark.kubernetes.hadoop.configMapName"));
  }
  if (!context.template_map.empty()) {
    set("spark.kubernetes.executor.podTemplateFile",
        fmt::format("{}/{}", kPodTemplateDirectory, kPodTemplateFile));
    set("spark.kubernetes.executor.podTemplateContainerName",
        spark_container_name(context.app, Role::kExecutor));
  }
  // Not Spark's, but what an operator wants: the stack trace as an annotation of the failed driver.
  if (context.version.rules->exit_exception) {
    conf.set_if_missing("spark.kubernetes.driver.annotateExitException", "true", "operator");
  }
  if (needs_driver_master(inputs.kubernetes_master)) {
    conf.set_if_missing("spark.kubernetes.driver.master", inputs.kubernetes_master, "operator");
  }
}

// Spark tells the driver that there is a token, not which.
void redact_tokens(Conf& conf) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [key, setting] : conf.settings()) {
    if (key.ends_with("oauthToken")) found.emplace_back(key, setting.origin);
  }
  for (auto& [key, origin] : found) {
    conf.set(std::move(key), "<present_but_redacted>", std::move(origin));
  }
}

// The launcher in the driver's pod hands spark.driver.memory to Java as -Xmx, as it stands: "1gb"
// is refused there and "512" means bytes, though Spark itself takes both. Spark's meaning is kept
// and written so that Java has the same.
void spell_driver_memory_for_java(SubmissionContext& context) {
  const std::string key = "spark.driver.memory";
  const std::string text = context.conf.get(key);
  const auto mib = parse_memory_mib(text);
  if (!mib || std::string_view("kmgtKMGT").find(text.back()) != std::string_view::npos) return;
  const std::string origin = context.conf.origin(key);
  context.inferred.push_back(
      fmt::format("{} \"{}\" is written as {}m, since Java does not read it as Spark does", origin,
                  text, *mib));
  context.conf.set(key, fmt::format("{}m", *mib), origin);
}

// Spark has one number for the request and the limit of its executors, and writes both over what
// their template says: a higher limit is memory overhead.
void raise_executor_limit(SubmissionContext& context) {
  const std::string& text = context.app.executor.memory_limit;
  if (text.empty()) return;
  auto limit = parse_memory_mib(text);
  if (const auto millis = quantity_millis(text); !limit && millis) limit = *millis / 1000 / kMib;
  const auto memory =
      executor_memory(context.conf, context.program.non_jvm(), *context.version.rules);
  if (!limit || !memory || *limit == memory->total_mib()) return;
  if (*limit < memory->total_mib()) {
    context.warnings.push_back(
        fmt::format("spec.executor.memoryLimit \"{}\" has no effect: executors request {}m, memory "
                    "and overhead, and a limit cannot be lower",
                    text, memory->total_mib()));
    return;
  }
  const std::int64_t more = *limit - memory->total_mib();
  context.conf.set("spark.executor.memoryOverhead", fmt::format("{}m", memory->overhead_mib + more),
                   "spec.executor.memoryLimit");
  context.inferred.push_back(fmt::format(
      "spec.executor.memoryLimit \"{}\" is reached by {}m more of memoryOverhead, since "
      "Spark requests for executors what it limits them to",
      text, more));
}

void note_service_account(SubmissionContext& context) {
  const AttemptInputs& inputs = context.inputs;
  if (!context.app.driver.service_account.empty() || inputs.default_service_account.empty()) return;
  context.inferred.push_back(fmt::format("spec.driver.serviceAccount is missing; {} is used",
                                         inputs.default_service_account));
}

void add_owner(json::Value& pod, const json::Value& application) {
  if (kube::uid_of(application).empty()) return;  // `render`: nothing owns it yet
  json::Array owners;
  owners.push_back(json::Object{{"apiVersion", kApiVersion},
                                {"kind", kSparkApplicationKind},
                                {"name", kube::name_of(application)},
                                {"uid", kube::uid_of(application)},
                                {"controller", true}});
  json::make_object(pod, {"metadata"})["ownerReferences"] = std::move(owners);
}

std::vector<json::Value> dependents(const SubmissionContext& context,
                                    std::vector<json::Value> claims) {
  std::vector<json::Value> out;
  if (needs_pod_group(context)) out.push_back(pod_group(context));
  if (context.app.driver_disruption_budget) out.push_back(disruption_budget(context));
  if (needs_prometheus_config_map(context.app)) out.push_back(prometheus_config_map(context.app));
  if (!context.program.inline_text.empty()) out.push_back(inline_config_map(context));
  out.push_back(driver_service(context));
  if (context.inputs.network_policy && context.version.rules->network_policy &&
      !leaves_out_network_policy(context)) {
    out.push_back(network_policy(context));
  }
  for (json::Value& claim : claims) {
    json::make_object(claim, {"metadata"})["namespace"] = context.app.space;
    out.push_back(std::move(claim));
  }
  if (!context.template_map.empty()) out.push_back(executor_template_config_map(context));
  if (!context.secrets.secret_name.empty()) out.push_back(conf_secret(context));
  out.push_back(properties_config_map(context));
  return out;
}

void check_sizes(SubmissionContext& context, const std::vector<json::Value>& objects) {
  for (const json::Value& object : objects) {
    std::size_t bytes = 0;
    for (const auto& entry : json::object_at(object, {"data"})) {
      bytes +=
          entry.key().size() + (entry.value().is_string() ? entry.value().get_string().size() : 0);
    }
    if (bytes <= kMaxConfigMapBytes) continue;
    context.problems.push_back(
        {"spec",
         fmt::format("ConfigMap {} would have {} bytes, at most {} are allowed",
                     kube::name_of(object), bytes, kMaxConfigMapBytes),
         "FieldValueTooLong"});
  }
}

Submission submission_of(SubmissionContext& context) {
  DriverPod driver = build_driver_pod(context);
  const std::string container = spark_container_name(context.app, Role::kDriver);
  apply_pod_settings(driver.pod, container, context.app, Role::kDriver);
  restrict_container(context, Role::kDriver, container, driver.pod);
  refuse_duplicate_mounts(context, driver.pod, Role::kDriver);
  if (!context.template_map.empty()) {
    refuse_duplicate_mounts(context, executor_template(context), Role::kExecutor);
  }
  expand_in_pod(context, driver.pod);
  add_owner(driver.pod, context.application);
  Submission out;
  out.dependents = dependents(context, std::move(driver.claims));
  check_sizes(context, out.dependents);
  out.driver_pod = std::move(driver.pod);
  out.driver_pod_name = context.pod_name;
  out.spark_version = context.version.text;
  out.spark_version_source = context.version.source;
  if (context.version.source != "spec.sparkVersion") {
    context.inferred.push_back(fmt::format("spec.sparkVersion is missing; {} is taken from: {}",
                                           context.version.text, context.version.source));
  }
  return out;
}

}  // namespace

Result<Submission> build_submission(const json::Value& application, const AttemptInputs& inputs) {
  Decoded<App> decoded = decode(application);
  if (!decoded.problems.empty()) {
    return fail(ErrorCode::kInvalid, "the SparkApplication is not valid",
                std::move(decoded.problems));
  }
  App& app = decoded.value;
  add_monitoring(app);
  SubmissionContext context{.application = application, .app = app, .inputs = inputs};
  const std::string& image = app.driver.image.empty() ? app.image : app.driver.image;
  context.version = spark_version(app.spark_version, image);
  if (!context.version.warning.empty()) context.warnings.push_back(context.version.warning);
  context.program = resolve_program(app, context.version, context.problems, context.inferred);
  context.prefix = resource_prefix(app.name, inputs.unique_id);
  context.pod_name = driver_pod_name(app);
  context.service_name = driver_service_name(context.prefix, inputs.unique_id);
  context.properties_map = properties_config_map_name(inputs.unique_id);
  if (has_pod_settings(app, Role::kExecutor) || is_restricted(context, Role::kExecutor)) {
    context.template_map = executor_template_config_map_name(context.prefix);
  }
  context.conf = build_conf(app, inputs);
  context.conf.remove(kPodSecurityKey);
  spell_driver_memory_for_java(context);
  raise_executor_limit(context);
  note_service_account(context);
  add_submission_settings(context);
  add_batch_scheduling(context);
  redact_tokens(context.conf);
  protect_secrets(context);
  refuse_unsupported(context);
  refuse_values(context);
  refuse_derived_names(context);
  Submission out = submission_of(context);
  if (!context.problems.empty()) {
    const Problem& first = context.problems.front();
    std::string message =
        fmt::format("{} cannot be submitted: {}: {}", app.name, first.path, first.message);
    return fail(ErrorCode::kInvalid, std::move(message), std::move(context.problems));
  }
  out.inferred = std::move(context.inferred);
  out.warnings = std::move(context.warnings);
  out.conf = std::move(context.conf);
  return out;
}

}  // namespace firesteel::spark
