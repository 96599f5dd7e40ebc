#include "spark/driver_pod.h"

#include <fmt/format.h>

#include <charconv>
#include <tuple>

#include "spark/memory.h"
#include "spark/names.h"
#include "spark/pod_settings.h"
#include "spark/volumes.h"

namespace firesteel::spark {
namespace {

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
  return text;
}

json::Array& list_in(json::Object& object, std::string_view key) {
  json::Value& value = object[key];
  if (!value.is_array()) value.emplace_array();
  return value.get_array();
}

// Each public function is one feature step of Spark's, in Spark's order.
class Builder {
 public:
  explicit Builder(SubmissionContext& context)
      : context_(context), conf_(context.conf), rules_(*context.version.rules) {}

  DriverPod build() {
    start_from_template();
    metadata();
    scheduling();
    container();
    resources();
    environment();
    secrets();
    volumes();
    command();
    hadoop_configuration();
    executor_template();
    inline_program();
    local_directories();
    configuration();
    list_in(spec_, "containers").push_back(std::move(container_));
    json::Object pod{{"apiVersion", "v1"}, {"kind", "Pod"}};
    pod["metadata"] = std::move(metadata_);
    pod["spec"] = std::move(spec_);
    return {std::move(pod), std::move(claims_)};
  }

 private:
  void problem(std::string path, std::string message, std::string_view reason) {
    context_.problems.push_back({std::move(path), std::move(message), std::string(reason)});
  }

  void mount(json::Value volume, std::string_view path) {
    const std::string name(json::string_at(volume, "name"));
    list_in(spec_, "volumes").push_back(std::move(volume));
    list_in(container_, "volumeMounts")
        .push_back(json::Object{{"mountPath", path}, {"name", name}});
  }

  void env(std::string_view name, std::string_view value) {
    list_in(container_, "env").push_back(json::Object{{"name", name}, {"value", value}});
  }

  // The template's container of Spark's name, else its first one; the others become sidecars and
  // come first.
  void start_from_template() {
    const json::Value* pod = json::find(context_.app.driver.raw, "template");
    if (pod == nullptr || !pod->is_object()) return;
    metadata_ = json::object_at(*pod, {"metadata"});
    spec_ = json::object_at(*pod, {"spec"});
    json::Array containers = json::array_at(*pod, {"spec", "containers"});
    const std::string wanted = spark_container_name(context_.app, Role::kDriver);
    std::size_t chosen = 0;
    for (std::size_t i = containers.size(); i-- > 0;) {
      if (json::string_at(containers[i], "name") == wanted) chosen = i;
    }
    const bool asked =
        context_.app.spark_conf.contains("spark.kubernetes.driver.podTemplateContainerName");
    if (!containers.empty() && wanted != kDriverContainer && !asked) {
      context_.warnings.push_back(fmt::format(
          "spec.driver.template has no container named {}; its first one is taken for Spark",
          kDriverContainer));
    }
    json::Array others;
    for (std::size_t i = 0; i < containers.size(); ++i) {
      if (i != chosen) {
        others.push_back(containers[i]);
      } else if (containers[i].is_object()) {
        container_ = containers[i].get_object();
      }
    }
    spec_["containers"] = std::move(others);
  }

  void metadata() {
    metadata_["name"] = context_.pod_name;
    metadata_["namespace"] = context_.app.space;
    json::Object labels = json::object_at(json::Value(metadata_), {"labels"});
    for (const auto& label : driver_labels(context_)) labels[label.key()] = label.value();
    metadata_["labels"] = std::move(labels);
    json::Object annotations = json::object_at(json::Value(metadata_), {"annotations"});
    for (const auto& [key, value] : conf_.with_prefix("spark.kubernetes.driver.annotation.")) {
      annotations[key] = replaced(replaced(value, "{{APP_ID}}", context_.inputs.application_id),
                                  "{{EXECUTOR_ID}}", "");
    }
    if (!annotations.empty()) metadata_["annotations"] = std::move(annotations);
  }

