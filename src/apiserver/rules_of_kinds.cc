#include "apiserver/rules_of_kinds.h"

#include "apiserver/pod_validation.h"
#include "kube/loop/cron.h"
#include "kube/object.h"

namespace firesteel::apiserver {

namespace {

using Problems = std::vector<Problem>;

// Of all the data of a ConfigMap or Secret. Source: core/v1 MaxSecretSize.
constexpr std::size_t kMaxDataBytes = 1024 * 1024;

// Source: apimachinery validation IsConfigMapKey.
bool is_key(std::string_view key) {
  if (key.empty() || key.size() > 253 || key == "." || key.starts_with("..")) return false;
  return std::ranges::all_of(key, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  });
}

// Gives the size of the values.
std::size_t check_keys(const json::Value& object, std::string_view member, Problems& problems) {
  std::size_t bytes = 0;
  for (const auto& each : json::object_at(object, {member})) {
    const std::string_view key = each.key();
    if (const json::String* text = each.value().if_string()) bytes += text->size();
    if (is_key(key)) continue;
    problems.push_back(
        {fmt::format("{}[{}]", member, key),
         fmt::format("Invalid value: \"{}\": a valid config key must consist of alphanumeric "
                     "characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
                     "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
                     key),
         "FieldValueInvalid"});
  }
  return bytes;
}

Problem too_large(std::string path) {
  return {std::move(path), fmt::format("Too long: may not be more than {} bytes", kMaxDataBytes),
          "FieldValueTooLong"};
}

void require_key(const json::Value& secret, std::string_view key, Problems& problems) {
  if (json::find(secret, {"data", key}) != nullptr) return;
  problems.push_back({fmt::format("data[{}]", key), "Required value", "FieldValueRequired"});
}

void require_items(const json::Value& rule, std::string_view member, const std::string& path,
                   std::string_view why, Problems& problems) {
  if (!json::array_at(rule, {member}).empty()) return;
  problems.push_back({fmt::format("{}.{}", path, member), fmt::format("Required value: {}", why),
                      "FieldValueRequired"});
}

}  // namespace

void check_config_map(const json::Value& object, Problems& problems) {
  std::size_t bytes = 0;
  for (const auto& each : json::object_at(object, {"data"})) {
    if (json::find(object, {"binaryData", std::string_view(each.key())}) == nullptr) continue;
    problems.push_back({fmt::format("data[{}]", std::string_view(each.key())),
                        fmt::format("Invalid value: \"{}\": duplicate of key present in binaryData",
                                    std::string_view(each.key())),
                        "FieldValueInvalid"});
  }
  bytes += check_keys(object, "data", problems);
  bytes += check_keys(object, "binaryData", problems) / 4 * 3;
  if (bytes > kMaxDataBytes) problems.push_back(too_large("[]"));
}

void check_secret(const json::Value& object, Problems& problems) {
  const std::size_t bytes = check_keys(object, "data", problems) / 4 * 3;
  if (bytes > kMaxDataBytes) problems.push_back(too_large("data"));
  const std::string_view type = json::string_at(object, "type");
  if (type == "kubernetes.io/dockerconfigjson") {
    require_key(object, ".dockerconfigjson", problems);
  } else if (type == "kubernetes.io/dockercfg") {
    require_key(object, ".dockercfg", problems);
  } else if (type == "kubernetes.io/tls") {
    require_key(object, "tls.crt", problems);
    require_key(object, "tls.key", problems);
  } else if (type == "kubernetes.io/ssh-auth") {
    require_key(object, "ssh-privatekey", problems);
  }
}

void check_claim(const json::Value& object, Problems& problems) {
  if (json::array_at(object, {"spec", "accessModes"}).empty()) {
    problems.push_back({"spec.accessModes", "Required value: at least 1 access mode is required",
                        "FieldValueRequired"});
  }
  if (json::find(object, {"spec", "resources", "requests", "storage"}) == nullptr) {
    problems.push_back({"spec.resources[storage]", "Required value", "FieldValueRequired"});
  }
}

void check_cron_job(const json::Value& object, Problems& problems) {
  const std::string_view schedule = json::string_at(object, {"spec", "schedule"});
  if (schedule.empty()) {
    problems.push_back({"spec.schedule", "Required value", "FieldValueRequired"});
  } else if (const auto cron = kube::loop::Cron::parse(schedule); !cron) {
    problems.push_back({"spec.schedule",
                        fmt::format("Invalid value: \"{}\": {}", schedule, cron.error().message),
                        "FieldValueInvalid"});
  }
  const json::Value spec(
      json::object_at(object, {"spec", "jobTemplate", "spec", "template", "spec"}));
  check_pod_spec(spec, "spec.jobTemplate.spec.template.spec", problems);
  check_job_restart(json::string_at(spec, "restartPolicy"),
                    "spec.jobTemplate.spec.template.spec.restartPolicy", problems);
}

void check_rules(const json::Value& object, bool namespaced, Problems& problems) {
  const json::Array& rules = json::array_at(object, {"rules"});
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string at = fmt::format("rules[{}]", i);
    require_items(rules[i], "verbs", at, "verbs must contain at least one value", problems);
    if (!json::array_at(rules[i], {"nonResourceURLs"}).empty()) {
      if (!namespaced) continue;
      problems.push_back({at + ".nonResourceURLs",
                          fmt::format("Invalid value: {}: namespaced rules cannot apply to "
                                      "non-resource URLs",
                                      json::array_at(rules[i], {"nonResourceURLs"}).size()),
                          "FieldValueInvalid"});
      continue;
    }
    require_items(rules[i], "apiGroups", at, "resource rules must supply at least one api group",
                  problems);
    require_items(rules[i], "resources", at, "resource rules must supply at least one resource",
                  problems);
  }
}

void check_event(const json::Value& object, Problems& problems) {
  const std::string_view about = json::string_at(object, {"involvedObject", "namespace"});
  const std::string_view space = kube::namespace_of(object);
  const bool fits = about.empty() ? space == "default" : about == space;
  if (fits) return;
  problems.push_back({"involvedObject.namespace",
                      fmt::format("Invalid value: \"{}\": does not match event.namespace", about),
                      "FieldValueInvalid"});
}

void check_job_restart(std::string_view restart, std::string path, Problems& problems) {
  if (restart == "OnFailure" || restart == "Never") return;
  problems.push_back({std::move(path), "Required value: valid values: \"OnFailure\", \"Never\"",
                      "FieldValueRequired"});
}

void check_target_port(const json::Value& port, std::size_t index, Problems& problems) {
  const json::Value* target = json::find(port, "targetPort");
  if (target == nullptr || !target->is_int64()) return;
  const std::int64_t number = target->get_int64();
  if (number >= 1 && number <= 65535) return;
  problems.push_back(
      {fmt::format("spec.ports[{}].targetPort", index),
       fmt::format("Invalid value: {}: must be between 1 and 65535, inclusive", number),
       "FieldValueInvalid"});
}

}  // namespace firesteel::apiserver
