#include "apiserver/webhook_configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "apiserver/defaults.h"
#include "base/json/print.h"
#include "kube/names.h"
#include "kube/object.h"
#include "kube/selector.h"

namespace firesteel::apiserver {

namespace {

using Problems = std::vector<Problem>;

void default_webhook(json::Value& webhook, bool mutating) {
  if (!webhook.is_object()) return;
  json::Object& object = webhook.get_object();
  set_default(object, "failurePolicy", "Fail");
  set_default(object, "matchPolicy", "Equivalent");
  set_default(object, "namespaceSelector", json::Object());
  set_default(object, "objectSelector", json::Object());
  set_default(object, "timeoutSeconds", 10);
  if (mutating) set_default(object, "reinvocationPolicy", "Never");
  if (json::find(webhook, {"clientConfig", "service"}) != nullptr) {
    set_default(json::make_object(webhook, {"clientConfig", "service"}), "port", 443);
  }
  json::Value* rules = object.if_contains("rules");
  if (rules == nullptr || !rules->is_array()) return;
  for (json::Value& rule : rules->get_array()) {
    if (rule.is_object()) set_default(rule.get_object(), "scope", "*");
  }
}

void required(Problems& problems, std::string path, std::string_view why = {}) {
  problems.push_back(
      {std::move(path),
       why.empty() ? std::string("Required value") : fmt::format("Required value: {}", why),
       "FieldValueRequired"});
}

void one_of(Problems& problems, const json::Value& webhook, std::string_view member,
            const std::string& path, std::initializer_list<std::string_view> allowed) {
  const std::string_view found = json::string_at(webhook, member);
  if (std::find(allowed.begin(), allowed.end(), found) != allowed.end()) return;
  std::string list;
  for (std::string_view each : allowed) {
    list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", each);
  }
  problems.push_back({fmt::format("{}.{}", path, member),
                      fmt::format("Unsupported value: \"{}\": supported values: {}", found, list),
                      "FieldValueNotSupported"});
}

void check_client_config(const json::Value& webhook, const std::string& path, Problems& problems) {
  const std::string_view url = json::string_at(webhook, {"clientConfig", "url"});
  const json::Value* service = json::find(webhook, {"clientConfig", "service"});
  if (url.empty() == (service == nullptr)) {
    required(problems, path, "exactly one of url or service is required");
    return;
  }
  if (service == nullptr) {
    if (!url.starts_with("https://") || url.size() == std::string_view("https://").size() ||
        url.find_first_of("@?#") != std::string_view::npos) {
      problems.push_back({path + ".url",
                          fmt::format("Invalid value: \"{}\": 'https' is the only allowed URL "
                                      "scheme; user, query and fragment are not allowed",
                                      url),
                          "FieldValueInvalid"});
    }
    return;
  }
  for (std::string_view member : {"name", "namespace"}) {
    if (json::string_at(*service, member).empty()) {
      required(problems, fmt::format("{}.service.{}", path, member));
    }
  }
  const std::int64_t port = json::int_at(*service, {"port"}, 443);
  if (port < 1 || port > 65535) {
    problems.push_back(
        {path + ".service.port",
         fmt::format("Invalid value: {}: must be between 1 and 65535, inclusive", port),
         "FieldValueInvalid"});
  }
}

void check_rules(const json::Value& webhook, const std::string& path, Problems& problems) {
  const json::Array& rules = json::array_at(webhook, {"rules"});
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string at = fmt::format("{}.rules[{}]", path, i);
    for (std::string_view member : {"operations", "apiGroups", "apiVersions", "resources"}) {
      if (json::array_at(rules[i], {member}).empty()) {
        required(problems, fmt::format("{}.{}", at, member));
      }
    }
    for (const json::Value& operation : json::array_at(rules[i], {"operations"})) {
      one_of(problems, json::Object{{"operations", operation}}, "operations", at,
             {"*", "CONNECT", "CREATE", "DELETE", "UPDATE"});
    }
    one_of(problems, rules[i], "scope", at, {"*", "Cluster", "Namespaced"});
  }
}

void check_webhook(const json::Value& webhook, const std::string& path, bool mutating,
                   Problems& problems) {
  const std::string_view name = json::string_at(webhook, "name");
  if (name.empty()) required(problems, path + ".name");
  const bool qualified =
      std::count(name.begin(), name.end(), '.') >= 2 && kube::check_dns1123_subdomain(name).empty();
  if (!name.empty() && !qualified) {
    problems.push_back({path + ".name",
                        fmt::format("Invalid value: \"{}\": should be a domain with at least three "
                                    "segments separated by dots",
                                    name),
                        "FieldValueInvalid"});
  }
  check_client_config(webhook, path + ".clientConfig", problems);
  check_rules(webhook, path, problems);
  one_of(problems, webhook, "failurePolicy", path, {"Fail", "Ignore"});
  one_of(problems, webhook, "matchPolicy", path, {"Equivalent", "Exact"});
  one_of(problems, webhook, "sideEffects", path, {"None", "NoneOnDryRun"});
  if (mutating) one_of(problems, webhook, "reinvocationPolicy", path, {"IfNeeded", "Never"});
  const std::int64_t timeout = json::int_at(webhook, {"timeoutSeconds"}, 0);
  if (timeout < 1 || timeout > 30) {
    problems.push_back({path + ".timeoutSeconds",
                        fmt::format("Invalid value: {}: the timeout value must be between 1 and 30 "
                                    "seconds",
                                    timeout),
                        "FieldValueInvalid"});
  }
  const json::Array& versions = json::array_at(webhook, {"admissionReviewVersions"});
  if (versions.empty()) {
    required(problems, path + ".admissionReviewVersions", "must specify one of v1, v1beta1");
  } else if (std::find(versions.begin(), versions.end(), json::Value("v1")) == versions.end()) {
    problems.push_back(
        {path + ".admissionReviewVersions",
         fmt::format("Invalid value: {}: must include at least one of v1", json::print(versions)),
         "FieldValueInvalid"});
  }
  if (!json::array_at(webhook, {"matchConditions"}).empty()) {
    problems.push_back({path + ".matchConditions",
                        "Forbidden: firesteel's embedded cluster evaluates no CEL expressions; use "
                        "rules, namespaceSelector and objectSelector",
                        "FieldValueForbidden"});
  }
  for (std::string_view selector : {"namespaceSelector", "objectSelector"}) {
    const json::Value* found = json::find(webhook, selector);
    if (found == nullptr) continue;
    const auto parsed =
        kube::LabelSelector::from_json(*found, fmt::format("{}.{}", path, selector));
    if (parsed) continue;
    problems.insert(problems.end(), parsed.error().problems.begin(), parsed.error().problems.end());
  }
}

bool lists(const json::Value& rule, std::string_view member, std::string_view wanted) {
  for (const json::Value& each : json::array_at(rule, {member})) {
    if (each == "*" || each == json::Value(wanted)) return true;
  }
  return false;
}

// "pods", "pods/*", "*/status", "pods/status", "*" (no subresources), "*/*". Source: rules.Matcher.
bool lists_resource(const json::Value& rule, std::string_view plural,
                    std::string_view subresource) {
  for (const json::Value& each : json::array_at(rule, {"resources"})) {
    if (!each.is_string()) continue;
    const std::string_view text = json::view(each.get_string());
    const std::size_t slash = text.find('/');
    const std::string_view resource = text.substr(0, slash);
    const std::string_view below =
        slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
    const bool resource_fits = resource == "*" || resource == plural;
    if (resource_fits && (below == "*" || below == subresource)) return true;
  }
  return false;
}

bool rule_matches(const json::Value& rule, AdmissionOperation operation,
                  const kube::Resource& resource, std::string_view subresource) {
  const std::string_view scope = json::string_at(rule, "scope");
  // A Namespace is of cluster scope though requests name it as their namespace.
  const bool cluster = resource.scope == kube::Scope::kCluster;
  if (scope == "Cluster" && !cluster) return false;
  if (scope == "Namespaced" && cluster) return false;
  return lists(rule, "operations", operation_name(operation)) &&
         lists(rule, "apiGroups", resource.group) && lists(rule, "apiVersions", resource.version) &&
         lists_resource(rule, resource.plural, subresource);
}

bool any_rule_matches(const json::Value& webhook, AdmissionOperation operation,
                      const kube::Resource& resource, std::string_view subresource) {
  for (const json::Value& rule : json::array_at(webhook, {"rules"})) {
    if (rule_matches(rule, operation, resource, subresource)) return true;
  }
  return false;
}

Result<kube::LabelSelector> selector_of(const json::Value& webhook, std::string_view member) {
  const json::Value* selector = json::find(webhook, member);
  if (selector == nullptr) return kube::LabelSelector();
  auto parsed = kube::LabelSelector::from_json(*selector, member);
  if (!parsed) parsed.error().code = ErrorCode::kInternal;
  return parsed;
}

}  // namespace

