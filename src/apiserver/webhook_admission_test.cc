#include "apiserver/webhook_admission.h"

#include <poll.h>

#include <functional>

#include "apiserver/server_fixture.h"
#include "kube/object.h"
#include "net/server.h"

namespace firesteel::apiserver {
namespace {

// A real webhook: HTTPS on loopback with an authority of its own; answers by a function and
// remembers what it was asked.
class Webhook final : public net::Handler {
 public:
  // The "response" without uid; null: no answer until the caller gives up.
  using Decide = std::function<json::Value(const json::Value& request)>;

  explicit Webhook(Decide decide) : decide_(std::move(decide)) {
    authority_ = *net::make_certificate_authority("webhook-test", std::chrono::days(1));
    const net::KeyPair pair = *net::issue_certificate(
        authority_,
        {"hook", {}, {"hook.default.svc", "localhost"}, {"127.0.0.1"}, std::chrono::days(1)});
    net::ServerOptions options;
    options.tls = *net::TlsServerContext::create(pair, "");
    server_ = *net::Server::start(options, *this);
  }

  void handle(const net::Request& request, net::ResponseWriter& writer) override {
    const json::Value review = *json::parse(request.body);
    json::Value response;
    {
      const std::lock_guard lock(mutex_);
      targets.push_back(request.target);
      requests.push_back(json::object_at(review, {"request"}));
      response = decide_(requests.back());
    }
    if (response.is_null()) {
      while (!writer.gone()) {
        pollfd wait{writer.fd(), POLLIN, 0};
        (void)::poll(&wait, 1, 100);
      }
      return;
    }
    response.as_object()["uid"] = json::string_at(review, {"request", "uid"});
    net::Response answer;
    answer.headers.add("Content-Type", "application/json");
    answer.body = json::print(json::Object{{"apiVersion", "admission.k8s.io/v1"},
                                           {"kind", "AdmissionReview"},
                                           {"response", std::move(response)}});
    (void)writer.send(answer);
  }

  [[nodiscard]] int port() const { return server_->port(); }
  [[nodiscard]] std::string ca_bundle() const {
    return net::base64_encode(authority_.certificate_pem);
  }
  [[nodiscard]] std::vector<json::Value> asked() {
    const std::lock_guard lock(mutex_);
    return requests;
  }

  std::vector<std::string> targets;