  void scheduling() {
    spec_["restartPolicy"] = "Never";
    json::Object selector = json::object_at(json::Value(spec_), {"nodeSelector"});
    for (const std::string_view prefix :
         {"spark.kubernetes.node.selector.", "spark.kubernetes.driver.node.selector."}) {
      for (const auto& [key, value] : conf_.with_prefix(prefix)) selector[key] = value;
    }
    if (!selector.empty()) spec_["nodeSelector"] = std::move(selector);
    const std::string scheduler = conf_.get("spark.kubernetes.driver.scheduler.name",
                                            conf_.get("spark.kubernetes.scheduler.name"));
    if (!scheduler.empty()) spec_["schedulerName"] = scheduler;
    for (const std::string& name :
         split_commas(conf_.get("spark.kubernetes.container.image.pullSecrets"))) {
      list_in(spec_, "imagePullSecrets").push_back(json::Object{{"name", name}});
    }
    const std::string account =
        conf_.get("spark.kubernetes.authenticate.driver.serviceAccountName");
    if (account.empty()) return;
    spec_["serviceAccount"] = account;
    spec_["serviceAccountName"] = account;
  }

  void container() {
    if (json::string_at(json::Value(container_), "name").empty()) {
      container_["name"] = kDriverContainer;
    }
    std::string image = conf_.get("spark.kubernetes.driver.container.image",
                                  conf_.get("spark.kubernetes.container.image"));
    if (rules_.image_placeholder) {
      image = replaced(image, "{{SPARK_VERSION}}", context_.version.text);
    }
    if (image.empty()) {
      problem("spec.image", "Must specify the driver container image, here or in spec.driver.image",
              "FieldValueRequired");
    }
    container_["image"] = image;
    container_["imagePullPolicy"] =
        conf_.get("spark.kubernetes.container.image.pullPolicy", "IfNotPresent");
    const auto port = [&](std::string_view name, std::string_view number) {
      std::int64_t parsed = 0;
      const auto end = number.data() + number.size();
      if (std::from_chars(number.data(), end, parsed).ptr != end) parsed = 0;
      list_in(container_, "ports")
          .push_back(json::Object{{"containerPort", parsed}, {"name", name}, {"protocol", "TCP"}});
    };
    port("driver-rpc-port", conf_.get("spark.driver.port"));
    // Only the container's port follows spark.blockManager.port, and only where the driver has none
    // of its own; Spark's service never does.
    const std::string own = "spark.driver.blockManager.port";
    const std::string number = conf_.get(own);
    port("blockmanager",
         conf_.origin(own) == "Spark" ? conf_.get("spark.blockManager.port", number) : number);
    port("spark-ui", conf_.get("spark.ui.port", "4040"));
    if (rules_.connect_port) {
      port("spark-connect", conf_.get("spark.connect.grpc.binding.port", "15002"));
    }
    if (!rules_.no_privilege_escalation) return;
    json::Object security = json::object_at(json::Value(container_), {"securityContext"});
    const std::string_view of_both = "spark.kubernetes.securityContext.allowPrivilegeEscalation";
    security["allowPrivilegeEscalation"] =
        conf_.get("spark.kubernetes.driver.securityContext.allowPrivilegeEscalation",
                  conf_.get(of_both)) == "true";
    container_["securityContext"] = std::move(security);
  }

  void resources() {
    const PodCores cores = driver_cores(conf_);
    const auto memory = driver_memory(conf_, context_.program.non_jvm(), rules_);
    if (!memory) {
      for (const Problem& found : memory.error().problems) context_.problems.push_back(found);
      return;
    }
    const std::string quantity = fmt::format("{}Mi", memory->total_mib());
    const json::Value old = container_;
    json::Object requests = json::object_at(old, {"resources", "requests"});
    json::Object limits = json::object_at(old, {"resources", "limits"});
    requests["cpu"] = cores.request;
    requests["memory"] = quantity;
    if (!cores.limit.empty()) limits["cpu"] = cores.limit;
    limits["memory"] = quantity;
    custom_resources(limits);
    container_["resources"] =
        json::Object{{"requests", std::move(requests)}, {"limits", std::move(limits)}};
  }

