#include "apiserver/rbac.h"

#include <boost/json/array.hpp>
#include <unordered_map>

#include "kube/object.h"
#include "kube/selector.h"

namespace firesteel::apiserver {
namespace {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>()(text);
  }
};
template <typename T>
using ByName = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

using Rules = std::vector<PolicyRule>;
using SharedRules = std::shared_ptr<const Rules>;

std::vector<std::string> strings_at(const json::Value& value, std::string_view key) {
  std::vector<std::string> out;
  for (const json::Value& item : json::array_at(value, {key})) {
    if (item.is_string()) out.emplace_back(json::view(item.get_string()));
  }
  return out;
}

}  // namespace

std::vector<PolicyRule> rules_of_role(const json::Value& role) {
  Rules rules;
  for (const json::Value& rule : json::array_at(role, {"rules"})) {
    rules.push_back({.verbs = strings_at(rule, "verbs"),
                     .groups = strings_at(rule, "apiGroups"),
                     .resources = strings_at(rule, "resources"),
                     .resource_names = strings_at(rule, "resourceNames"),
                     .non_resource_urls = strings_at(rule, "nonResourceURLs")});
  }
  return rules;
}

namespace {

bool contains_or_star(const std::vector<std::string>& list, std::string_view value) {
  return std::ranges::any_of(list, [&](const std::string& at) { return at == "*" || at == value; });
}

// "pods", "pods/log", "*", "*/scale": as rbac/v1 EvaluationHelpers' ResourceMatches.
bool resource_matches(const std::vector<std::string>& list, const Attributes& attributes) {
  for (const std::string& at : list) {
    if (at == "*") return true;
    const std::size_t slash = at.find('/');
    const std::string_view resource = std::string_view(at).substr(0, slash);
    const std::string_view subresource =
        slash == std::string::npos ? std::string_view() : std::string_view(at).substr(slash + 1);
    if (subresource != attributes.subresource) continue;
    if (resource == attributes.resource) return true;
    if (resource == "*" && !subresource.empty()) return true;
  }
  return false;
}

bool url_matches(const std::vector<std::string>& list, std::string_view path) {
  for (const std::string& at : list) {
    if (at == "*" || at == path) return true;
    if (at.ends_with('*') && path.starts_with(std::string_view(at).substr(0, at.size() - 1))) {
      return true;
    }
  }
  return false;
}

// ClusterRoles by name, aggregation resolved: an aggregated role has the rules of all roles that
// its selectors match, and of those that they aggregate in turn. Its own rules are what a
// controller would have written there: ignored.
class Aggregation {
 public:
  explicit Aggregation(std::span<const json::Document> roles) : roles_(roles) {}

  ByName<SharedRules> resolve() const {
    ByName<SharedRules> out;
    for (const json::Document& role : roles_) {
      std::set<std::string, std::less<>> seen;
      Rules rules;
      collect(*role, seen, rules);
      out[std::string(kube::name_of(*role))] = std::make_shared<const Rules>(std::move(rules));
    }
    return out;
  }

 private:
  void collect(const json::Value& role, std::set<std::string, std::less<>>& seen,
               Rules& out) const {
    if (!seen.emplace(kube::name_of(role)).second) return;
    const json::Value* aggregation = json::find(role, "aggregationRule");
    if (aggregation == nullptr || !aggregation->is_object()) {
      Rules own = rules_of_role(role);
      std::ranges::move(own, std::back_inserter(out));
      return;
    }
    for (const json::Value& text : json::array_at(*aggregation, {"clusterRoleSelectors"})) {
      const Result<kube::LabelSelector> selector = kube::LabelSelector::from_json(text);
      if (!selector) continue;
      for (const json::Document& other : roles_) {
        if (selector->matches_object(*other)) collect(*other, seen, out);
      }
    }
  }

  std::span<const json::Document> roles_;
};

}  // namespace

bool rule_allows(const PolicyRule& rule, const Attributes& attributes) {
  if (!contains_or_star(rule.verbs, attributes.verb)) return false;
  if (!attributes.is_resource()) return url_matches(rule.non_resource_urls, attributes.path);
  if (!contains_or_star(rule.groups, attributes.group)) return false;
  if (!resource_matches(rule.resources, attributes)) return false;
  if (rule.resource_names.empty()) return true;
  return !attributes.name.empty() &&
         std::ranges::find(rule.resource_names, attributes.name) != rule.resource_names.end();
}

