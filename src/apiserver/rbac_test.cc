#include "apiserver/rbac.h"

#include <gtest/gtest.h>

#include "apiserver/bootstrap.h"
#include "base/json/parse.h"
#include "kube/object.h"

namespace firesteel::apiserver {
namespace {

PolicyRule rule(std::vector<std::string> verbs, std::vector<std::string> groups,
                std::vector<std::string> resources, std::vector<std::string> names = {}) {
  PolicyRule out;
  out.verbs = std::move(verbs);
  out.groups = std::move(groups);
  out.resources = std::move(resources);
  out.resource_names = std::move(names);
  return out;
}

Attributes ask(std::string verb, std::string group, std::string resource,
               std::string subresource = "", std::string name = "") {
  Attributes out;
  out.verb = std::move(verb);
  out.group = std::move(group);
  out.resource = std::move(resource);
  out.subresource = std::move(subresource);
  out.name = std::move(name);
  return out;
}

TEST(Rbac, RulesCoverWhatTheyName) {
  const PolicyRule pods = rule({"get", "list"}, {""}, {"pods"});
  const PolicyRule named = rule({"get"}, {""}, {"configmaps"}, {"a", "b"});
  const PolicyRule logs = rule({"get"}, {""}, {"pods/log"});
  const PolicyRule scales = rule({"*"}, {"apps"}, {"*/scale"});
  const PolicyRule any = rule({"*"}, {"*"}, {"*"});
  const struct {
    const PolicyRule& rule;
    Attributes asked;
    bool allowed;
  } cases[] = {
      {pods, ask("get", "", "pods"), true},
      {pods, ask("list", "", "pods", "", "x"), true},
      {pods, ask("watch", "", "pods"), false},
      {pods, ask("get", "apps", "pods"), false},
      {pods, ask("get", "", "secrets"), false},
      {pods, ask("get", "", "pods", "log"), false},
      {logs, ask("get", "", "pods", "log"), true},
      {logs, ask("get", "", "pods"), false},
      {named, ask("get", "", "configmaps", "", "a"), true},
      {named, ask("get", "", "configmaps", "", "c"), false},
      {named, ask("get", "", "configmaps"), false},
      {scales, ask("update", "apps", "deployments", "scale"), true},
      {scales, ask("update", "apps", "deployments", "status"), false},
      {scales, ask("update", "apps", "deployments"), false},
      {any, ask("delete", "x.example.com", "things", "status", "n"), true},
  };
  for (const auto& [rule, asked, allowed] : cases) {
    EXPECT_EQ(rule_allows(rule, asked), allowed)
        << asked.verb << " " << asked.group << "/" << asked.resource << "/" << asked.subresource;
  }
}

TEST(Rbac, PathsMatchExactlyOrByTheirPrefix) {
  const struct {
    std::string url, path;
    bool allowed;
  } cases[] = {
      {"/metrics", "/metrics", true}, {"/metrics", "/metrics/x", false},
      {"/api/*", "/api/v1", true},    {"/api/*", "/api", false},
      {"*", "/anything", true},       {"/api*", "/apis", true},
  };
  for (const auto& [url, path, allowed] : cases) {
    PolicyRule rule;
    rule.verbs = {"get"};
    rule.non_resource_urls = {url};
    Attributes asked;
    asked.verb = "get";
    asked.path = path;
    EXPECT_EQ(rule_allows(rule, asked), allowed) << url << " " << path;
    asked.verb = "post";
    EXPECT_FALSE(rule_allows(rule, asked));
  }
}

class RbacCluster : public ::testing::Test {
 protected:
  void SetUp() override {
    for (BootstrapObject& made : bootstrap_objects()) {
      auto document = std::make_shared<const json::Value>(std::move(made.object));
      if (made.resource == kube::resources::kClusterRoles) cluster_roles_.push_back(document);
      if (made.resource == kube::resources::kClusterRoleBindings) {
        cluster_bindings_.push_back(document);
      }
    }
    add(roles_, R"({"metadata": {"name": "pod-reader", "namespace": "a"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]})");
    add(role_bindings_, R"({"metadata": {"name": "readers", "namespace": "a"},
        "roleRef": {"kind": "Role", "name": "pod-reader"},
        "subjects": [{"kind": "User", "name": "jane"}, {"kind": "Group", "name": "dev"},
                     {"kind": "ServiceAccount", "name": "robot", "namespace": "b"},
                     {"kind": "ServiceAccount", "name": "local"}]})");
    add(role_bindings_, R"({"metadata": {"name": "editors", "namespace": "b"},
        "roleRef": {"kind": "ClusterRole", "name": "edit"},
        "subjects": [{"kind": "User", "name": "jane"}]})");
    add(role_bindings_, R"({"metadata": {"name": "lost", "namespace": "a"},
        "roleRef": {"kind": "ClusterRole", "name": "gone"},
        "subjects": [{"kind": "User", "name": "jane"}]})");
    rebuild();
  }
  static void add(std::vector<json::Document>& to, std::string_view text) {
    to.push_back(std::make_shared<const json::Value>(*json::parse(text)));
  }
  void rebuild() { authorizer_.rebuild(roles_, cluster_roles_, role_bindings_, cluster_bindings_); }
  // "list apps/deployments b" or "get core/pods/log a", "get /metrics".
  Decision may(const User& user, Attributes asked, std::string space = "") {
    asked.user = &user;
    asked.space = std::move(space);
    return authorizer_.authorize(asked);
  }

  std::vector<json::Document> roles_, cluster_roles_, role_bindings_, cluster_bindings_;
  Authorizer authorizer_;
};

