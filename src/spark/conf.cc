#include "spark/conf.h"

#include <fmt/format.h>

#include <algorithm>

#include "spark/names.h"
#include "spark/submission.h"
#include "spark/version.h"
#include "spark/volumes.h"

namespace firesteel::spark {
namespace {

std::string comma_joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ","));
}

// Writes one section of the argument list.
class Section {
 public:
  explicit Section(Conf& conf) : conf_(conf) {}

  void text(std::string_view key, const std::string& value, std::string_view origin) {
    if (!value.empty()) conf_.set(std::string(key), value, std::string(origin));
  }
  void list(std::string_view key, const std::vector<std::string>& values, std::string_view origin) {
    if (!values.empty()) conf_.set(std::string(key), comma_joined(values), std::string(origin));
  }
  void number(std::string_view key, const std::optional<std::int64_t>& value,
              std::string_view origin) {
    if (value) conf_.set(std::string(key), fmt::format("{}", *value), std::string(origin));
  }
  void flag(std::string_view key, bool value, std::string_view origin) {
    conf_.set(std::string(key), value ? "true" : "false", std::string(origin));
  }
  void map(std::string_view prefix, const StringMap& values, std::string_view origin) {
    for (const auto& [key, value] : values) {
      conf_.set(fmt::format("{}{}", prefix, key), value, fmt::format("{}[{}]", origin, key));
    }
  }

 private:
  Conf& conf_;
};

void set_application(Conf& conf, const App& app) {
  Section set(conf);
  conf.set("spark.kubernetes.namespace", app.space, "metadata.namespace");
  set.text("spark.kubernetes.container.image", app.image, "spec.image");
  set.text("spark.kubernetes.container.image.pullPolicy", app.image_pull_policy,
           "spec.imagePullPolicy");
  set.list("spark.kubernetes.container.image.pullSecrets", app.image_pull_secrets,
           "spec.imagePullSecrets");
  set.text("spark.kubernetes.pyspark.pythonVersion", app.python_version, "spec.pythonVersion");
  set.text("spark.kubernetes.memoryOverheadFactor", app.memory_overhead_factor,
           "spec.memoryOverheadFactor");
}

void set_user_conf(Conf& conf, const App& app) {
  for (const auto& [key, value] : app.spark_conf) {
    // Others are dropped by Spark with a warning; the pod's name is decided by driver_pod_name.
    if (!key.starts_with("spark.") || key == "spark.kubernetes.driver.pod.name") continue;
    conf.set(key, value, fmt::format("spec.sparkConf[{}]", key));
  }
  Section(conf).map("spark.hadoop.", app.hadoop_conf, "spec.hadoopConf");
  // The driver is watched through its pod: nothing waits for it, whatever the user's configuration
  // says.
  conf.set("spark.kubernetes.submission.waitAppCompletion", "false", "operator");
}

// Flags of spark-submit win over every --conf.
void set_dependencies(Conf& conf, const Dependencies& deps) {
  Section set(conf);
  set.list("spark.jars", deps.jars, "spec.deps.jars");
  set.list("spark.jars.packages", deps.packages, "spec.deps.packages");
  set.list("spark.jars.excludes", deps.exclude_packages, "spec.deps.excludePackages");
  set.list("spark.jars.repositories", deps.repositories, "spec.deps.repositories");
  set.list("spark.submit.pyFiles", deps.py_files, "spec.deps.pyFiles");
  set.list("spark.files", deps.files, "spec.deps.files");
  set.list("spark.archives", deps.archives, "spec.deps.archives");
}

// The names by which the two roles differ.
struct RoleNames {
  std::string_view role;         // "driver"
  std::string_view environment;  // prefix of environment variables
  std::string spec;              // "spec.driver"
};

void set_secrets(Conf& conf, const PodRole& role, const RoleNames& names) {
  for (std::size_t i = 0; i < role.secrets.size(); ++i) {
    const SecretMount& secret = role.secrets[i];
    const std::string origin = fmt::format("{}.secrets[{}]", names.spec, i);
    conf.set(fmt::format("spark.kubernetes.{}.secrets.{}", names.role, secret.name), secret.path,
             origin);
    if (secret.type == "GCPServiceAccount") {
      conf.set(fmt::format("{}GOOGLE_APPLICATION_CREDENTIALS", names.environment),
               secret.path + "/key.json", origin);
    } else if (secret.type == "HadoopDelegationToken") {
      conf.set(fmt::format("{}HADOOP_TOKEN_FILE_LOCATION", names.environment),
               secret.path + "/hadoop.token", origin);
    }
  }
}