// A binding seen from one of its subjects.
struct Grant {
  SharedRules rules;    // null when the role is not there
  std::string words;    // for the reason: `ClusterRoleBinding "a" of ClusterRole "b" to Group "c"`
  std::string missing;  // for the reason of a denial when the role is not there
};

// The grants of one namespace, or of the whole cluster.
struct Grants {
  ByName<std::vector<Grant>> users, groups;

  // Calls `visit` for each grant of the user until it says false.
  template <typename Visit>
  bool each(const User& user, Visit visit) const {
    const auto all = [&](const ByName<std::vector<Grant>>& by, std::string_view name) {
      const auto at = by.find(name);
      if (at == by.end()) return true;
      return std::ranges::all_of(at->second, visit);
    };
    if (!all(users, user.name)) return false;
    return std::ranges::all_of(user.groups, [&](const auto& group) { return all(groups, group); });
  }
};

struct Authorizer::Index {
  ByName<SharedRules> cluster_roles, roles;  // the latter by "namespace/name"
  Grants cluster;
  ByName<Grants> spaces;

  // Visits the grants that count in `space` ("" = only cluster-wide ones).
  template <typename Visit>
  void each(const User& user, std::string_view space, Visit visit) const {
    if (!cluster.each(user, visit) || space.empty()) return;
    if (const auto at = spaces.find(space); at != spaces.end()) at->second.each(user, visit);
  }
};

namespace {

// Adds the binding's subjects to the grants; `title` is `RoleBinding "name/namespace"`.
void add_binding(Grants& grants, const json::Value& binding, std::string_view title,
                 SharedRules rules) {
  const std::string_view kind = json::string_at(binding, {"roleRef", "kind"});
  const std::string_view role = json::string_at(binding, {"roleRef", "name"});
  std::string missing;
  if (rules == nullptr) {
    missing = fmt::format("{}.rbac.authorization.k8s.io \"{}\" not found",
                          kind == "Role" ? "role" : "clusterrole", role);
  }
  for (const json::Value& subject : json::array_at(binding, {"subjects"})) {
    const std::string_view type = json::string_at(subject, "kind");
    const std::string_view name = json::string_at(subject, "name");
    const bool account = type == "ServiceAccount";
    if (name.empty() || (!account && type != "User" && type != "Group")) continue;
    std::string_view space = json::string_at(subject, "namespace");
    if (account && space.empty()) space = kube::namespace_of(binding);
    if (account && space.empty()) continue;
    const std::string shown = account ? fmt::format("{}/{}", name, space) : std::string(name);
    Grant grant{rules, fmt::format("{} of {} \"{}\" to {} \"{}\"", title, kind, role, type, shown),
                missing};
    auto& by = type == "Group" ? grants.groups : grants.users;
    by[account ? service_account_user(space, name) : std::string(name)].push_back(std::move(grant));
  }
}

SharedRules rules_named(const ByName<SharedRules>& roles, const std::string& name) {
  const auto at = roles.find(name);
  return at == roles.end() ? nullptr : at->second;
}

}  // namespace

Authorizer::Authorizer() : index_(std::make_shared<const Index>()) {}
Authorizer::~Authorizer() = default;

