#include "spark/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/object.h"
#include "spark/explain_dependents.h"
#include "spark/leaf_paths.h"
#include "spark/names.h"
#include "spark/properties.h"
#include "spark/secret_conf.h"

namespace firesteel::spark {
namespace {

constexpr std::string_view kSpark = "Spark";

// A field of the pod and the properties that decide it; the first that is set gives the reason.
struct Rule {
  std::string_view path;
  std::vector<std::string_view> keys;
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> kRules = {
      {"metadata.name", {"spark.kubernetes.driver.pod.name"}},
      {"metadata.namespace", {"spark.kubernetes.namespace"}},
      {"spec.schedulerName",
       {"spark.kubernetes.driver.scheduler.name", "spark.kubernetes.scheduler.name"}},
      {"spec.imagePullSecrets", {"spark.kubernetes.container.image.pullSecrets"}},
      {"spec.serviceAccount", {"spark.kubernetes.authenticate.driver.serviceAccountName"}},
      {"spec.serviceAccountName", {"spark.kubernetes.authenticate.driver.serviceAccountName"}},
      {"C.image", {"spark.kubernetes.driver.container.image", "spark.kubernetes.container.image"}},
      {"C.imagePullPolicy", {"spark.kubernetes.container.image.pullPolicy"}},
      {"C.resources.requests.cpu", {"spark.kubernetes.driver.request.cores", "spark.driver.cores"}},
      {"C.resources.limits.cpu", {"spark.kubernetes.driver.limit.cores"}},
      {"C.resources.requests.memory", {"spark.driver.memory"}},
      {"C.resources.limits.memory", {"spark.driver.memory"}},
      {"C.env[PYSPARK_PYTHON]", {"spark.pyspark.python"}},
      {"C.env[PYSPARK_DRIVER_PYTHON]", {"spark.pyspark.driver.python", "spark.pyspark.python"}},
      {"C.env[SPARK_LOCAL_DIRS]", {"spark.local.dir"}},
  };
  return kRules;
}

// Maps whose keys are the rest of a property's name.
struct Family {
  std::string_view path;  // up to the bracket
  std::string_view prefix;
};
constexpr Family kFamilies[] = {
    {"metadata.labels[", "spark.kubernetes.driver.label."},
    {"metadata.annotations[", "spark.kubernetes.driver.annotation."},
    {"spec.nodeSelector[", "spark.kubernetes.driver.node.selector."},
    {"spec.nodeSelector[", "spark.kubernetes.node.selector."},
    {"C.env[", "spark.kubernetes.driverEnv."},
    {"C.env[", "spark.kubernetes.driver.secretKeyRef."},
};

// Parts of the pod that a field of spec.driver makes whole.
constexpr std::pair<std::string_view, std::string_view> kFields[] = {
    {"spec.affinity", "affinity"},
    {"spec.tolerations", "tolerations"},
    {"spec.securityContext", "podSecurityContext"},
    {"spec.hostNetwork", "hostNetwork"},
    {"spec.dnsPolicy", "hostNetwork"},
    {"spec.dnsConfig", "dnsConfig"},
    {"spec.hostAliases", "hostAliases"},
    {"spec.priorityClassName", "priorityClassName"},
    {"spec.terminationGracePeriodSeconds", "terminationGracePeriodSeconds"},
    {"spec.shareProcessNamespace", "shareProcessNamespace"},
    {"spec.initContainers", "initContainers"},
    {"C.lifecycle", "lifecycle"},
    {"C.securityContext", "securityContext"},
    {"C.envFrom", "envFrom"},
};

class Explainer {
 public:
  Explainer(const Submission& submission, const json::Value& application)
      : submission_(submission),
        application_(application),
        container_(fmt::format("spec.containers[{}]", kDriverContainer)),
        object_(fmt::format("Pod/{}", submission.driver_pod_name)) {}

  std::vector<Explanation> all() {
    for_each_leaf(submission_.driver_pod, is_map, [this](const std::string& path) {
      out_.push_back({object_, path, reason(path)});
    });
    explain_dependents(submission_, application_, out_);
    for (const auto& [key, setting] : submission_.conf.settings()) {
      const bool filled_in = in_placeholders_file(key);
      out_.push_back({fmt::format("ConfigMap/{}", properties_map()),
                      fmt::format("{}[{}]", filled_in ? kPlaceholdersFile : kPropertiesFile, key),
                      setting.origin});
    }
    return std::move(out_);
  }

 private:
  std::string properties_map() const {
    return submission_.dependents.empty()
               ? std::string()
               : std::string(kube::name_of(submission_.dependents.back()));
  }

