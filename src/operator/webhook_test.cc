#include "operator/webhook.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <mutex>

#include "base/json/parse.h"
#include "base/json/patch.h"
#include "base/json/print.h"
#include "kube/object.h"
#include "net/client.h"
#include "operator/webhook_review.h"

namespace firesteel::operators {
namespace {

constexpr std::string_view kBad = R"({"metadata":{"name":"pi"},"spec":{"type":"Cobol",
  "sparkVersion":"3.5.1","image":"i","mainApplicationFile":"local:///a.jar","driver":{},
  "executor":{}}})";

json::Value review_of(std::string_view object, std::string_view before = "null") {
  return json::Object{
      {"apiVersion", "admission.k8s.io/v1"},
      {"kind", "AdmissionReview"},
      {"request", json::Object{{"uid", "u1"},
                               {"resource", json::Object{{"resource", "sparkapplications"}}},
                               {"object", *json::parse(object)},
                               {"oldObject", *json::parse(before)}}}};
}

constexpr std::string_view kValidate = "/validate-sparkoperator-k8s-io-v1beta2-sparkapplication";
constexpr std::string_view kMutate = "/mutate-sparkoperator-k8s-io-v1beta2-sparkapplication";

TEST(WebhookReview, RefusesWithPathsAndCauses) {
  const json::Value answer = *review(kValidate, review_of(kBad));
  EXPECT_EQ(json::string_at(answer, {"response", "uid"}), "u1");
  EXPECT_FALSE(json::bool_at(answer, {"response", "allowed"}, true));
  EXPECT_EQ(json::int_at(answer, {"response", "status", "code"}), 422);
  const std::string_view message = json::string_at(answer, {"response", "status", "message"});
  EXPECT_NE(message.find("spec.type"), std::string_view::npos) << message;
}

TEST(WebhookReview, RefusesWhatNoNodeCouldHold) {
  const json::Value object = *json::parse(
      R"({"metadata":{"name":"pi"},"spec":{"type":"Scala","image":"apache/spark:3.5.9",
          "mainClass":"org.example.Main","mainApplicationFile":"local:///a.jar",
          "driver":{},"executor":{"memory":"9g"}}})");
  const spark::ClusterRoom room{
      json::Array{*json::parse(R"({"status":{"allocatable":{"cpu":"2","memory":"4Gi"}}})")}, {}};
  const json::Value answer = *review(kValidate, review_of(json::print(object)), room);
  EXPECT_FALSE(json::bool_at(answer, {"response", "allowed"}, true));
  const std::string_view message = json::string_at(answer, {"response", "status", "message"});
  EXPECT_NE(message.find("spec.executor.memory"), std::string_view::npos) << message;
  EXPECT_TRUE(
      json::bool_at(*review(kValidate, review_of(json::print(object))), {"response", "allowed"}));
}

TEST(WebhookReview, AnUpdateThatLeavesTheSpecAloneIsAllowed) {
  const json::Value answer = *review(kValidate, review_of(kBad, kBad));
  EXPECT_TRUE(json::bool_at(answer, {"response", "allowed"}));
}

TEST(WebhookReview, DefaultsComeAsAPatchThatGivesThem) {
  const json::Value object = *json::parse(R"({"metadata":{"name":"pi"},"spec":{"type":"Scala"}})");
  const json::Value answer = *review(kMutate, review_of(json::print(object)));
  EXPECT_EQ(json::string_at(answer, {"response", "patchType"}), "JSONPatch");
  const std::string patch = *net::base64_decode(json::string_at(answer, {"response", "patch"}));
  const json::Value defaulted = *json::apply_json_patch(object, *json::parse(patch));
  EXPECT_EQ(json::string_at(defaulted, {"spec", "mode"}), "cluster");
}

