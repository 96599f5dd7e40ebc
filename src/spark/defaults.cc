#include "spark/defaults.h"

namespace firesteel::spark {
namespace {

constexpr std::int64_t kRetryIntervalSeconds = 5;

void set_if_missing(json::Object& object, std::string_view key, json::Value value) {
  const json::Value* at = json::find(object, key);
  if (at == nullptr || at->is_null()) object[key] = std::move(value);
}

// A member that is there with a wrong type is left for validation to name.
json::Object* object_or_created(json::Object& parent, std::string_view key) {
  set_if_missing(parent, key, json::Object{});
  return parent[key].if_object();
}

bool configured(const json::Object& spec, std::string_view key) {
  const json::Value* conf = json::find(spec, "sparkConf");
  return conf != nullptr && json::find(*conf, key) != nullptr;
}

void default_restart_policy(json::Object& spec) {
  json::Object* policy = object_or_created(spec, "restartPolicy");
  if (policy == nullptr) return;
  set_if_missing(*policy, "type", "Never");
  const json::Value& type = (*policy)["type"];
  if (!type.is_string() || json::view(type.get_string()) == "Never") return;
  set_if_missing(*policy, "onFailureRetryInterval", kRetryIntervalSeconds);
  set_if_missing(*policy, "onSubmissionFailureRetryInterval", kRetryIntervalSeconds);
}

bool default_dynamic_allocation(json::Object& spec) {
  const json::Value* conf = json::find(spec, "sparkConf");
  const bool by_conf =
      conf != nullptr && json::string_at(*conf, "spark.dynamicAllocation.enabled") == "true";
  json::Value* block = spec.if_contains("dynamicAllocation");
  if (block == nullptr || !block->is_object()) return by_conf;
  if (!json::bool_at(*block, {"enabled"})) return by_conf;
  set_if_missing(block->get_object(), "shuffleTrackingEnabled", true);
  return true;
}

}  // namespace

json::Value apply_defaults(json::Value application) {
  json::Object* root = application.if_object();
  if (root == nullptr) return application;
  json::Object* spec = object_or_created(*root, "spec");
  if (spec == nullptr) return application;
  set_if_missing(*spec, "type", "Scala");
  set_if_missing(*spec, "mode", "cluster");
  default_restart_policy(*spec);
  const bool dynamic = default_dynamic_allocation(*spec);
  if (json::Object* driver = object_or_created(*spec, "driver")) {
    if (!configured(*spec, "spark.driver.cores")) set_if_missing(*driver, "cores", 1);
    if (!configured(*spec, "spark.driver.memory")) set_if_missing(*driver, "memory", "1g");
  }
  if (json::Object* executor = object_or_created(*spec, "executor")) {
    if (!configured(*spec, "spark.executor.cores")) set_if_missing(*executor, "cores", 1);
    if (!configured(*spec, "spark.executor.memory")) set_if_missing(*executor, "memory", "1g");
    if (!dynamic && !configured(*spec, "spark.executor.instances")) {
      set_if_missing(*executor, "instances", 1);
    }
  }
  return application;
}

}  // namespace firesteel::spark