 private:
  std::vector<json::Value> requests;
  Decide decide_;
  net::KeyPair authority_;
  std::mutex mutex_;
  std::unique_ptr<net::Server> server_;
};

constexpr const char* kMutatingHooks =
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
constexpr const char* kMutatingHook =
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/hook";

json::Value allow() {
  return json::Object{{"allowed", true}};
}

class WebhookAdmission : public ServerFixture {
 protected:
  // Registers one webhook for ConfigMaps; `more` are further members of it.
  Reply install(const std::string& plural, const std::string& client_config,
                const json::Object& more = {}) {
    json::Object webhook{
        {"name", "hook.test.io"},
        {"clientConfig", *json::parse(client_config)},
        {"sideEffects", "None"},
        {"admissionReviewVersions", json::Array{"v1"}},
        {"rules", json::Array{json::Object{{"operations", json::Array{"CREATE", "UPDATE"}},
                                           {"apiGroups", json::Array{""}},
                                           {"apiVersions", json::Array{"v1"}},
                                           {"resources", json::Array{"configmaps"}}}}}};
    for (const auto& member : more) webhook[member.key()] = member.value();
    const std::string path = "/apis/admissionregistration.k8s.io/v1/" + plural;
    return send("POST", path,
                json::print(json::Object{{"metadata", json::Object{{"name", "hook"}}},
                                         {"webhooks", json::Array{std::move(webhook)}}}));
  }
  Reply validate_by(const Webhook& hook, const json::Object& more = {}) {
    return install("validatingwebhookconfigurations", url_of(hook), more);
  }
  Reply mutate_by(const Webhook& hook, const json::Object& more = {}) {
    return install("mutatingwebhookconfigurations", url_of(hook), more);
  }
  static std::string url_of(const Webhook& hook) {
    return fmt::format(R"({{"url":"https://127.0.0.1:{}/check","caBundle":"{}"}})", hook.port(),
                       hook.ca_bundle());
  }
  Reply create(const std::string& name, const std::string& query = "") {
    return send("POST", "/api/v1/namespaces/default/configmaps" + query,
                fmt::format(R"({{"metadata":{{"name":"{}"}},"data":{{"a":"1"}}}})", name));
  }
  static std::string message(const Reply& reply) {
    return std::string(json::string_at(reply.body, "message"));
  }
};

TEST_F(WebhookAdmission, SeesTheRequestAndItsWarningsReachTheClient) {
  Webhook hook([](const json::Value&) {
    return json::Object{{"allowed", true}, {"warnings", json::Array{"mind the gap"}}};
  });
  ASSERT_EQ(validate_by(hook).status, 201);
  const Reply reply = create("one");
  EXPECT_EQ(reply.status, 201) << message(reply);
  EXPECT_EQ(reply.headers.get("Warning"), "299 - \"mind the gap\"");
  const auto asked = hook.asked();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(hook.targets.front(), "/check?timeout=10s");
  EXPECT_EQ(json::string_at(asked[0], "operation"), "CREATE");
  EXPECT_EQ(json::string_at(asked[0], "name"), "one");
  EXPECT_EQ(json::string_at(asked[0], "namespace"), "default");
  EXPECT_EQ(json::string_at(asked[0], {"kind", "kind"}), "ConfigMap");
  EXPECT_EQ(json::string_at(asked[0], {"resource", "resource"}), "configmaps");
  EXPECT_EQ(json::string_at(asked[0], {"userInfo", "username"}), "admin");
  EXPECT_EQ(json::string_at(asked[0], {"object", "data", "a"}), "1");
  EXPECT_TRUE(json::find(asked[0], "oldObject")->is_null());
}

TEST_F(WebhookAdmission, ADenialIsToldInKubernetesWords) {
  Webhook hook([](const json::Value&) {
    return json::Object{{"allowed", false},
                        {"status", json::Object{{"code", 403}, {"message", "not today"}}}};
  });
  ASSERT_EQ(validate_by(hook).status, 201);
  const Reply reply = create("one");
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(message(reply), "admission webhook \"hook.test.io\" denied the request: not today");
  EXPECT_EQ(send("GET", "/api/v1/namespaces/default/configmaps/one").status, 404);
}

TEST_F(WebhookAdmission, ADenialWithoutStatusIsABadRequestWithoutExplanation) {
  Webhook hook([](const json::Value&) { return json::Object{{"allowed", false}}; });
  ASSERT_EQ(validate_by(hook).status, 201);
  const Reply reply = create("one");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(message(reply),
            "admission webhook \"hook.test.io\" denied the request without explanation");
}

TEST_F(WebhookAdmission, APatchChangesTheObjectButNotItsName) {
  Webhook hook([](const json::Value&) {
    return json::Object{{"allowed", true},
                        {"patchType", "JSONPatch"},
                        {"patch", net::base64_encode(
                                      R"([{"op":"add","path":"/data/b","value":"2"},
                                          {"op":"replace","path":"/metadata/name","value":"x"}])")}};
  });
  ASSERT_EQ(mutate_by(hook).status, 201);
  const Reply reply = create("one");
  ASSERT_EQ(reply.status, 201) << message(reply);
  EXPECT_EQ(json::string_at(reply.body, {"data", "b"}), "2");
  EXPECT_EQ(kube::name_of(reply.body), "one");
}

TEST_F(WebhookAdmission, TimeoutsFailOrAreIgnoredByPolicy) {
  Webhook hook([](const json::Value&) { return json::Value(); });
  ASSERT_EQ(validate_by(hook, {{"timeoutSeconds", 1}}).status, 201);
  const Reply reply = create("one");
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(message(reply),
            fmt::format("Internal error occurred: failed calling webhook \"hook.test.io\": failed "
                        "to call webhook: Post \"https://127.0.0.1:{}/check?timeout=1s\": context "
                        "deadline exceeded",
                        hook.port()));
  const std::string path =
      "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/hook";
  ASSERT_EQ(send("PATCH", path, R"([{"op":"replace","path":"/webhooks/0/failurePolicy",
                                     "value":"Ignore"}])",
                 "application/json-patch+json")
                .status,
            200);
  EXPECT_EQ(create("one").status, 201);
}