TEST(WebhookReview, OtherPathsBodiesAndResourcesAreErrors) {
  EXPECT_EQ(review("/x", review_of("{}")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(review(kValidate, json::Object()).error().code, ErrorCode::kBadRequest);
  EXPECT_EQ(
      review("/validate-sparkoperator-k8s-io-v1beta2-scheduledsparkapplication", review_of("{}"))
          .error()
          .code,
      ErrorCode::kBadRequest);
}

TEST(WebhookReview, APatchMakesOneDocumentTheOther) {
  const json::Value from = *json::parse(R"({"a":1,"b/c":{"~":[1]},"gone":null,"d":{"e":1}})");
  const json::Value to = *json::parse(R"({"a":2,"b/c":{"~":[2,3]},"new":{"x":1},"d":{"e":1}})");
  EXPECT_EQ(*json::apply_json_patch(from, make_json_patch(from, to)), to);
  EXPECT_TRUE(make_json_patch(to, to).empty());
}

const std::vector<std::string> kNames = {"hook.space.svc", "localhost"};

TEST(WebhookCertificates, GoodOnesStayAndTheServersAloneIsRenewedFirst) {
  const CertificateTimes times;
  const TimePoint now = std::chrono::system_clock::now();
  const WebhookCertificates made = *renewed({}, kNames, now, times);
  EXPECT_EQ(*renewed(made, kNames, now, times), made);
  const TimePoint due = renewal_due(made, times);
  EXPECT_GT(due, now + std::chrono::days(300));
  EXPECT_EQ(*renewed(made, kNames, due - std::chrono::hours(1), times), made);
  const WebhookCertificates later = *renewed(made, kNames, due + std::chrono::hours(1), times);
  EXPECT_EQ(later.authorities, made.authorities);
  EXPECT_NE(later.server.certificate_pem, made.server.certificate_pem);
}

TEST(WebhookCertificates, ANewAuthorityBringsItsPredecessorAlong) {
  const CertificateTimes times;
  const TimePoint now = std::chrono::system_clock::now();
  const WebhookCertificates made = *renewed({}, kNames, now, times);
  const WebhookCertificates later =
      *renewed(made, kNames, now + std::chrono::days(3650 - 100), times);
  EXPECT_NE(later.authority_key, made.authority_key);
  EXPECT_TRUE(later.authorities.ends_with(made.authorities));
  EXPECT_EQ(certificates_in(json::Object{{"data", secret_data(later)}}), later);
}

TEST(WebhookCertificates, WhatCannotBeReadIsMadeAnew) {
  const TimePoint now = std::chrono::system_clock::now();
  const WebhookCertificates made =
      *renewed({"x", "y", {"z", "w"}}, kNames, now, CertificateTimes());
  EXPECT_EQ(*renewed(made, kNames, now, CertificateTimes()), made);
}

// Just enough of an API server: one Secret, two configurations, no watches.
class SmallApi final : public kube::Api {
 public:
  SmallApi() {
    for (std::string_view kind :
         {"validatingwebhookconfigurations", "mutatingwebhookconfigurations"}) {
      objects_[std::string(kind)] = *json::parse(
          R"({"metadata":{"name":"spark-operator-webhook"},"webhooks":[{"name":"a.b.c",
              "clientConfig":{"service":{"name":"spark-operator-webhook"}}}]})");
    }
  }
  std::string bundle() {
    const std::lock_guard lock(mutex_);
    const json::Value& object = objects_["validatingwebhookconfigurations"];
    return std::string(
        json::string_at(json::array_at(object, {"webhooks"}).at(0), {"clientConfig", "caBundle"}));
  }
  json::Value secret() {
    const std::lock_guard lock(mutex_);
    return objects_["secrets"];
  }
  Result<json::Document> get(const kube::Resource& resource, std::string_view,
                             std::string_view) override {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(resource.plural);
    if (found == objects_.end()) return fail(ErrorCode::kNotFound, "not found");
    return std::make_shared<const json::Value>(found->second);
  }
  Result<json::Document> create(const kube::Resource& resource, std::string_view,
                                const json::Value& object, const kube::WriteOptions&) override {
    return put(resource, object);
  }
  Result<json::Document> replace(const kube::Resource& resource, std::string_view, std::string_view,
                                 const json::Value& object, const kube::WriteOptions&) override {
    return put(resource, object);
  }
  Result<json::Document> patch(const kube::Resource& resource, std::string_view, std::string_view,
                               kube::PatchType, const json::Value& patch,
                               const kube::WriteOptions&) override {
    json::Value now;
    {
      const std::lock_guard lock(mutex_);
      now = objects_[resource.plural];
    }
    return put(resource, TRY(json::apply_json_patch(now, patch)));
  }
  Result<kube::List> list(const kube::Resource&, std::string_view,
                          const kube::ListOptions&) override {
    return fail(ErrorCode::kUnavailable, "no lists here");
  }
  Result<void> remove(const kube::Resource&, std::string_view, std::string_view,
                      const kube::DeleteOptions&) override {
    return fail(ErrorCode::kUnavailable, "no removals here");
  }
  Result<void> remove_collection(const kube::Resource&, std::string_view, const kube::ListOptions&,
                                 const kube::DeleteOptions&) override {
    return fail(ErrorCode::kUnavailable, "no removals here");
  }
  Result<std::unique_ptr<kube::WatchStream>> watch(const kube::Resource&, std::string_view,
                                                   const kube::WatchOptions&) override {
    return fail(ErrorCode::kUnavailable, "no watches here");
  }

 private:
  Result<json::Document> put(const kube::Resource& resource, const json::Value& object) {
    const std::lock_guard lock(mutex_);
    objects_[resource.plural] = object;
    return std::make_shared<const json::Value>(object);
  }
  std::mutex mutex_;
  std::map<std::string, json::Value> objects_;
};

class MovingClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override {
    return std::chrono::system_clock::now() + std::chrono::seconds(ahead_.load());
  }
  void advance(std::chrono::seconds by) { ahead_ += by.count(); }

 private:
  std::atomic<std::int64_t> ahead_{0};
};

int ask(const Webhook& webhook, const std::string& bundle) {
  net::ClientOptions options;
  options.url = fmt::format("https://127.0.0.1:{}", webhook.port());
  options.tls.ca_pem = *net::base64_decode(bundle);
  options.tls.server_name = "spark-operator-webhook.data-platform.svc";
  const auto client = *net::Client::create(options);
  net::Request request;
  request.method = "POST";
  request.target = fmt::format("{}?timeout=10s", kValidate);
  request.body = json::print(review_of(kBad));
  const auto response = client->send(request);
  return response ? response->status : 0;
}

template <typename Condition>
bool becomes(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST(Webhook, IsTrustedThroughItsBundleBeforeAndAfterARotation) {
  SmallApi api;
  MovingClock clock;
  Webhook::Options options;
  options.address = "127.0.0.1";
  options.port = 0;
  options.space = "data-platform";
  const auto webhook = *Webhook::start(api, clock, options);
  ASSERT_TRUE(becomes([&] { return webhook->last_error().empty(); })) << webhook->last_error();
  const std::string first = api.bundle();
  EXPECT_EQ(ask(*webhook, first), 200);
  clock.advance(std::chrono::days(3650 - 100));  // the authority's turn
  webhook->look();
  ASSERT_TRUE(becomes([&] { return api.bundle() != first; }));
  // Whoever has the new bundle is answered at every moment, the old certificate or the new.
  const std::string second = api.bundle();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(*webhook, second), 200);
  EXPECT_NE(*net::base64_decode(second), *net::base64_decode(first));
  EXPECT_EQ(json::object_at(api.secret(), {"data"}).size(), 4u);
}

}  // namespace
}  // namespace firesteel::operators
