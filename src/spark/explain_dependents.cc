#include "spark/explain_dependents.h"

#include <fmt/format.h>

#include "kube/object.h"
#include "spark/leaf_paths.h"
#include "spark/names.h"

namespace firesteel::spark {
namespace {

// A part of an object, and what decides it: a property (its origin is the reason) or a field below
// spec where the user wrote one; else `otherwise`.
struct Rule {
  std::string_view kind;
  std::string_view path;  // up to its end or to the next '.' or '['
  std::string_view key;
  std::string_view field;
  std::string_view otherwise;
};

constexpr std::string_view kSpark = "Spark";
constexpr std::string_view kOperator = "operator";

// The first that fits.
constexpr Rule kRules[] = {
    {"", "metadata.namespace", "spark.kubernetes.namespace", "", kOperator},
    {"Service", "spec.ports[driver-rpc-port]", "spark.driver.port", "", kSpark},
    {"Service", "spec.ports[blockmanager]", "spark.driver.blockManager.port", "", kSpark},
    {"Service", "spec.ports[spark-ui]", "spark.ui.port", "", kSpark},
    {"Service", "spec.ports[spark-connect]", "spark.connect.grpc.binding.port", "", kSpark},
    {"Service", "spec.ipFamilies", "spark.kubernetes.driver.service.ipFamilies", "", kSpark},
    {"Service", "spec.ipFamilyPolicy", "spark.kubernetes.driver.service.ipFamilyPolicy", "",
     kSpark},
    {"Service", "spec.publishNotReadyAddresses",
     "spark.kubernetes.driver.service.publishNotReadyAddresses", "", kSpark},
    {"Service", "", "", "", kSpark},
    {"NetworkPolicy", "", "", "", kSpark},
    {"PersistentVolumeClaim", "metadata.name", "", "", kSpark},
    {"PersistentVolumeClaim", "", "", "sparkConf", kSpark},
    {"PodGroup", "spec.minResources", "", "batchSchedulerOptions.resources", ""},
    {"PodGroup", "spec.queue", "", "batchSchedulerOptions.queue", ""},
    {"PodGroup", "spec.priorityClassName", "", "batchSchedulerOptions.priorityClassName", ""},
    {"PodGroup", "", "", "batchScheduler", kOperator},
    {"PodDisruptionBudget", "metadata.name", "spark.kubernetes.driver.pod.name", "", kOperator},
    {"PodDisruptionBudget", "", "", "driverPodDisruptionBudget", kOperator},
    {"ConfigMap", "data[metrics.properties]", "", "monitoring.metricsProperties", kOperator},
    {"ConfigMap", "data[prometheus.yaml]", "", "monitoring.prometheus.configuration", kOperator},
    {"ConfigMap", "data[podspec-configmap-key]", "", "executor", kOperator},
    {"ConfigMap", "data[main.py]", "", "mainApplicationFile", kOperator},
    {"ConfigMap", "data[main.R]", "", "mainApplicationFile", kOperator},
    {"ConfigMap", "data[spark.kubernetes.namespace]", "spark.kubernetes.namespace", "", kSpark},
    {"ConfigMap", "data[spark.properties]", "", "", kSpark},
    {"Secret", "stringData", "", "sparkConf", kOperator},
};

class Explainer {
 public:
  Explainer(const Submission& submission, const json::Value& application, const json::Value& object,
            std::vector<Explanation>& out)
      : conf_(submission.conf),
        application_(application),
        kind_(json::string_at(object, "kind")),
        id_(fmt::format("{}/{}", kind_, kube::name_of(object))),
        out_(out) {
    for_each_leaf(object, is_map,
                  [this](const std::string& path) { out_.push_back({id_, path, reason(path)}); });
  }

 private:
  static bool is_map(std::string_view path) {
    return path.ends_with("labels") || path.ends_with("annotations") ||
           path.ends_with("selector") || path.ends_with("matchLabels") || path == "data" ||
           path == "stringData";
  }

  std::string reason(const std::string& path) const {
    if (is_in(path, "metadata.labels") || is_in(path, "metadata.annotations") ||
        is_in(path, "spec.selector")) {
      return reason_of_entry(path);
    }
    for (const Rule& rule : kRules) {
      if ((!rule.kind.empty() && rule.kind != kind_) || !is_in(path, rule.path)) continue;
      if (!rule.key.empty() && conf_.has(rule.key)) return conf_.origin(rule.key);
      if (!rule.field.empty() && given(rule.field)) return fmt::format("spec.{}", rule.field);
      if (!rule.otherwise.empty()) return std::string(rule.otherwise);
    }
    // Names and the fixed parts of Spark's own maps are Spark's, all else is ours.
    const bool sparks = is_in(path, "immutable") || id_.ends_with("-conf-map");
    return std::string(sparks ? kSpark : kOperator);
  }

  // Labels, annotations and the selector, which is the driver's labels.
  std::string reason_of_entry(const std::string& path) const {
    const std::size_t open = path.find('[');
    if (open == std::string::npos) return std::string(kOperator);
    const std::string key = path.substr(open + 1, path.size() - open - 2);
    const std::string_view family = is_in(path, "metadata.annotations") ? "service.annotation"
                                    : is_in(path, "metadata.labels")    ? "service.label"
                                                                        : "label";
    if (kind_ == "Service") {
      const std::string property = fmt::format("spark.kubernetes.driver.{}.{}", family, key);
      if (conf_.has(property)) return conf_.origin(property);
    }
    if (kind_ == "PersistentVolumeClaim" && !key.starts_with("spark-")) return "spec.sparkConf";
    return std::string(key.starts_with("sparkoperator.k8s.io/") ? kOperator : kSpark);
  }

  bool given(std::string_view field) const {
    const json::Value* at = json::find(application_, "spec");
    while (at != nullptr && !field.empty()) {
      const std::string_view name = field.substr(0, field.find('.'));
      field.remove_prefix(std::min(name.size() + 1, field.size()));
      at = json::find(*at, name);
    }
    return at != nullptr;
  }

  const Conf& conf_;
  const json::Value& application_;
  const std::string kind_;
  const std::string id_;
  std::vector<Explanation>& out_;
};

}  // namespace

void explain_dependents(const Submission& submission, const json::Value& application,
                        std::vector<Explanation>& out) {
  for (const json::Value& object : submission.dependents) {
    Explainer(submission, application, object, out);
  }
}

}  // namespace firesteel::spark