TEST_F(WebhookAdmission, ACertificateOfAnotherAuthorityIsNotTrusted) {
  Webhook hook([](const json::Value&) { return allow(); });
  const Webhook other([](const json::Value&) { return allow(); });
  const std::string config = fmt::format(R"({{"url":"https://127.0.0.1:{}/","caBundle":"{}"}})",
                                         hook.port(), other.ca_bundle());
  ASSERT_EQ(install("validatingwebhookconfigurations", config).status, 201);
  EXPECT_EQ(create("one").status, 500);
  EXPECT_TRUE(hook.asked().empty());
}

TEST_F(WebhookAdmission, AServiceIsReachedByItsEndpoints) {
  Webhook hook([](const json::Value&) { return allow(); });
  const std::string config = fmt::format(
      R"({{"service":{{"name":"hook","namespace":"default","path":"/p"}},"caBundle":"{}"}})",
      hook.ca_bundle());
  ASSERT_EQ(install("validatingwebhookconfigurations", config).status, 201);
  const std::string start =
      "Internal error occurred: failed calling webhook \"hook.test.io\": failed to call webhook: "
      "Post \"https://hook.default.svc:443/p?timeout=10s\": ";
  EXPECT_EQ(message(create("one")), start + "service \"hook\" not found");
  ASSERT_EQ(send("POST", "/api/v1/namespaces/default/services",
                 R"({"metadata":{"name":"hook"},"spec":{"ports":[{"port":443}]}})")
                .status,
            201);
  EXPECT_EQ(message(create("one")), start + "no endpoints available for service \"hook\"");
  ASSERT_EQ(send("POST", "/api/v1/namespaces/default/endpoints",
                 fmt::format(R"({{"metadata":{{"name":"hook"}},"subsets":[{{"addresses":
                             [{{"ip":"127.0.0.1"}}],"ports":[{{"port":{}}}]}}]}})",
                             hook.port()))
                .status,
            201);
  const Reply reply = create("one");
  EXPECT_EQ(reply.status, 201) << message(reply);
  EXPECT_EQ(hook.targets.front(), "/p?timeout=10s");
}

TEST_F(WebhookAdmission, SelectorsAndRulesDecideWhoIsAsked) {
  Webhook hook([](const json::Value&) { return json::Object{{"allowed", false}}; });
  const json::Object selectors{
      {"namespaceSelector", json::Object{{"matchLabels", json::Object{{"guarded", "yes"}}}}},
      {"objectSelector", json::Object{{"matchLabels", json::Object{{"look", "yes"}}}}}};
  ASSERT_EQ(validate_by(hook, selectors).status, 201);
  const auto create_in = [&](const std::string& space, const std::string& name,
                             const std::string& labels) {
    return send("POST", "/api/v1/namespaces/" + space + "/configmaps",
                fmt::format(R"({{"metadata":{{"name":"{}","labels":{}}}}})", name, labels))
        .status;
  };
  ASSERT_EQ(send("POST", "/api/v1/namespaces",
                 R"({"metadata":{"name":"guarded","labels":{"guarded":"yes"}}})")
                .status,
            201);
  EXPECT_EQ(create_in("default", "a", R"({"look":"yes"})"), 201);
  EXPECT_EQ(create_in("guarded", "a", "{}"), 201);
  EXPECT_EQ(create_in("guarded", "b", R"({"look":"yes"})"), 400);
  EXPECT_EQ(send("POST", "/api/v1/namespaces/guarded/secrets",
                 R"({"metadata":{"name":"s","labels":{"look":"yes"}}})")
                .status,
            201);
}