TEST_F(RbacCluster, BindingsReachTheirSubjectsInTheirNamespace) {
  const User jane{"jane", "", {}, {}};
  const User dev{"joe", "", {"dev"}, {}};
  const User robot{"system:serviceaccount:b:robot", "", {}, {}};
  const User local{"system:serviceaccount:a:local", "", {}, {}};
  const User nobody{"nobody", "", {"system:authenticated"}, {}};
  const struct {
    const User& user;
    Attributes asked;
    std::string space;
    bool allowed;
  } cases[] = {
      {jane, ask("list", "", "pods"), "a", true},
      {jane, ask("list", "", "pods"), "", false},
      {jane, ask("delete", "", "pods"), "a", false},
      {jane, ask("delete", "", "pods"), "b", true},
      {jane, ask("list", "", "pods"), "c", false},
      {dev, ask("list", "", "pods"), "a", true},
      {dev, ask("list", "", "pods"), "b", false},
      {robot, ask("get", "", "pods", "", "x"), "a", true},
      {robot, ask("get", "", "pods", "", "x"), "b", false},
      {local, ask("get", "", "pods", "", "x"), "a", true},
      {nobody, ask("get", "", "pods", "", "x"), "a", false},
      {nobody, ask("create", "authorization.k8s.io", "selfsubjectaccessreviews"), "", true},
      // edit carries view's rules by aggregation, not admin's.
      {jane, ask("watch", "", "configmaps"), "b", true},
      {jane, ask("get", "", "pods", "log"), "b", true},
      {jane, ask("create", "apps", "deployments"), "b", true},
      {jane, ask("create", "rbac.authorization.k8s.io", "roles"), "b", false},
  };
  for (const auto& [user, asked, space, allowed] : cases) {
    EXPECT_EQ(may(user, asked, space).allowed, allowed)
        << user.name << " " << asked.verb << " " << asked.resource << " " << space;
  }
}

TEST_F(RbacCluster, ComponentsOfTheClusterMayDoTheirWork) {
  const User masters{"anyone", "", {"system:masters"}, {}};
  const User controllers{std::string(kControllerUser), "", {"system:authenticated"}, {}};
  const User scheduler{std::string(kSchedulerUser), "", {"system:authenticated"}, {}};
  const User node{"system:node:local", "", {"system:nodes", "system:authenticated"}, {}};
  const struct {
    const User& user;
    Attributes asked;
    bool allowed;
  } cases[] = {
      {masters, ask("escalate", "x", "y"), true},
      {controllers, ask("delete", "sparkoperator.k8s.io", "sparkapplications"), true},
      {controllers, ask("create", "apps", "replicasets"), true},
      {controllers, ask("create", "", "pods"), true},
      {controllers, ask("impersonate", "", "users"), false},
      {controllers, ask("create", "rbac.authorization.k8s.io", "clusterroles"), false},
      {scheduler, ask("create", "", "pods", "binding"), true},
      {scheduler, ask("get", "", "secrets"), false},
      {node, ask("patch", "", "pods", "status"), true},
      {node, ask("create", "", "serviceaccounts", "token"), true},
      {node, ask("update", "coordination.k8s.io", "leases"), true},
      {node, ask("list", "apps", "deployments"), false},
  };
  for (const auto& [user, asked, allowed] : cases) {
    EXPECT_EQ(may(user, asked, "default").allowed, allowed)
        << user.name << " " << asked.verb << " " << asked.resource;
  }
}

TEST_F(RbacCluster, NewRolesAreAggregatedByTheirLabels) {
  const User jane{"jane", "", {}, {}};
  const Attributes asked = ask("get", "sparkoperator.k8s.io", "sparkapplications");
  EXPECT_FALSE(may(jane, asked, "b").allowed);
  add(cluster_roles_, R"({"metadata": {"name": "spark-view",
        "labels": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}},
      "rules": [{"apiGroups": ["sparkoperator.k8s.io"], "resources": ["*"], "verbs": ["get"]}]})");
  rebuild();
  EXPECT_TRUE(may(jane, asked, "b").allowed);
}

TEST_F(RbacCluster, RolesThatAggregateEachOtherAreNoProblem) {
  add(cluster_roles_, R"({"metadata": {"name": "x", "labels": {"l": "1"}},
      "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"l": "1"}}]}})");
  rebuild();
  EXPECT_FALSE(may({"jane", "", {}, {}}, ask("get", "", "nodes")).allowed);
}