  bool in_placeholders_file(std::string_view key) const {
    if (submission_.dependents.empty()) return false;
    const std::string_view text =
        json::string_at(submission_.dependents.back(), {"data", kPlaceholdersFile});
    return text.find(fmt::format("\n{}=", escape_property(key, true))) != text.npos;
  }

  static bool is_map(std::string_view path) {
    return path.ends_with("labels") || path.ends_with("annotations") ||
           path.ends_with("nodeSelector");
  }

  std::string reason(const std::string& full) const {
    const bool in_container = full.starts_with(container_);
    const std::string path = in_container ? "C" + full.substr(container_.size()) : full;
    if (path.starts_with("spec.containers[")) {
      const std::string name = path.substr(16, path.find(']') - 16);
      return has_item("sidecars", name) ? "spec.driver.sidecars" : "spec.driver.template";
    }
    if (path == "C.resources.limits.memory" && driver("memoryLimit")) {
      return "spec.driver.memoryLimit";
    }
    for (const Rule& rule : rules()) {
      if (!is_in(path, rule.path)) continue;
      for (const std::string_view key : rule.keys) {
        if (submission_.conf.has(key)) return submission_.conf.origin(key);
      }
    }
    for (const Family& family : kFamilies) {
      if (!path.starts_with(family.path)) continue;
      const std::size_t start = family.path.size();
      const std::string key =
          fmt::format("{}{}", family.prefix, path.substr(start, path.find(']', start) - start));
      if (submission_.conf.has(key)) return submission_.conf.origin(key);
    }
    return reason_by_field(path);
  }

  std::string reason_by_field(const std::string& path) const {
    for (const auto& [part, field] : kFields) {
      if (is_in(path, part) && driver(field)) return fmt::format("spec.driver.{}", field);
    }
    if (path.starts_with("metadata.ownerReferences")) return "operator";
    if (is_in(path, "C.securityContext")) return "operator";
    if (path.starts_with("spec.initContainers[spark-conf]")) return "operator";
    if (path.starts_with("C.env[") && has_item("env", bracketed(path))) return "spec.driver.env";
    if (path.starts_with("C.ports[") && has_item("ports", bracketed(path))) {
      return "spec.driver.ports";
    }
    if (path.starts_with("C.args[")) return reason_of_argument(path);
    const bool volume = path.starts_with("spec.volumes[") || path.starts_with("C.volumeMounts[");
    if (volume && has_volume(bracketed(path))) return "spec.volumes";
    return std::string(kSpark);
  }

  // driver --properties-file P --class MAIN RESOURCE ARGUMENTS...
  std::string reason_of_argument(const std::string& path) const {
    const std::string_view value = json::string_at(application_, {"spec", "mainClass"});
    const json::Array& arguments = json::array_at(application_, {"spec", "arguments"});
    const json::Array& containers = json::array_at(submission_.driver_pod, {"spec", "containers"});
    const auto own = std::ranges::find_if(containers, [](const json::Value& container) {
      return json::string_at(container, "name") == kDriverContainer;
    });
    if (own == containers.end()) return std::string(kSpark);
    const json::Array& all = json::array_at(*own, {"args"});
    std::size_t index = 0;
    for (const char c : bracketed(path)) index = index * 10 + static_cast<std::size_t>(c - '0');
    if (index + arguments.size() >= all.size()) return "spec.arguments";
    if (index + arguments.size() + 1 == all.size()) {
      return json::string_at(application_, {"spec", "mainApplicationFile"}).empty()
                 ? "inferred"
                 : "spec.mainApplicationFile";
    }
    const json::Value& found = all[index];
    const bool is_class =
        found.is_string() && !value.empty() && json::view(found.get_string()) == value;
    return is_class ? "spec.mainClass" : std::string(kSpark);
  }

  static std::string_view bracketed(std::string_view path) {
    const std::size_t open = path.find('[');
    return path.substr(open + 1, path.find(']', open) - open - 1);
  }

  bool driver(std::string_view field) const {
    return json::find(application_, {"spec", "driver", field}) != nullptr;
  }
  bool has_item(std::string_view field, std::string_view name) const {
    return std::ranges::any_of(
        json::array_at(application_, {"spec", "driver", field}),
        [&](const json::Value& item) { return json::string_at(item, "name") == name; });
  }
  bool has_volume(std::string_view name) const {
    return std::ranges::any_of(
        json::array_at(application_, {"spec", "volumes"}),
        [&](const json::Value& item) { return json::string_at(item, "name") == name; });
  }

  const Submission& submission_;
  const json::Value& application_;
  const std::string container_;
  const std::string object_;
  std::vector<Explanation> out_;
};

}  // namespace

std::vector<Explanation> explain(const Submission& submission, const json::Value& application) {
  return Explainer(submission, application).all();
}

}  // namespace firesteel::spark