TEST_F(WebhookAdmission, ADryRunIsToldAndDeletionsAreAsked) {
  Webhook hook([](const json::Value& request) {
    return json::Object{{"allowed", json::string_at(request, "operation") != "DELETE"}};
  });
  const json::Object rules{{"rules", json::Array{json::Object{{"operations", json::Array{"*"}},
                                                              {"apiGroups", json::Array{"*"}},
                                                              {"apiVersions", json::Array{"*"}},
                                                              {"resources", json::Array{"*"}}}}}};
  ASSERT_EQ(validate_by(hook, rules).status, 201);
  EXPECT_EQ(create("one", "?dryRun=All").status, 201);
  EXPECT_TRUE(json::bool_at(hook.asked().front(), {"dryRun"}));
  ASSERT_EQ(create("one").status, 201);
  EXPECT_EQ(send("DELETE", "/api/v1/namespaces/default/configmaps/one").status, 400);
  EXPECT_EQ(json::string_at(hook.asked().back(), {"oldObject", "data", "a"}), "1");
  // Nobody is asked about configurations themselves: a broken one can be taken away.
  EXPECT_EQ(
      send("DELETE", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/hook")
          .status,
      200);
  EXPECT_EQ(send("DELETE", "/api/v1/namespaces/default/configmaps/one").status, 200);
}

TEST_F(WebhookAdmission, AConfigurationThatCannotWorkIsRefused) {
  Webhook hook([](const json::Value&) { return allow(); });
  const auto refused = [&](const json::Object& more, const std::string& text) {
    const Reply reply = validate_by(hook, more);
    EXPECT_EQ(reply.status, 422);
    EXPECT_NE(message(reply).find(text), std::string::npos) << message(reply);
  };
  refused({{"matchConditions", json::Array{json::Object{{"name", "a"}, {"expression", "true"}}}}},
          "webhooks[0].matchConditions: Forbidden");
  refused({{"sideEffects", "Some"}}, "webhooks[0].sideEffects: Unsupported value: \"Some\"");
  refused({{"timeoutSeconds", 31}}, "the timeout value must be between 1 and 30 seconds");
  refused({{"name", "short"}}, "should be a domain with at least three segments");
  refused({{"clientConfig", json::Object{{"url", "http://x/"}}}},
          "'https' is the only allowed URL scheme");
  refused({{"admissionReviewVersions", json::Array{"v1beta1"}}}, "must include at least one of v1");
}

// The rule of install() for another resource and operation.
json::Object asking_for(std::string_view group, std::string_view resource,
                        std::string_view operation) {
  json::Object rule{{"operations", json::Array{operation}},
                    {"apiGroups", json::Array{group}},
                    {"apiVersions", json::Array{"v1"}},
                    {"resources", json::Array{resource}}};
  return json::Object{{"rules", json::Array{std::move(rule)}}};
}

TEST_F(WebhookAdmission, SubresourcesAreShownAsTheKindsTheyTake) {
  const std::string pods = "/api/v1/namespaces/default/pods";
  ASSERT_EQ(send("POST", "/api/v1/namespaces/default/serviceaccounts",
                 R"({"metadata":{"name":"default"}})")
                .status,
            201);
  ASSERT_EQ(send("POST", pods, R"({"metadata":{"name":"p"},"spec":{"containers":[
                 {"name":"c","image":"i"}]}})")
                .status,
            201);
  ASSERT_EQ(send("POST", "/apis/apps/v1/namespaces/default/deployments",
                 R"({"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},
                 "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[
                 {"name":"c","image":"i"}]}}}})")
                .status,
            201);
  const struct {
    std::string_view group, resource, operation;
    std::string method, path, body;
    std::string_view kind;
  } cases[] = {
      {"apps", "deployments/scale", "UPDATE", "PUT",
       "/apis/apps/v1/namespaces/default/deployments/d/scale",
       R"({"metadata":{"name":"d"},"spec":{"replicas":3}})", "Scale"},
      {"", "pods/binding", "CREATE", "POST", pods + "/p/binding",
       R"({"metadata":{"name":"p"},"target":{"name":"n"}})", "Binding"},
      {"", "pods/exec", "CONNECT", "GET", pods + "/p/exec?command=ls&stdout=True", "",
       "PodExecOptions"},
      {"", "pods/eviction", "CREATE", "POST", pods + "/p/eviction", R"({"metadata":{"name":"p"}})",
       "Eviction"},
      {"", "serviceaccounts/token", "CREATE", "POST",
       "/api/v1/namespaces/default/serviceaccounts/default/token", "{}", "TokenRequest"},
  };
  for (const auto& one : cases) {
    Webhook hook([](const json::Value&) {
      return json::Object{{"allowed", false}, {"status", json::Object{{"message", "no"}}}};
    });
    ASSERT_EQ(validate_by(hook, asking_for(one.group, one.resource, one.operation)).status, 201);
    const Reply reply = send(one.method, one.path, one.body);
    EXPECT_EQ(message(reply), "admission webhook \"hook.test.io\" denied the request: no")
        << one.resource;
    const auto asked = hook.asked();
    ASSERT_EQ(asked.size(), 1u) << one.resource;
    EXPECT_EQ(json::string_at(asked[0], "operation"), one.operation);
    EXPECT_EQ(json::string_at(asked[0], {"kind", "kind"}), one.kind);
    EXPECT_EQ(json::string_at(asked[0], {"object", "kind"}), one.kind);
    EXPECT_EQ(fmt::format("{}/{}", json::string_at(asked[0], {"resource", "resource"}),
                          json::string_at(asked[0], "subResource")),
              one.resource);
    EXPECT_NE(json::string_at(asked[0], "name"), "");
    const std::string configurations =
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/hook";
    ASSERT_EQ(send("DELETE", configurations).status, 200);
  }
}