std::string_view operation_name(AdmissionOperation operation) {
  switch (operation) {
    case AdmissionOperation::kCreate:
      return "CREATE";
    case AdmissionOperation::kUpdate:
      return "UPDATE";
    case AdmissionOperation::kDelete:
      return "DELETE";
    case AdmissionOperation::kConnect:
      return "CONNECT";
  }
  return {};
}

bool is_webhook_configuration(const kube::Resource& resource) {
  return resource.group == "admissionregistration.k8s.io" &&
         (resource.kind == "ValidatingWebhookConfiguration" ||
          resource.kind == "MutatingWebhookConfiguration");
}

void default_webhook_configuration(json::Value& configuration) {
  const bool mutating = json::string_at(configuration, "kind") == "MutatingWebhookConfiguration";
  json::Value* webhooks = configuration.as_object().if_contains("webhooks");
  if (webhooks == nullptr || !webhooks->is_array()) return;
  for (json::Value& webhook : webhooks->get_array()) default_webhook(webhook, mutating);
}

Problems validate_webhook_configuration(const json::Value& configuration) {
  Problems problems;
  const bool mutating = json::string_at(configuration, "kind") == "MutatingWebhookConfiguration";
  const json::Array& webhooks = json::array_at(configuration, {"webhooks"});
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < webhooks.size(); ++i) {
    const std::string path = fmt::format("webhooks[{}]", i);
    check_webhook(webhooks[i], path, mutating, problems);
    const std::string_view name = json::string_at(webhooks[i], "name");
    if (!name.empty() && !names.insert(name).second) {
      problems.push_back(
          {path + ".name", fmt::format("Duplicate value: \"{}\"", name), "FieldValueDuplicate"});
    }
  }
  return problems;
}