void set_local_volumes(Conf& conf, const App& app, const PodRole& role, const RoleNames& names) {
  const json::Array& mounts = json::array_at(role.raw, {"volumeMounts"});
  for (std::size_t i = 0; i < app.volumes.size(); ++i) {
    const std::string_view name = json::string_at(app.volumes[i], "name");
    if (!name.starts_with(kLocalVolumePrefix)) continue;
    for (const json::Value& mount : mounts) {
      if (json::string_at(mount, "name") != name) continue;
      set_local_volume(conf, names.role, app.volumes[i], mount, fmt::format("spec.volumes[{}]", i));
    }
  }
}

void set_role(Conf& conf, const App& app, const PodRole& role, const RoleNames& names,
              const AttemptInputs& inputs) {
  Section set(conf);
  const auto key = [&](std::string_view format) {
    return fmt::format(fmt::runtime(format), names.role);
  };
  const auto field = [&](std::string_view name) { return fmt::format("{}.{}", names.spec, name); };
  set.text(key("spark.kubernetes.{}.container.image"), role.image, field("image"));
  set.number(key("spark.{}.cores"), role.cores, field("cores"));
  set.text(key("spark.kubernetes.{}.request.cores"), role.core_request, field("coreRequest"));
  set.text(key("spark.kubernetes.{}.limit.cores"), role.core_limit, field("coreLimit"));
  set.text(key("spark.{}.memory"), role.memory, field("memory"));
  set.text(key("spark.{}.memoryOverhead"), role.memory_overhead, field("memoryOverhead"));
  set.text(key("spark.kubernetes.authenticate.{}.serviceAccountName"), role.service_account,
           field("serviceAccount"));
  set.text(key("spark.{}.extraJavaOptions"), role.java_options, field("javaOptions"));
  const std::string scheduler =
      app.batch_scheduler.empty() ? role.scheduler_name : app.batch_scheduler;
  set.text(key("spark.kubernetes.{}.scheduler.name"), scheduler,
           app.batch_scheduler.empty() ? field("schedulerName") : "spec.batchScheduler");
  const std::string label = key("spark.kubernetes.{}.label.");
  set.map(label, app.labels, "metadata.labels");
  set.map(label, role.labels, field("labels"));
  // Last, since the operator finds its pods by them.
  conf.set(fmt::format("{}{}", label, kLabelAppName), app.name, "operator");
  conf.set(fmt::format("{}{}", label, kLabelLaunchedBy), "true", "operator");
  conf.set(fmt::format("{}{}", label, kLabelSubmissionId), inputs.submission_id, "operator");
  set.map(key("spark.kubernetes.{}.annotation."), role.annotations, field("annotations"));
  for (const auto& [variable, secret] : role.secret_keys) {
    conf.set(fmt::format("spark.kubernetes.{}.secretKeyRef.{}", names.role, variable),
             fmt::format("{}:{}", secret.name, secret.key),
             field(fmt::format("envSecretKeyRefs[{}]", variable)));
  }
  set.map(names.environment, role.environment, field("envVars"));
  set_secrets(conf, role, names);
  set_local_volumes(conf, app, role, names);
  set.map(key("spark.kubernetes.{}.node.selector."), role.node_selector, field("nodeSelector"));
}

void set_dynamic_allocation(Conf& conf, const App& app) {
  if (!app.dynamic_allocation || !app.dynamic_allocation->enabled) return;
  const DynamicAllocation& dynamic = *app.dynamic_allocation;
  Section set(conf);
  const std::string spec = "spec.dynamicAllocation";
  set.flag("spark.dynamicAllocation.enabled", true, spec + ".enabled");
  // Without an external shuffle service, which Kubernetes has not, dynamic allocation needs it.
  set.flag("spark.dynamicAllocation.shuffleTracking.enabled",
           dynamic.shuffle_tracking_enabled.value_or(true), spec + ".shuffleTrackingEnabled");
  set.number("spark.dynamicAllocation.initialExecutors", dynamic.initial_executors,
             spec + ".initialExecutors");
  set.number("spark.dynamicAllocation.minExecutors", dynamic.min_executors, spec + ".minExecutors");
  set.number("spark.dynamicAllocation.maxExecutors", dynamic.max_executors, spec + ".maxExecutors");
  set.number("spark.dynamicAllocation.shuffleTracking.timeout", dynamic.shuffle_tracking_timeout,
             spec + ".shuffleTrackingTimeout");
}

