#include "apiserver/access_review.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "net/tls.h"

namespace firesteel::apiserver {
namespace {

class NoObjects final : public ObjectSource {
 public:
  json::Document get(const kube::Resource& resource, std::string_view,
                     std::string_view name) const override {
    if (resource != kube::resources::kServiceAccounts || name != "robot") return nullptr;
    return std::make_shared<const json::Value>(*json::parse(R"({"metadata": {"uid": "u"}})"));
  }
  std::vector<json::Document> list(const kube::Resource&, std::string_view) const override {
    return {};
  }
};

class Reviews : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<json::Document> roles;
    std::vector<json::Document> bindings;
    roles.push_back(std::make_shared<const json::Value>(*json::parse(R"({"metadata":
        {"name": "r", "namespace": "a"}, "rules": [{"apiGroups": [""], "resources": ["pods"],
        "verbs": ["list"]}]})")));
    bindings.push_back(std::make_shared<const json::Value>(*json::parse(R"({"metadata":
        {"name": "b", "namespace": "a"}, "roleRef": {"kind": "Role", "name": "r"},
        "subjects": [{"kind": "User", "name": "jane"}, {"kind": "Group", "name": "dev"}]})")));
    authorizer_.rebuild(roles, {}, bindings, {});
  }
  // The status as text, or the path of the first problem, or the message.
  std::string ask(std::string_view kind, std::string_view spec, std::string_view space = "") {
    const json::Value request = *json::parse(fmt::format(R"({{"spec": {}}})", spec));
    const auto answer = answer_review(kind, request, space, jane_, authorizer_, authenticator_,
                                      *parse_time("2026-01-01T00:00:00Z"));
    if (answer) {
      EXPECT_EQ(json::string_at(*answer, "kind"), kind);
      return json::print(*json::find(*answer, "status"));
    }
    const Error& error = answer.error();
    return error.problems.empty() ? error.message : error.problems[0].path;
  }

  User jane_{"jane", "7", {"system:authenticated"}, {{"k", {"v"}}}};
  NoObjects objects_;
  Authorizer authorizer_;
  ManualClock clock_{*parse_time("2026-11-22T12:00:00Z")};
  std::string key_ = *net::make_signing_key_pem();
  Authenticator authenticator_{{.key_pem = key_}, objects_, authorizer_, clock_};
};

TEST_F(Reviews, OfOnesOwnAccess) {
  constexpr std::string_view kKind = "SelfSubjectAccessReview";
  EXPECT_EQ(ask(kKind, R"({"resourceAttributes": {"verb": "list", "resource": "pods",
                           "namespace": "a"}})"),
            R"({"allowed":true,"reason":"RBAC: allowed by RoleBinding \"b/a\" of Role \"r\" to )"
            R"(User \"jane\""})");
  EXPECT_EQ(ask(kKind, R"({"resourceAttributes": {"verb": "list", "resource": "pods",
                           "namespace": "b"}})"),
            R"({"allowed":false})");
  EXPECT_EQ(ask(kKind, R"({"nonResourceAttributes": {"verb": "get", "path": "/metrics"}})"),
            R"({"allowed":false})");
  EXPECT_EQ(ask(kKind, R"({"resourceAttributes": {"verb": "list"}})"), R"({"allowed":false})");
  EXPECT_EQ(ask(kKind, "{}"), "spec.resourceAttributes");
  EXPECT_EQ(ask(kKind, R"({"resourceAttributes": {}, "nonResourceAttributes": {}})"),
            "spec.nonResourceAttributes");
}

TEST_F(Reviews, OfOthersAccess) {
  constexpr std::string_view kKind = "SubjectAccessReview";
  const std::string yes = ask(kKind, R"({"groups": ["dev"], "resourceAttributes":
      {"verb": "list", "resource": "pods", "namespace": "a"}})");
  EXPECT_NE(yes.find("\"allowed\":true"), std::string::npos);
  EXPECT_EQ(ask(kKind, R"({"user": "joe", "resourceAttributes": {"verb": "list",
                           "resource": "pods", "namespace": "a"}})"),
            R"({"allowed":false})");
  EXPECT_EQ(ask(kKind, R"({"resourceAttributes": {"verb": "list"}})"), "spec.user");
  constexpr std::string_view kLocal = "LocalSubjectAccessReview";
  constexpr std::string_view kSpec = R"({"user": "jane", "resourceAttributes": {"verb": "list",
      "resource": "pods", "namespace": "a"}})";
  EXPECT_NE(ask(kLocal, kSpec, "a").find("\"allowed\":true"), std::string::npos);
  EXPECT_EQ(ask(kLocal, kSpec, "b"), "spec.resourceAttributes.namespace");
  EXPECT_EQ(ask(kLocal, R"({"user": "jane"})", "b"), "spec.resourceAttributes");
}

TEST_F(Reviews, OfOnesRules) {
  constexpr std::string_view kKind = "SelfSubjectRulesReview";
  EXPECT_EQ(ask(kKind, R"({"namespace": "a"})"),
            R"({"resourceRules":[{"verbs":["list"],"apiGroups":[""],"resources":["pods"]}],)"
            R"("nonResourceRules":[],"incomplete":false})");
  EXPECT_EQ(ask(kKind, "{}"), "spec.namespace");
}

TEST_F(Reviews, OfOneself) {
  EXPECT_EQ(ask("SelfSubjectReview", "{}"),
            R"({"userInfo":{"username":"jane","uid":"7","groups":["system:authenticated"],)"
            R"("extra":{"k":["v"]}}})");
}

TEST_F(Reviews, OfTokens) {
  TokenClaims claims;
  claims.space = "a";
  claims.service_account = "robot";
  claims.service_account_uid = "u";
  const std::string token = *issue_token(claims, key_, clock_.now());
  const std::string good = ask("TokenReview", fmt::format(R"({{"token": "{}"}})", token));
  EXPECT_NE(good.find(R"("authenticated":true,"user":{"username":"system:serviceaccount:a:robot")"),
            std::string::npos)
      << good;
  EXPECT_EQ(ask("TokenReview", R"({"token": "x"})"),
            R"({"user":{},"error":"not a JSON Web Token: it must have three parts"})");
  EXPECT_NE(ask("TokenReview", "{}").find("token is required"), std::string::npos);
  EXPECT_EQ(ask("PodReview", "{}"), "there is no review of kind PodReview");
}

}  // namespace
}  // namespace firesteel::apiserver