void Authorizer::rebuild(std::span<const json::Document> roles,
                         std::span<const json::Document> cluster_roles,
                         std::span<const json::Document> role_bindings,
                         std::span<const json::Document> cluster_role_bindings) {
  const ByName<SharedRules> clusterwide = Aggregation(cluster_roles).resolve();
  ByName<SharedRules> local;  // "namespace/name"
  for (const json::Document& role : roles) {
    local[kube::key_of(*role)] = std::make_shared<const Rules>(rules_of_role(*role));
  }
  auto next = std::make_shared<Index>();
  for (const json::Document& binding : cluster_role_bindings) {
    const std::string role(json::string_at(*binding, {"roleRef", "name"}));
    const bool fits = json::string_at(*binding, {"roleRef", "kind"}) == "ClusterRole";
    add_binding(next->cluster, *binding,
                fmt::format("ClusterRoleBinding \"{}\"", kube::name_of(*binding)),
                fits ? rules_named(clusterwide, role) : nullptr);
  }
  for (const json::Document& binding : role_bindings) {
    const std::string space(kube::namespace_of(*binding));
    const std::string role(json::string_at(*binding, {"roleRef", "name"}));
    const bool is_local = json::string_at(*binding, {"roleRef", "kind"}) == "Role";
    add_binding(next->spaces[space], *binding,
                fmt::format("RoleBinding \"{}/{}\"", kube::name_of(*binding), space),
                is_local ? rules_named(local, space + "/" + role) : rules_named(clusterwide, role));
  }
  next->cluster_roles = clusterwide;
  next->roles = local;
  const std::lock_guard lock(mutex_);
  index_ = std::move(next);
}

std::shared_ptr<const Authorizer::Index> Authorizer::index() const {
  const std::lock_guard lock(mutex_);
  return index_;
}

Decision Authorizer::authorize(const Attributes& attributes) const {
  const User& user = *attributes.user;
  if (user.in_group(kMastersGroup)) return {true, ""};
  Decision decision;
  const std::shared_ptr<const Index> found = index();
  found->each(user, attributes.space, [&](const Grant& grant) {
    if (grant.rules == nullptr) {
      decision.reason += (decision.reason.empty() ? "RBAC: " : ", ") + grant.missing;
      return true;
    }
    const bool allows = std::ranges::any_of(
        *grant.rules, [&](const PolicyRule& rule) { return rule_allows(rule, attributes); });
    if (allows) decision = {true, "RBAC: allowed by " + grant.words};
    return !allows;
  });
  return decision;
}

RulesInForce Authorizer::rules_for(const User& user, std::string_view space) const {
  RulesInForce out;
  if (user.in_group(kMastersGroup)) {
    out.rules.push_back({.verbs = {"*"}, .groups = {"*"}, .resources = {"*"}});
    out.rules.push_back({.verbs = {"*"}, .non_resource_urls = {"*"}});
    return out;
  }
  std::set<const Rules*> seen;
  const std::shared_ptr<const Index> found = index();
  found->each(user, space, [&](const Grant& grant) {
    if (grant.rules == nullptr) {
      out.incomplete += (out.incomplete.empty() ? "" : ", ") + grant.missing;
    } else if (seen.insert(grant.rules.get()).second) {
      std::ranges::copy(*grant.rules, std::back_inserter(out.rules));
    }
    return true;
  });
  return out;
}

std::optional<std::vector<PolicyRule>> Authorizer::rules_of_named(std::string_view space,
                                                                  std::string_view name) const {
  const std::shared_ptr<const Index> found = index();
  const SharedRules rules = space.empty()
                                ? rules_named(found->cluster_roles, std::string(name))
                                : rules_named(found->roles, fmt::format("{}/{}", space, name));
  if (rules == nullptr) return std::nullopt;
  return *rules;
}

Error forbidden(const Attributes& attributes, const Decision& decision) {
  const std::string& user = attributes.user->name;
  std::string words;
  std::string subject;
  if (!attributes.is_resource()) {
    words =
        fmt::format("User \"{}\" cannot {} path \"{}\"", user, attributes.verb, attributes.path);
    subject = "forbidden: ";
  } else {
    const std::string resource =
        attributes.resource + (attributes.subresource.empty() ? "" : "/" + attributes.subresource);
    words = fmt::format("User \"{}\" cannot {} resource \"{}\" in API group \"{}\"", user,
                        attributes.verb, resource, attributes.group);
    words += attributes.space.empty() ? std::string(" at the cluster scope")
                                      : fmt::format(" in the namespace \"{}\"", attributes.space);
    const std::string qualified =
        attributes.resource + (attributes.group.empty() ? "" : "." + attributes.group);
    subject = attributes.name.empty()
                  ? qualified + " is forbidden: "
                  : fmt::format("{} \"{}\" is forbidden: ", qualified, attributes.name);
  }
  if (!decision.reason.empty()) words += ": " + decision.reason;
  return Error{ErrorCode::kForbidden, subject + words, {}};
}

}  // namespace firesteel::apiserver
