#include "apiserver/escalation.h"

#include <boost/json/array.hpp>

#include "apiserver/core.h"
#include "kube/object.h"

namespace firesteel::apiserver {

namespace {

constexpr std::string_view kGroup = "rbac.authorization.k8s.io";
// A role that is broken down to more parts than this is not compared but refused to all but those
// who may escalate.
constexpr std::size_t kMaxParts = 20000;

bool has(const std::vector<std::string>& list, const std::string& value) {
  return std::ranges::find(list, value) != list.end();
}

bool has_or_star(const std::vector<std::string>& list, const std::string& value) {
  return has(list, "*") || has(list, value);
}

// "pods/log" is covered by itself, "*" and "*/log".
bool covers_resource(const std::vector<std::string>& list, const std::string& resource) {
  if (has_or_star(list, resource)) return true;
  const std::size_t slash = resource.find('/');
  return slash != std::string::npos && has(list, "*" + resource.substr(slash));
}

bool covers_url(const std::vector<std::string>& list, const std::string& url) {
  return std::ranges::any_of(list, [&](const std::string& at) {
    if (at == "*" || at == url) return true;
    return at.ends_with('*') && url.starts_with(at.substr(0, at.size() - 1));
  });
}

// `part` has one value in each list that it has.
bool covers(const PolicyRule& held, const PolicyRule& part) {
  if (!has_or_star(held.verbs, part.verbs.front())) return false;
  if (!part.non_resource_urls.empty()) {
    return covers_url(held.non_resource_urls, part.non_resource_urls.front());
  }
  if (!has_or_star(held.groups, part.groups.front())) return false;
  if (!covers_resource(held.resources, part.resources.front())) return false;
  if (held.resource_names.empty()) return true;
  return !part.resource_names.empty() && has(held.resource_names, part.resource_names.front());
}

void break_down(const PolicyRule& rule, std::vector<PolicyRule>& out) {
  const std::vector<std::string> any = {""};
  for (const std::string& verb : rule.verbs) {
    for (const std::string& url : rule.non_resource_urls) {
      out.push_back({.verbs = {verb}, .non_resource_urls = {url}});
    }
    for (const std::string& group : rule.groups) {
      for (const std::string& resource : rule.resources) {
        for (const std::string& name : rule.resource_names.empty() ? any : rule.resource_names) {
          PolicyRule part{.verbs = {verb}, .groups = {group}, .resources = {resource}};
          if (!name.empty()) part.resource_names = {name};
          out.push_back(std::move(part));
          if (out.size() > kMaxParts) return;
        }
      }
    }
  }
}

std::string quoted(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& each : list) out += (out.empty() ? "\"" : ", \"") + each + "\"";
  return out;
}

// As kube-apiserver's CompactString: `{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}`.
std::string text_of(const PolicyRule& rule) {
  std::string out;
  const auto add = [&out](std::string_view name, const std::vector<std::string>& list) {
    if (list.empty()) return;
    out += fmt::format("{}{}:[{}]", out.empty() ? "" : ", ", name, quoted(list));
  };
  add("APIGroups", rule.groups);
  add("Resources", rule.resources);
  add("NonResourceURLs", rule.non_resource_urls);
  add("ResourceNames", rule.resource_names);
  add("Verbs", rule.verbs);
  return "{" + out + "}";
}

// Parts that differ only in the verb become one again, so that the message stays readable.
std::vector<std::string> texts_of(std::vector<PolicyRule> parts) {
  std::vector<PolicyRule> merged;
  for (PolicyRule& part : parts) {
    const auto same = std::ranges::find_if(merged, [&](const PolicyRule& other) {
      return other.groups == part.groups && other.resources == part.resources &&
             other.resource_names == part.resource_names &&
             other.non_resource_urls == part.non_resource_urls;
    });
    if (same == merged.end()) {
      merged.push_back(std::move(part));
    } else {
      same->verbs.push_back(std::move(part.verbs.front()));
    }
  }
  std::vector<std::string> out;
  for (const PolicyRule& rule : merged) out.push_back(text_of(rule));
  std::ranges::sort(out);
  return out;
}

bool may(const Call& call, std::string_view verb, std::string_view resource, std::string_view space,
         std::string_view name) {
  Attributes attributes;
  attributes.user = &call.user;
  attributes.verb = verb;
  attributes.group = kGroup;
  attributes.resource = resource;
  attributes.space = space;
  attributes.name = name;
  return call.authorizer->authorize(attributes).allowed;
}

Result<void> check_held(const Call& call, const json::Value& object,
                        const std::vector<PolicyRule>& asked) {
  const RulesInForce held = call.authorizer->rules_for(call.user, call.path.space);
  std::vector<PolicyRule> missing = missing_rules(held.rules, asked);
  if (missing.empty()) return {};
  std::string message = fmt::format(
      "{} \"{}\" is forbidden: user \"{}\" (groups=[{}]) is attempting to grant RBAC permissions "
      "not currently held:",
      call.resource().group_resource(), kube::name_of(object), call.user.name,
      quoted(call.user.groups));
  for (const std::string& text : texts_of(std::move(missing))) message += "\n" + text;
  if (!held.incomplete.empty()) message += "; resolution errors: [" + held.incomplete + "]";
  return fail(ErrorCode::kForbidden, message);
}

bool unchanged(const json::Value& object, const json::Value* before, std::string_view member) {
  if (before == nullptr) return false;
  const json::Value* now = json::find(object, member);
  const json::Value* old = json::find(*before, member);
  return (now == nullptr) == (old == nullptr) && (now == nullptr || *now == *old);
}

Result<void> check_role(const Call& call, const json::Value& object, const json::Value* before) {
  if (unchanged(object, before, "rules") && unchanged(object, before, "aggregationRule")) return {};
  const std::string& plural = call.resource().plural;
  if (may(call, "escalate", plural, call.path.space, kube::name_of(object))) return {};
  std::vector<PolicyRule> asked = rules_of_role(object);
  // What an aggregated role will hold is not known: only who holds everything may write one.
  if (json::find(object, "aggregationRule") != nullptr &&
      !json::find(object, "aggregationRule")->is_null()) {
    asked.push_back({.verbs = {"*"}, .groups = {"*"}, .resources = {"*"}});
    asked.push_back({.verbs = {"*"}, .non_resource_urls = {"*"}});
  }
  return check_held(call, object, asked);
}

Result<void> check_binding(const Call& call, const json::Value& object, const json::Value* before) {
  if (unchanged(object, before, "roleRef") && unchanged(object, before, "subjects")) return {};
  const bool local = json::string_at(object, {"roleRef", "kind"}) == "Role";
  const std::string_view role = json::string_at(object, {"roleRef", "name"});
  if (may(call, "bind", local ? "roles" : "clusterroles", call.path.space, role)) return {};
  const auto rules =
      call.authorizer->rules_of_named(local ? std::string_view(call.path.space) : "", role);
  if (!rules) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{} \"{}\" not found", call.resource().group_resource(), role));
  }
  return check_held(call, object, *rules);
}

}  // namespace

std::vector<PolicyRule> missing_rules(std::span<const PolicyRule> held,
                                      std::span<const PolicyRule> asked) {
  std::vector<PolicyRule> parts;
  for (const PolicyRule& rule : asked) {
    break_down(rule, parts);
    if (parts.size() > kMaxParts) return {rule};
  }
  std::erase_if(parts, [&](const PolicyRule& part) {
    return std::ranges::any_of(held, [&](const PolicyRule& rule) { return covers(rule, part); });
  });
  return parts;
}

Result<void> check_escalation(const Call& call, const json::Value& object,
                              const json::Value* before) {
  if (call.resource().group != kGroup || call.authorizer == nullptr) return {};
  if (call.user.in_group(kMastersGroup)) return {};
  const std::string& plural = call.resource().plural;
  if (plural == "roles" || plural == "clusterroles") return check_role(call, object, before);
  return check_binding(call, object, before);
}

}  // namespace firesteel::apiserver