std::optional<kube::Resource> matched_resource(const json::Value& webhook,
                                               AdmissionOperation operation,
                                               const Registry& registry,
                                               const ServedResource& served,
                                               std::string_view subresource) {
  if (any_rule_matches(webhook, operation, served.resource, subresource)) return served.resource;
  if (json::string_at(webhook, "matchPolicy") == "Exact") return std::nullopt;
  for (const ServedResource& other : registry.all()) {
    const bool same = other.resource.group == served.resource.group &&
                      other.resource.plural == served.resource.plural &&
                      other.resource.version != served.resource.version;
    if (same && any_rule_matches(webhook, operation, other.resource, subresource)) {
      return other.resource;
    }
  }
  return std::nullopt;
}

Result<bool> selectors_match(const json::Value& webhook, const json::Object* namespace_labels,
                             const json::Value* object, const json::Value* before) {
  if (namespace_labels != nullptr) {
    const kube::LabelSelector selector = TRY(selector_of(webhook, "namespaceSelector"));
    if (!selector.matches(*namespace_labels)) return false;
  }
  const kube::LabelSelector selector = TRY(selector_of(webhook, "objectSelector"));
  if (selector.selects_everything()) return true;
  return (object != nullptr && selector.matches_object(*object)) ||
         (before != nullptr && selector.matches_object(*before));
}

}  // namespace firesteel::apiserver