TEST_F(WebhookAdmission, AnEarlierWebhookIsAskedAgainWhenItWantsToBe) {
  for (const bool again : {false, true}) {
    // The first adds a note of what it sees, the second a label.
    Webhook first([](const json::Value& request) {
      const bool labelled = json::find(request, {"object", "metadata", "labels"}) != nullptr;
      const std::string patch = fmt::format(R"([{{"op":"add","path":"/data/seen","value":"{}"}}])",
                                            labelled ? "label" : "nothing");
      return json::Object{
          {"allowed", true}, {"patchType", "JSONPatch"}, {"patch", net::base64_encode(patch)}};
    });
    Webhook second([](const json::Value&) {
      return json::Object{
          {"allowed", true},
          {"patchType", "JSONPatch"},
          {"patch",
           net::base64_encode(R"([{"op":"add","path":"/metadata/labels","value":{"a":"b"}}])")}};
    });
    ASSERT_EQ(mutate_by(first, {{"reinvocationPolicy", again ? "IfNeeded" : "Never"}}).status, 201);
    json::Value another = send("GET", kMutatingHook).body;
    json::Object& metadata = another.get_object()["metadata"].get_object();
    metadata.clear();
    metadata["name"] = "later";
    another.get_object()["webhooks"].get_array()[0].get_object()["clientConfig"] =
        *json::parse(url_of(second));
    ASSERT_EQ(send("POST", std::string(kMutatingHooks), json::print(another)).status, 201);
    const Reply made = create(again ? "again" : "once");
    ASSERT_EQ(made.status, 201) << message(made);
    EXPECT_EQ(json::string_at(made.body, {"data", "seen"}), again ? "label" : "nothing");
    for (const char* name : {"/hook", "/later"}) {
      ASSERT_EQ(send("DELETE", std::string(kMutatingHooks) + name).status, 200);
    }
  }
}

}  // namespace
}  // namespace firesteel::apiserver