  void custom_resources(json::Object& limits) {
    for (const auto& [rest, amount] : conf_.with_prefix("spark.driver.resource.")) {
      // An amount of 0 is no request.
      if (!rest.ends_with(".amount") || amount == "0") continue;
      const std::string name = rest.substr(0, rest.size() - 7);
      const std::string vendor_key = fmt::format("spark.driver.resource.{}.vendor", name);
      const std::string vendor = conf_.get(vendor_key);
      if (vendor.empty()) {
        problem(fmt::format("spec.sparkConf[{}]", vendor_key),
                fmt::format("Resource: {} was requested, but vendor was not specified", name),
                "FieldValueRequired");
      }
      limits[fmt::format("{}/{}", vendor, name)] = amount;
    }
  }

  void environment() {
    const std::string& proxy_user = context_.app.proxy_user;
    const bool by_proxy = rules_.proxy_spark_user && !proxy_user.empty();
    env("SPARK_USER", by_proxy ? proxy_user : context_.inputs.spark_user);
    env("SPARK_APPLICATION_ID", context_.inputs.application_id);
    for (const auto& [name, value] : conf_.with_prefix("spark.kubernetes.driverEnv.")) {
      env(name, value);
    }
    list_in(container_, "env")
        .push_back(json::Object{
            {"name", "SPARK_DRIVER_BIND_ADDRESS"},
            {"valueFrom",
             json::Object{{"fieldRef",
                           json::Object{{"apiVersion", "v1"}, {"fieldPath", "status.podIP"}}}}}});
  }

  void secrets() {
    for (const auto& [name, path] : conf_.with_prefix("spark.kubernetes.driver.secrets.")) {
      mount(json::Object{{"name", fmt::format("{}-volume", name)},
                         {"secret", json::Object{{"secretName", name}}}},
            path);
    }
    for (const auto& [name, ref] : conf_.with_prefix("spark.kubernetes.driver.secretKeyRef.")) {
      const std::size_t colon = ref.find(':');
      if (colon == std::string::npos || colon + 1 == ref.size() ||
          ref.find(':', colon + 1) != std::string::npos) {
        problem(fmt::format("spec.sparkConf[spark.kubernetes.driver.secretKeyRef.{}]", name),
                fmt::format("found \"{}\", SecretKeyRef must be in the form name:key", ref),
                "FieldValueInvalid");
        continue;
      }
      const json::Object selector{{"key", ref.substr(colon + 1)}, {"name", ref.substr(0, colon)}};
      list_in(container_, "env")
          .push_back(json::Object{{"name", name},
                                  {"valueFrom", json::Object{{"secretKeyRef", selector}}}});
    }
  }

  void volumes() {
    for (ConfVolume& volume :
         conf_volumes(conf_, "driver", context_.prefix, context_.inputs.application_id, rules_,
                      context_.problems)) {
      if (volume.name.starts_with(kLocalVolumePrefix)) {
        local_paths_.emplace_back(json::string_at(volume.mount, "mountPath"));
      }
      list_in(spec_, "volumes").push_back(std::move(volume.volume));
      list_in(container_, "volumeMounts").push_back(std::move(volume.mount));
      if (!volume.claim.is_null()) claims_.push_back(std::move(volume.claim));
    }
    // The driver would refuse its own executors' volumes only after it has started.
    std::ignore = conf_volumes(conf_, "executor", context_.prefix, context_.inputs.application_id,
                               rules_, context_.problems);
  }

  void command() {
    const Program& program = context_.program;
    json::Array& args = list_in(container_, "args");
    args.push_back("driver");
    if (!context_.app.proxy_user.empty()) {
      args.push_back("--proxy-user");
      args.push_back(json::Value(context_.app.proxy_user));
    }
    for (const std::string_view word :
         {std::string_view("--properties-file"), kPropertiesPath, std::string_view("--class"),
          std::string_view(program.main_class), std::string_view(program.resource)}) {
      args.push_back(json::Value(word));
    }
    for (const std::string& argument : context_.app.arguments) {
      args.push_back(json::Value(argument));
    }
    if (program.language != "python") return;
    const std::string python = conf_.get("spark.pyspark.python");
    const std::string driver_python = conf_.get("spark.pyspark.driver.python", python);
    if (!python.empty()) env("PYSPARK_PYTHON", python);
    if (!driver_python.empty()) env("PYSPARK_DRIVER_PYTHON", driver_python);
  }

