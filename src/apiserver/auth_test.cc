#include "apiserver/auth.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "kube/object.h"
#include "net/tls.h"

namespace firesteel::apiserver {
namespace {

// A few objects in memory.
class Objects final : public ObjectSource {
 public:
  json::Document get(const kube::Resource& resource, std::string_view space,
                     std::string_view name) const override {
    const auto at = all_.find(fmt::format("{}/{}/{}", resource.plural, space, name));
    return at == all_.end() ? nullptr : at->second;
  }
  std::vector<json::Document> list(const kube::Resource&, std::string_view) const override {
    return {};
  }
  void put(std::string_view plural, std::string_view space, std::string_view name,
           std::string_view uid) {
    json::Object metadata{{"name", name}, {"namespace", space}, {"uid", uid}};
    all_[fmt::format("{}/{}/{}", plural, space, name)] =
        std::make_shared<const json::Value>(json::Object{{"metadata", std::move(metadata)}});
  }
  void drop(const std::string& key) { all_.erase(key); }

 private:
  std::map<std::string, json::Document> all_;
};

class Auth : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.key_pem = *net::make_signing_key_pem();
    objects_.put("serviceaccounts", "a", "robot", "u1");
    objects_.put("pods", "a", "p", "u2");
    claims_.space = "a";
    claims_.service_account = "robot";
    claims_.service_account_uid = "u1";
    std::vector<json::Document> roles;
    std::vector<json::Document> bindings;
    roles.push_back(std::make_shared<const json::Value>(*json::parse(R"({"metadata":
        {"name": "impersonator"}, "rules": [
        {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"],
         "resourceNames": ["jane"]},
        {"apiGroups": [""], "resources": ["groups"], "verbs": ["impersonate"],
         "resourceNames": ["dev"]},
        {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"]},
        {"apiGroups": ["authentication.k8s.io"], "resources": ["userextras/scopes", "uids"],
         "verbs": ["impersonate"]}]})")));
    bindings.push_back(std::make_shared<const json::Value>(*json::parse(R"({"metadata":
        {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": "impersonator"},
        "subjects": [{"kind": "User", "name": "boss"}]})")));
    authorizer_.rebuild({}, roles, {}, bindings);
  }

  Authenticator make() { return {options_, objects_, authorizer_, clock_}; }
  std::string token() { return *issue_token(claims_, options_.key_pem, clock_.now()); }
  static net::Request bearing(const std::string& token) {
    net::Request request;
    request.target = "/api/v1/pods";
    request.headers.add("Authorization", "Bearer " + token);
    return request;
  }
  // The user's name, or the error's message.
  std::string who(const net::Request& request) {
    const Authenticator authenticator = make();
    const Result<User> user = authenticator.authenticate(request);
    return user ? user->name : user.error().message;
  }
  // Why the token is refused, or "".
  std::string refusal(const std::string& token) {
    const Authenticator authenticator = make();
    const auto verified = authenticator.verify_token(token, {});
    return verified ? "" : verified.error().message;
  }

  AuthenticatorOptions options_;
  Objects objects_;
  Authorizer authorizer_;
  ManualClock clock_{*parse_time("2026-11-22T12:00:00Z")};
  TokenClaims claims_;
};

TEST_F(Auth, CertificatesNameTheUser) {
  net::Request request;
  request.peer = {"system:node:n", {"system:nodes"}, ""};
  const Authenticator authenticator = make();
  const Result<User> user = authenticator.authenticate(request);
  ASSERT_TRUE(user);
  EXPECT_EQ(user->name, "system:node:n");
  EXPECT_EQ(user->groups, (std::vector<std::string>{"system:nodes", "system:authenticated"}));
}

TEST_F(Auth, NobodyGetsInButForHealthAndVersion) {
  const std::pair<const char*, const char*> cases[] = {
      {"/livez", "system:anonymous"},
      {"/readyz?verbose", "system:anonymous"},
      {"/healthz/ping", "system:anonymous"},
      {"/version", "system:anonymous"},
      {"/api", "Unauthorized"},
      {"/livezz", "Unauthorized"},
      {"/versions", "Unauthorized"},
      {"/api/v1/pods", "Unauthorized"},
  };
  for (const auto& [target, expected] : cases) {
    net::Request request;
    request.target = target;
    EXPECT_EQ(who(request), expected) << target;
  }
  net::Request basic;
  basic.target = "/version";
  basic.headers.add("Authorization", "Basic YTpi");
  EXPECT_EQ(who(basic), "Unauthorized");
}

TEST_F(Auth, TokensOfServiceAccountsAreAccepted) {
  claims_.bound = {"Pod", "p", "u2"};
  const Authenticator authenticator = make();
  const Result<User> user = authenticator.authenticate(bearing(token()));
  ASSERT_TRUE(user) << user.error().message;
  EXPECT_EQ(user->name, "system:serviceaccount:a:robot");
  EXPECT_EQ(user->uid, "u1");
  EXPECT_EQ(user->groups,
            (std::vector<std::string>{"system:serviceaccounts", "system:serviceaccounts:a",
                                      "system:authenticated"}));
  EXPECT_EQ(user->extra.at("authentication.kubernetes.io/pod-name"), std::vector<std::string>{"p"});
}

TEST_F(Auth, TokensAreRefusedWhenSomethingIsWrong) {
  const std::string good = token();
  EXPECT_EQ(refusal(good), "");
  EXPECT_EQ(who(bearing("nonsense")), "Unauthorized");
  EXPECT_EQ(refusal("nonsense"), "not a JSON Web Token: it must have three parts");
  EXPECT_EQ(refusal("a.b.c"), "the token's algorithm is not ES256");
  EXPECT_EQ(refusal(std::string(20000, 'x')), "token is longer than 16 KiB");
  // {"alg":"none"} with no signature.
  const std::string payload = good.substr(good.find('.'), good.rfind('.') - good.find('.') + 1);
  EXPECT_EQ(refusal(net::base64url_encode(R"({"alg":"none"})") + payload),
            "the token's algorithm is not ES256");
  std::string changed = good;
  char& letter = changed[good.find('.') + 20];
  letter = letter == 'A' ? 'B' : 'A';
  EXPECT_EQ(refusal(changed), "the token's signature is not of this cluster's key");
  const std::string other_key = *net::make_signing_key_pem();
  EXPECT_EQ(refusal(*issue_token(claims_, other_key, clock_.now())),
            "the token's signature is not of this cluster's key");
  TokenClaims claims = claims_;
  claims.audiences = {"vault"};
  EXPECT_EQ(refusal(*issue_token(claims, options_.key_pem, clock_.now())),
            "the token is for another audience");
  claims = claims_;
  claims.issuer = "https://else.example";
  EXPECT_EQ(refusal(*issue_token(claims, options_.key_pem, clock_.now())),
            "the token's issuer is not https://kubernetes.default.svc.cluster.local");
}

TEST_F(Auth, TokensLiveNoLongerThanTheirTime) {
  const Authenticator authenticator = make();  // one, so that the second look meets its cache
  const std::string good = token();
  EXPECT_TRUE(authenticator.verify_token(good, {}));
  clock_.advance(std::chrono::seconds(3599));
  EXPECT_TRUE(authenticator.verify_token(good, {}));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(authenticator.verify_token(good, {}));
  clock_.advance(std::chrono::seconds(-3601));
  EXPECT_EQ(authenticator.verify_token(good, {}).error().message, "token is not valid yet");
}

TEST_F(Auth, TokensDieWithWhatTheyAreBoundTo) {
  const Authenticator authenticator = make();
  claims_.bound = {"Pod", "p", "u2"};
  const std::string bound = token();
  EXPECT_TRUE(authenticator.verify_token(bound, {}));
  objects_.put("pods", "a", "p", "u9");
  EXPECT_EQ(authenticator.verify_token(bound, {}).error().message,
            "token is bound to an earlier Pod a/p");
  objects_.drop("pods/a/p");
  EXPECT_EQ(authenticator.verify_token(bound, {}).error().message,
            "token is bound to Pod a/p, which is not there");
  objects_.put("pods", "a", "p", "u2");
  objects_.drop("serviceaccounts/a/robot");
  EXPECT_FALSE(authenticator.verify_token(bound, {}));
}

TEST_F(Auth, ImpersonationNeedsPermissionForEachPart) {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  const auto as = [&](const std::string& user, const Fields& fields) {
    net::Request request;
    request.peer.common_name = user;
    for (const auto& [name, value] : fields) request.headers.add(name, value);
    return who(request);
  };
  EXPECT_EQ(as("boss", {{"Impersonate-User", "jane"}}), "jane");
  EXPECT_EQ(as("boss", {{"impersonate-user", "jane"}, {"Impersonate-Group", "dev"}}), "jane");
  EXPECT_EQ(as("boss", {{"Impersonate-User", "jane"},
                        {"Impersonate-Uid", "7"},
                        {"Impersonate-Extra-Scopes", "x"}}),
            "jane");
  EXPECT_EQ(as("boss", {{"Impersonate-User", "jim"}}),
            "users \"jim\" is forbidden: User \"boss\" cannot impersonate resource \"users\" in "
            "API group \"\" at the cluster scope");
  EXPECT_EQ(as("boss", {{"Impersonate-User", "jane"}, {"Impersonate-Group", "system:masters"}}),
            "groups \"system:masters\" is forbidden: User \"boss\" cannot impersonate resource "
            "\"groups\" in API group \"\" at the cluster scope");
  EXPECT_EQ(as("boss", {{"Impersonate-User", "jane"}, {"Impersonate-Extra-Other", "x"}}),
            "userextras.authentication.k8s.io \"x\" is forbidden: User \"boss\" cannot "
            "impersonate resource \"userextras/other\" in API group \"authentication.k8s.io\" at "
            "the cluster scope");
  EXPECT_EQ(as("jane", {{"Impersonate-User", "jane"}}).substr(0, 25),
            "users \"jane\" is forbidden");
  EXPECT_NE(as("boss", {{"Impersonate-Group", "dev"}}).find("need an Impersonate-User"),
            std::string::npos);
}

TEST_F(Auth, ImpersonatedServiceAccountsHaveTheirGroups) {
  net::Request request;
  request.peer.common_name = "boss";
  request.headers.add("Impersonate-User", "system:serviceaccount:a:robot");
  const Authenticator authenticator = make();
  const Result<User> user = authenticator.authenticate(request);
  ASSERT_TRUE(user);
  EXPECT_EQ(user->groups,
            (std::vector<std::string>{"system:serviceaccounts", "system:serviceaccounts:a",
                                      "system:authenticated"}));
}

// The token request's answer as text, or the message and the path of the first problem.
std::string outcome(const Result<json::Value>& answer) {
  if (answer) return "ok";
  const Error& error = answer.error();
  return error.problems.empty() ? error.message : error.problems[0].path;
}

TEST_F(Auth, TokenRequestsAreAnswered) {
  const json::Value account = *objects_.get(kube::resources::kServiceAccounts, "a", "robot");
  json::Value pod = *objects_.get(kube::resources::kPods, "a", "p");
  pod.get_object()["spec"] = json::Object{{"serviceAccountName", "robot"}};
  const auto create = [&](std::string_view spec, const json::Value* bound) {
    const json::Value request = *json::parse(fmt::format(R"({{"spec": {}}})", spec));
    return create_token(request, account, {bound, nullptr}, options_.key_pem, clock_.now());
  };
  const Result<json::Value> plain = create("{}", nullptr);
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(json::string_at(*plain, {"status", "expirationTimestamp"}), "2026-11-22T13:00:00Z");
  EXPECT_EQ(json::int_at(*plain, {"spec", "expirationSeconds"}), 3600);
  EXPECT_EQ(refusal(std::string(json::string_at(*plain, {"status", "token"}))), "");

  constexpr std::string_view kBound =
      R"({"audiences": ["vault"], "expirationSeconds": 600,
          "boundObjectRef": {"kind": "Pod", "name": "p", "uid": "u2"}})";
  const Result<json::Value> bound = create(kBound, &pod);
  ASSERT_TRUE(bound) << bound.error().message;
  const Authenticator authenticator = make();
  const auto verified =
      authenticator.verify_token(json::string_at(*bound, {"status", "token"}), {"vault", "other"});
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->audiences, std::vector<std::string>{"vault"});
  EXPECT_EQ(bound_object_of(*bound)->name, "p");

  EXPECT_EQ(outcome(create(R"({"expirationSeconds": 599})", nullptr)), "spec.expirationSeconds");
  EXPECT_EQ(outcome(create(R"({"expirationSeconds": 4294967297})", nullptr)),
            "spec.expirationSeconds");
  EXPECT_EQ(outcome(create(R"({"boundObjectRef": {"kind": "ConfigMap", "name": "s"}})", nullptr)),
            "spec.boundObjectRef");
  EXPECT_EQ(outcome(create(R"({"boundObjectRef": {"kind": "Secret", "name": "s"}})", nullptr)),
            "secrets \"s\" not found");
  EXPECT_EQ(outcome(create(kBound, nullptr)), "pods \"p\" not found");
  pod.get_object()["metadata"].get_object()["uid"] = "u3";
  EXPECT_EQ(create(kBound, &pod).error().code, ErrorCode::kConflict);
  pod.get_object()["metadata"].get_object()["uid"] = "u2";
  pod.get_object()["spec"] = json::Object{};
  EXPECT_EQ(create(kBound, &pod).error().code, ErrorCode::kBadRequest);
}

}  // namespace
}  // namespace firesteel::apiserver
