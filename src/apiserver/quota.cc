#include "apiserver/quota.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace firesteel::apiserver {

namespace {

using kube::Quantity;

// Object counts that have a name of their own besides count/RESOURCE.
const std::set<std::string_view> kPlainCounts = {"pods",
                                                 "services",
                                                 "configmaps",
                                                 "secrets",
                                                 "resourcequotas",
                                                 "persistentvolumeclaims",
                                                 "replicationcontrollers"};
// Without these for every container, a quota on them would be blind.
constexpr std::string_view kMustSpecify[] = {
    "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"};

std::string count_name(const kube::Resource& resource) {
  return "count/" + resource.group_resource();
}

bool has_ended(const json::Value& pod) {
  const std::string_view phase = json::string_at(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

void add_service(Resources& usage, const json::Value& service) {
  const std::string_view type = json::string_at(service, {"spec", "type"});
  const auto ports = static_cast<std::int64_t>(json::array_at(service, {"spec", "ports"}).size());
  usage["services.nodeports"] = Quantity::of_units(type == "NodePort" ? ports : 0);
  usage["services.loadbalancers"] = Quantity::of_units(type == "LoadBalancer" ? 1 : 0);
  if (type == "LoadBalancer" &&
      json::bool_at(service, {"spec", "allocateLoadBalancerNodePorts"}, true)) {
    usage["services.nodeports"] = Quantity::of_units(ports);
  }
}

void add_claim(Resources& usage, const json::Value& claim) {
  const std::string_view storage_class = json::string_at(claim, {"spec", "storageClassName"});
  const std::string prefix = storage_class.empty()
                                 ? std::string()
                                 : fmt::format("{}.storageclass.storage.k8s.io/", storage_class);
  if (!prefix.empty()) usage[prefix + "persistentvolumeclaims"] = Quantity::of_units(1);
  const Resources requests = kube::quantities_at(claim, {"spec", "resources", "requests"});
  const auto storage = requests.find("storage");
  if (storage == requests.end()) return;
  usage["requests.storage"] = storage->second;
  if (!prefix.empty()) usage[prefix + "requests.storage"] = storage->second;
}

bool is_compute(std::string_view name) {
  return name == "cpu" || name == "memory" || name == "ephemeral-storage" ||
         name.starts_with("requests.") || name.starts_with("limits.") ||
         name.starts_with("hugepages-");
}

// One entry of scopes or scopeSelector.matchExpressions.
struct ScopeRule {
  std::string_view scope;
  std::string_view op;  // Exists, In, NotIn, DoesNotExist
  const json::Array* values;
};

std::vector<ScopeRule> scope_rules(const json::Value& quota) {
  static const json::Array kNone;
  std::vector<ScopeRule> rules;
  for (const json::Value& scope : json::array_at(quota, {"spec", "scopes"})) {
    if (scope.is_string()) rules.push_back({json::view(scope.get_string()), "Exists", &kNone});
  }
  for (const json::Value& each :
       json::array_at(quota, {"spec", "scopeSelector", "matchExpressions"})) {
    rules.push_back({json::string_at(each, "scopeName"), json::string_at(each, "operator"),
                     &json::array_at(each, {"values"})});
  }
  return rules;
}

bool matches_priority(const ScopeRule& rule, std::string_view name) {
  if (rule.op == "Exists") return !name.empty();
  if (rule.op == "DoesNotExist") return name.empty();
  const bool listed =
      std::find(rule.values->begin(), rule.values->end(), json::Value(name)) != rule.values->end();
  return rule.op == "In" ? listed : !listed;
}

bool matches_scope(const ScopeRule& rule, const json::Value& pod) {
  const bool terminating = json::int_at(pod, {"spec", "activeDeadlineSeconds"}, -1) >= 0;
  const bool best_effort = json::string_at(pod, {"status", "qosClass"}) == "BestEffort";
  if (rule.scope == "Terminating") return terminating;
  if (rule.scope == "NotTerminating") return !terminating;
  if (rule.scope == "BestEffort") return best_effort;
  if (rule.scope == "NotBestEffort") return !best_effort;
  if (rule.scope == "PriorityClass") {
    return matches_priority(rule, json::string_at(pod, {"spec", "priorityClassName"}));
  }
  return false;  // refused when it is stored
}

}  // namespace

Resources usage_of(const kube::Resource& resource, const json::Value& object) {
  Resources usage{{count_name(resource), Quantity::of_units(1)}};
  if (!resource.group.empty()) return usage;
  const bool pod = resource.plural == "pods";
  if (kPlainCounts.contains(resource.plural) && !(pod && has_ended(object))) {
    usage[resource.plural] = Quantity::of_units(1);
  }
  if (pod && !has_ended(object)) {
    kube::count_compute(usage, kube::pod_resources(object, "requests"),
                        kube::pod_resources(object, "limits"));
  }
  if (resource.plural == "services") add_service(usage, object);
  if (resource.plural == "persistentvolumeclaims") add_claim(usage, object);
  return usage;
}

std::vector<std::string> counted_names(const json::Value& quota, const kube::Resource& resource) {
  std::vector<std::string> names;
  const bool core = resource.group.empty();
  for (const auto& member : json::object_at(quota, {"spec", "hard"})) {
    const std::string_view name = member.key();
    const bool storage = name == "requests.storage" || name.contains(".storageclass.storage.");
    bool counted = name == count_name(resource);
    counted = counted || (core && kPlainCounts.contains(name) && name == resource.plural);
    counted = counted || (core && resource.plural == "pods" && is_compute(name) && !storage);
    counted = counted || (core && resource.plural == "services" && name.starts_with("services."));
    counted = counted || (core && resource.plural == "persistentvolumeclaims" && storage);
    if (counted) names.emplace_back(name);
  }
  return names;
}

bool in_scope(const json::Value& quota, const kube::Resource& resource, const json::Value& object) {
  const std::vector<ScopeRule> rules = scope_rules(quota);
  if (rules.empty()) return true;
  if (resource != kube::resources::kPods) return false;
  return std::all_of(rules.begin(), rules.end(),
                     [&](const ScopeRule& rule) { return matches_scope(rule, object); });
}

Resources only(const Resources& resources, const std::vector<std::string>& names) {
  Resources out;
  for (const std::string& name : names) {
    const auto found = resources.find(name);
    if (found != resources.end()) out.insert(*found);
  }
  return out;
}

std::string unspecified(const json::Value& quota, const json::Value& pod) {
  std::map<std::string_view, std::set<std::string_view>> missing;
  const json::Object& hard = json::object_at(quota, {"spec", "hard"});
  for (std::string_view list : {"containers", "initContainers"}) {
    for (const json::Value& container : json::array_at(pod, {"spec", list})) {
      Resources usage;
      kube::count_compute(usage, kube::quantities_at(container, {"resources", "requests"}),
                          kube::quantities_at(container, {"resources", "limits"}));
      for (std::string_view name : kMustSpecify) {
        if (json::find(hard, name) != nullptr && !usage.contains(name)) {
          missing[name].insert(json::string_at(container, "name"));
        }
      }
    }
  }
  std::string out;
  for (const auto& [name, containers] : missing) {
    out += fmt::format("{}{} for: {}", out.empty() ? "must specify " : "; ", name,
                       fmt::join(containers, ","));
  }
  return out;
}

bool counts_any(const json::Value& quota, const kube::Resource& resource) {
  return !counted_names(quota, resource).empty();
}

std::vector<Problem> validate_quota(const json::Value& quota) {
  std::vector<Problem> problems;
  for (const auto& member : json::object_at(quota, {"spec", "hard"})) {
    const auto quantity = Quantity::from_json(member.value());
    if (quantity && !quantity->is_negative()) continue;
    problems.push_back({fmt::format("spec.hard[{}]", std::string_view(member.key())),
                        quantity ? fmt::format("Invalid value: \"{}\": must be greater than or "
                                               "equal to 0",
                                               quantity->text())
                                 : fmt::format("Invalid value: {}", quantity.error().message),
                        "FieldValueInvalid"});
  }
  static const std::set<std::string_view> kScopes = {
      "BestEffort", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating"};
  const std::vector<ScopeRule> rules = scope_rules(quota);
  for (const ScopeRule& rule : rules) {
    if (kScopes.contains(rule.scope)) continue;
    problems.push_back(
        {"spec.scopes",
         fmt::format("Unsupported value: \"{}\": supported values: {}", rule.scope,
                     "\"BestEffort\", \"NotBestEffort\", \"NotTerminating\", \"PriorityClass\", "
                     "\"Terminating\""),
         "FieldValueNotSupported"});
  }
  if (rules.empty()) return problems;
  for (const auto& member : json::object_at(quota, {"spec", "hard"})) {
    const std::string_view name = member.key();
    if (name == "pods" || name == "count/pods" || is_compute(name)) continue;
    problems.push_back(
        {"spec.scopes",
         fmt::format("Invalid value: \"{}\": unsupported scope applied to resource", name),
         "FieldValueInvalid"});
  }
  return problems;
}

}  // namespace firesteel::apiserver