TEST_F(RbacCluster, ReasonsNameTheBinding) {
  const User jane{"jane", "", {}, {}};
  EXPECT_EQ(may(jane, ask("list", "", "pods"), "a").reason,
            "RBAC: allowed by RoleBinding \"readers/a\" of Role \"pod-reader\" to User \"jane\"");
  EXPECT_EQ(may(jane, ask("list", "", "secrets"), "a").reason,
            "RBAC: clusterrole.rbac.authorization.k8s.io \"gone\" not found");
  EXPECT_EQ(may({"joe", "", {}, {}}, ask("list", "", "secrets"), "a").reason, "");
  const User robot{"system:serviceaccount:b:robot", "", {}, {}};
  EXPECT_EQ(may(robot, ask("list", "", "pods"), "a").reason,
            "RBAC: allowed by RoleBinding \"readers/a\" of Role \"pod-reader\" to ServiceAccount "
            "\"robot/b\"");
}

TEST_F(RbacCluster, RulesInForceAreThoseOfTheNamespaceAndTheCluster) {
  const RulesInForce a = authorizer_.rules_for({"jane", "", {}, {}}, "a");
  ASSERT_EQ(a.rules.size(), 1U);
  EXPECT_EQ(a.rules[0], rule({"get", "list"}, {""}, {"pods"}));
  EXPECT_EQ(a.incomplete, "clusterrole.rbac.authorization.k8s.io \"gone\" not found");
  EXPECT_EQ(authorizer_.rules_for({"x", "", {"system:masters"}, {}}, "a").rules.size(), 2U);
}

TEST(RbacForbidden, SaysItInKubernetesWords) {
  const User x{"x", "", {}, {}};
  const struct {
    Attributes asked;
    std::string space, reason, message;
  } cases[] = {
      {ask("list", "", "pods"), "y", "",
       "pods is forbidden: User \"x\" cannot list resource \"pods\" in API group \"\" in the "
       "namespace \"y\""},
      {ask("get", "", "nodes", "", "n1"), "", "",
       "nodes \"n1\" is forbidden: User \"x\" cannot get resource \"nodes\" in API group \"\" at "
       "the cluster scope"},
      {ask("get", "apps", "deployments", "scale", "d"), "y", "RBAC: no",
       "deployments.apps \"d\" is forbidden: User \"x\" cannot get resource \"deployments/scale\" "
       "in API group \"apps\" in the namespace \"y\": RBAC: no"},
  };
  for (const auto& [asked, space, reason, message] : cases) {
    Attributes full = asked;
    full.user = &x;
    full.space = space;
    const Error error = forbidden(full, {false, reason});
    EXPECT_EQ(error.code, ErrorCode::kForbidden);
    EXPECT_EQ(error.message, message);
  }
  Attributes path;
  path.user = &x;
  path.verb = "get";
  path.path = "/metrics";
  EXPECT_EQ(forbidden(path, {}).message, "forbidden: User \"x\" cannot get path \"/metrics\"");
}

TEST(Bootstrap, ObjectsAreWhole) {
  std::set<std::string> names;
  for (const BootstrapObject& made : bootstrap_objects()) {
    EXPECT_EQ(json::string_at(made.object, "kind"), made.resource.kind);
    EXPECT_EQ(json::string_at(made.object, "apiVersion"), made.resource.api_version());
    EXPECT_TRUE(
        names.insert(made.resource.plural + "/" + std::string(kube::name_of(made.object))).second);
    for (const json::Value& rule : json::array_at(made.object, {"rules"})) {
      EXPECT_FALSE(json::array_at(rule, {"verbs"}).empty()) << kube::name_of(made.object);
    }
  }
  for (const char* name :
       {"namespaces/default", "namespaces/kube-system", "namespaces/kube-public",
        "namespaces/kube-node-lease", "clusterroles/admin", "clusterroles/system:node",
        "clusterrolebindings/cluster-admin", "priorityclasses/system-node-critical"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
  // Every binding names a role that is there.
  for (const BootstrapObject& made : bootstrap_objects()) {
    const std::string_view role = json::string_at(made.object, {"roleRef", "name"});
    if (role.empty()) continue;
    EXPECT_TRUE(names.contains("clusterroles/" + std::string(role))) << role;
  }
}

TEST(Users, ServiceAccountNamesAreTakenApart) {
  std::string space;
  std::string name;
  EXPECT_TRUE(split_service_account_user("system:serviceaccount:a:b", space, name));
  EXPECT_EQ(space + "/" + name, "a/b");
  for (const char* user : {"admin", "system:serviceaccount:a", "system:serviceaccount::b",
                           "system:serviceaccount:a:", "system:serviceaccount:a:b:c"}) {
    EXPECT_FALSE(split_service_account_user(user, space, name)) << user;
  }
}

}  // namespace
}  // namespace firesteel::apiserver