void set_service_account(Conf& conf, const App& app, const AttemptInputs& inputs) {
  const std::string key = "spark.kubernetes.authenticate.driver.serviceAccountName";
  if (conf.has(key) || inputs.default_service_account.empty()) return;
  conf.set(key, inputs.default_service_account, "operator");
  // An executor without one falls back to the driver's, but says so only from here.
  if (app.executor.service_account.empty()) {
    conf.set("spark.kubernetes.authenticate.executor.serviceAccountName",
             inputs.default_service_account, "operator");
  }
}

}  // namespace

void Conf::set(std::string key, std::string value, std::string origin) {
  settings_.insert_or_assign(std::move(key), Setting{std::move(value), std::move(origin)});
}

void Conf::set_if_missing(std::string key, std::string value, std::string origin) {
  settings_.try_emplace(std::move(key), Setting{std::move(value), std::move(origin)});
}

void Conf::remove(std::string_view key) {
  if (const auto at = settings_.find(key); at != settings_.end()) settings_.erase(at);
}

const std::string* Conf::find(std::string_view key) const {
  const auto at = settings_.find(key);
  return at == settings_.end() ? nullptr : &at->second.value;
}

std::string Conf::get(std::string_view key, std::string_view otherwise) const {
  const std::string* value = find(key);
  return value == nullptr ? std::string(otherwise) : *value;
}

std::string Conf::origin(std::string_view key) const {
  const auto at = settings_.find(key);
  return at == settings_.end() ? fmt::format("spec.sparkConf[{}]", key) : at->second.origin;
}

std::vector<std::pair<std::string, std::string>> Conf::with_prefix(std::string_view prefix) const {
  std::vector<std::pair<std::string, std::string>> out;
  for (auto at = settings_.lower_bound(prefix);
       at != settings_.end() && at->first.starts_with(prefix); ++at) {
    out.emplace_back(at->first.substr(prefix.size()), at->second.value);
  }
  return out;
}

Conf build_conf(const App& app, const AttemptInputs& inputs) {
  Conf conf;
  set_application(conf, app);
  set_user_conf(conf, app);
  conf.set("spark.kubernetes.driver.pod.name", driver_pod_name(app),
           app.driver.pod_name.empty() ? "operator" : "spec.driver.podName");
  set_role(conf, app, app.driver, {"driver", "spark.kubernetes.driverEnv.", "spec.driver"}, inputs);
  Section set(conf);
  set.text("spark.kubernetes.driver.master", app.driver.kubernetes_master,
           "spec.driver.kubernetesMaster");
  set.map("spark.kubernetes.driver.service.label.", app.driver.service_labels,
          "spec.driver.serviceLabels");
  set.map("spark.kubernetes.driver.service.annotation.", app.driver.service_annotations,
          "spec.driver.serviceAnnotations");
  set_role(conf, app, app.executor, {"executor", "spark.executorEnv.", "spec.executor"}, inputs);
  set.number("spark.executor.instances", app.executor.instances, "spec.executor.instances");
  if (app.executor.delete_on_termination) {
    set.flag("spark.kubernetes.executor.deleteOnTermination", *app.executor.delete_on_termination,
             "spec.executor.deleteOnTermination");
  }
  set.map("spark.kubernetes.node.selector.", app.node_selector, "spec.nodeSelector");
  set_dynamic_allocation(conf, app);
  set_dependencies(conf, app.dependencies);
  set_service_account(conf, app, inputs);
  return conf;
}

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view word = text.substr(0, comma);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) out.emplace_back(word);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return out;
}

bool is_denied_key(std::string_view key) {
  constexpr std::string_view kDenied[] = {
      "spark.kubernetes.authenticate.driver.oauthToken",
      "spark.kubernetes.authenticate.driver.oauthTokenFile",
      "spark.kubernetes.authenticate.driver.serviceAccountName",
      "spark.kubernetes.authenticate.executor.oauthToken",
      "spark.kubernetes.authenticate.executor.oauthTokenFile",
      "spark.kubernetes.authenticate.executor.serviceAccountName",
      "spark.kubernetes.authenticate.oauthToken",
      "spark.kubernetes.authenticate.oauthTokenFile",
      "spark.kubernetes.container.image",
      "spark.kubernetes.driver.container.image",
      "spark.kubernetes.driver.master",
      "spark.kubernetes.executor.container.image",
      "spark.master",
  };
  return std::ranges::find(kDenied, key) != std::end(kDenied);
}

}  // namespace firesteel::spark