  void hadoop_configuration() {
    const std::string hadoop = conf_.get("spark.kubernetes.hadoop.configMapName");
    if (!hadoop.empty()) {
      mount(json::Object{{"name", "hadoop-properties"},
                         {"configMap", json::Object{{"name", hadoop}}}},
            "/opt/hadoop/conf");
      env("HADOOP_CONF_DIR", "/opt/hadoop/conf");
    }
    const std::string krb5 = conf_.get("spark.kubernetes.kerberos.krb5.configMapName");
    if (!krb5.empty()) {
      mount(json::Object{{"name", "krb5-file"}, {"configMap", json::Object{{"name", krb5}}}},
            "/etc/krb5.conf");
      list_in(container_, "volumeMounts").back().get_object()["subPath"] = "krb5.conf";
    }
    const std::string token = conf_.get("spark.kubernetes.kerberos.tokenSecret.name");
    if (token.empty()) return;
    mount(json::Object{{"name", "hadoop-secret"}, {"secret", json::Object{{"secretName", token}}}},
          "/mnt/secrets/hadoop-credentials");
    env("HADOOP_TOKEN_FILE_LOCATION",
        fmt::format("/mnt/secrets/hadoop-credentials/{}",
                    conf_.get("spark.kubernetes.kerberos.tokenSecret.itemKey")));
  }

  void executor_template() {
    if (context_.template_map.empty()) return;
    const json::Object item{{"key", kPodTemplateKey}, {"path", kPodTemplateFile}};
    mount(json::Object{{"name", "pod-template-volume"},
                       {"configMap", json::Object{{"items", json::Array{item}},
                                                  {"name", context_.template_map}}}},
          kPodTemplateDirectory);
  }

  void inline_program() {
    if (context_.program.inline_text.empty()) return;
    mount(json::Object{{"name", "inline-program"},
                       {"configMap", json::Object{{"name", context_.prefix + "-inline"}}}},
          kInlineDirectory);
  }

  void local_directories() {
    std::string paths = fmt::format("{}", fmt::join(local_paths_, ","));
    if (local_paths_.empty()) {
      paths = conf_.get("spark.local.dir",
                        fmt::format("/var/data/spark-{}", context_.inputs.local_dir_id));
      const bool in_memory = conf_.is_true("spark.kubernetes.local.dirs.tmpfs");
      int index = 0;
      for (const std::string& path : split_commas(paths)) {
        json::Object source;
        if (in_memory) source["medium"] = "Memory";
        mount(json::Object{{"name", fmt::format("{}{}", kLocalVolumePrefix, ++index)},
                           {"emptyDir", std::move(source)}},
              path);
      }
    }
    env("SPARK_LOCAL_DIRS", paths);
  }

  void configuration() {
    const json::Object item{{"key", kPropertiesFile}, {"mode", 420}, {"path", kPropertiesFile}};
    mount(json::Object{{"name", "spark-conf-volume-driver"},
                       {"configMap", json::Object{{"items", json::Array{item}},
                                                  {"name", context_.properties_map}}}},
          kSparkConfDirectory);
    env("SPARK_CONF_DIR", kSparkConfDirectory);
  }

  SubmissionContext& context_;
  const Conf& conf_;
  const VersionRules& rules_;
  json::Object metadata_;
  json::Object spec_;
  json::Object container_;
  std::vector<json::Value> claims_;
  std::vector<std::string> local_paths_;
};

}  // namespace

json::Object driver_labels(const SubmissionContext& context) {
  json::Object labels;
  for (const auto& [key, value] : context.conf.with_prefix("spark.kubernetes.driver.label.")) {
    labels[key] = context.version.rules->app_id_in_labels
                      ? replaced(replaced(value, "{{APP_ID}}", context.inputs.application_id),
                                 "{{EXECUTOR_ID}}", "")
                      : value;
  }
  labels[kLabelSparkVersion] = context.version.text;
  labels[kLabelSparkAppSelector] = context.inputs.application_id;
  labels[kLabelSparkAppName] = app_name_label(context.app.name);
  labels[kLabelSparkRole] = kRoleDriver;
  return labels;
}

DriverPod build_driver_pod(SubmissionContext& context) {
  return Builder(context).build();
}

}  // namespace firesteel::spark
