#pragma once
// Role-based access control: the RBAC objects compiled into an index once per change, and asked for
// each request. Decides as kube-apiserver's RBAC authorizer (plugin/pkg/auth/authorizer/rbac):
// rules only allow; system:masters may do everything. Aggregated ClusterRoles are resolved here, so
// no controller has to write their rules. No I/O.
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/user.h"
#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

// What is asked. A resource request has `resource`; any other has `path`, and its verb is the HTTP
// method in lower case. The name of a list or watch is that of a field selector metadata.name=X,
// else "".
struct Attributes {
  const User* user = nullptr;  // never null when asked; must outlive the call only
  std::string verb = {};       // get list watch create update patch delete deletecollection ...
  std::string group = {};
  std::string resource = {};     // plural; "" for a non-resource request
  std::string subresource = {};  // "log", "status"
  std::string space = {};        // the namespace; "" at cluster scope and across all namespaces
  std::string name = {};
  std::string path = {};  // "/metrics"

  [[nodiscard]] bool is_resource() const { return !resource.empty(); }
};

struct Decision {
  bool allowed = false;
  // Which binding allowed it; for a denial the roles that bindings name in vain, or "".
  std::string reason = {};
};

// One rule in force, for SelfSubjectRulesReview.
struct PolicyRule {
  std::vector<std::string> verbs = {}, groups = {}, resources = {}, resource_names = {};
  std::vector<std::string> non_resource_urls = {};
  bool operator==(const PolicyRule&) const = default;
};

// What a user may do in a namespace.
struct RulesInForce {
  std::vector<PolicyRule> rules;
  // Why some may be missing (a binding names a role that is not there); "" when all are there.
  std::string incomplete;
};

// What a Role or ClusterRole itself says; malformed parts say nothing.
[[nodiscard]] std::vector<PolicyRule> rules_of_role(const json::Value& role);

// Does one rule cover the request? (Exposed for tests.)
[[nodiscard]] bool rule_allows(const PolicyRule& rule, const Attributes& attributes);

// Thread-safe: rebuild exchanges an immutable index; authorize works on the one it found.
class Authorizer {
 public:
  Authorizer();
  ~Authorizer();
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;

  // The documents are only read during the call. Malformed parts allow nothing.
  void rebuild(std::span<const json::Document> roles, std::span<const json::Document> cluster_roles,
               std::span<const json::Document> role_bindings,
               std::span<const json::Document> cluster_role_bindings);
  [[nodiscard]] Decision authorize(const Attributes& attributes) const;
  [[nodiscard]] RulesInForce rules_for(const User& user, std::string_view space) const;
  // The rules of a role: of the ClusterRole `name` when `space` is "". Nothing when it is not
  // there.
  [[nodiscard]] std::optional<std::vector<PolicyRule>> rules_of_named(std::string_view space,
                                                                      std::string_view name) const;

 private:
  struct Index;
  [[nodiscard]] std::shared_ptr<const Index> index() const;
  mutable std::mutex mutex_;
  std::shared_ptr<const Index> index_;
};

// The 403 with kube-apiserver's words: `pods is forbidden: User "x" cannot list resource "pods" in
// API group "" in the namespace "y"`, the reason of the decision after a colon when there is one.
[[nodiscard]] Error forbidden(const Attributes& attributes, const Decision& decision);

}  // namespace firesteel::apiserver
