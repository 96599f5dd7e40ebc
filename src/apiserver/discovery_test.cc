#include "apiserver/discovery.h"

#include <gtest/gtest.h>

#include "apiserver/openapi.h"
#include "base/json/parse.h"
#include "base/json/print.h"

namespace firesteel::apiserver {
namespace {

std::shared_ptr<const Registry> registry() {
  std::vector<ServedResource> all = Registry::built_in();
  for (const char* version : {"v1beta2", "v1alpha1"}) {
    ServedResource spark;
    spark.resource = kube::resources::kSparkApplications;
    spark.resource.version = version;
    spark.singular = "sparkapplication";
    spark.list_kind = "SparkApplicationList";
    spark.short_names = {"sparkapp"};
    spark.verbs = {"create", "get", "list", "watch"};
    spark.subresources = {"status"};
    spark.custom = true;
    spark.raw_schema = *json::parse(R"({"type": "object", "description": "A Spark application.",
        "required": ["spec"], "properties": {
          "spec": {"type": "object", "description": "What to run.", "properties": {
            "mode": {"type": "string", "enum": ["cluster"], "nullable": true, "default": "cluster"},
            "default": {"type": "string", "description": "A field named as a keyword."},
            "port": {"x-kubernetes-int-or-string": true, "type": "integer",
                     "anyOf": [{"type": "integer"}, {"type": "string"}]}}}}})");
    all.push_back(std::move(spark));
  }
  return std::make_shared<const Registry>(std::move(all));
}

net::Request get(std::string target, std::string accept = "", std::string etag = "") {
  net::Request request;
  request.target = std::move(target);
  if (!accept.empty()) request.headers.add("Accept", std::move(accept));
  if (!etag.empty()) request.headers.add("If-None-Match", std::move(etag));
  return request;
}

const json::Value* named(const json::Array& list, std::string_view key, std::string_view value) {
  for (const json::Value& item : list) {
    if (json::string_at(item, key) == value) return &item;
  }
  return nullptr;
}

class DiscoveryTest : public ::testing::Test {
 protected:
  json::Value body(const std::string& target, const std::string& accept = "") {
    const auto answer = discovery_.answer(get(target, accept));
    EXPECT_TRUE(answer) << target;
    return answer ? *json::parse(answer->body) : json::Value();
  }
  Discovery discovery_{*registry(), "127.0.0.1:6443"};
};

TEST_F(DiscoveryTest, OldClientsFindGroupsAndResources) {
  const json::Value api = body("/api");
  EXPECT_EQ(json::print(*json::find(api, "versions")), R"(["v1"])");
  EXPECT_EQ(json::string_at(api, "kind"), "APIVersions");
  const json::Value apis = body("/apis/");
  const json::Value* spark =
      named(json::array_at(apis, {"groups"}), "name", "sparkoperator.k8s.io");
  ASSERT_NE(spark, nullptr);
  EXPECT_EQ(json::string_at(*spark, {"preferredVersion", "version"}), "v1beta2");
  EXPECT_EQ(json::array_at(*spark, {"versions"}).size(), 2U);
  EXPECT_EQ(named(json::array_at(apis, {"groups"}), "name", ""), nullptr);
  EXPECT_EQ(json::string_at(body("/apis/apps"), "kind"), "APIGroup");

  const json::Value core = body("/api/v1");
  const json::Array& resources = json::array_at(core, {"resources"});
  const json::Value* pods = named(resources, "name", "pods");
  ASSERT_NE(pods, nullptr);
  EXPECT_EQ(json::string_at(*pods, "singularName"), "pod");
  EXPECT_TRUE(json::bool_at(*pods, {"namespaced"}));
  EXPECT_EQ(json::print(*json::find(*pods, "shortNames")), R"(["po"])");
  EXPECT_EQ(json::print(*json::find(*pods, "categories")), R"(["all"])");
  const json::Value* eviction = named(resources, "name", "pods/eviction");
  ASSERT_NE(eviction, nullptr);
  EXPECT_EQ(json::string_at(*eviction, "kind"), "Eviction");
  EXPECT_EQ(json::string_at(*eviction, "group"), "policy");
  EXPECT_NE(named(resources, "name", "serviceaccounts/token"), nullptr);
  EXPECT_EQ(json::string_at(body("/apis/apps/v1"), "groupVersion"), "apps/v1");
}

TEST_F(DiscoveryTest, NewClientsFindAllAtOnce) {
  constexpr const char* kAccept =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
      "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
  const auto answer = discovery_.answer(get("/apis", kAccept));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers.get("Content-Type"),
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  const json::Value apis = *json::parse(answer->body);
  EXPECT_EQ(json::string_at(apis, "apiVersion"), "apidiscovery.k8s.io/v2");
  const json::Value* spark = nullptr;
  for (const json::Value& group : json::array_at(apis, {"items"})) {
    if (json::string_at(group, {"metadata", "name"}) == "sparkoperator.k8s.io") spark = &group;
  }
  ASSERT_NE(spark, nullptr);
  const json::Value& version = json::array_at(*spark, {"versions"}).front();
  EXPECT_EQ(json::string_at(version, "version"), "v1beta2");
  EXPECT_EQ(json::string_at(version, "freshness"), "Current");
  EXPECT_EQ(json::print(json::array_at(version, {"resources"}).front()),
            R"({"resource":"sparkapplications","responseKind":{"group":"sparkoperator.k8s.io",)"
            R"("version":"v1beta2","kind":"SparkApplication"},"scope":"Namespaced",)"
            R"("singularResource":"sparkapplication","verbs":["create","get","list","watch"],)"
            R"("shortNames":["sparkapp"],"subresources":[{"subresource":"status","responseKind":)"
            R"({"group":"sparkoperator.k8s.io","version":"v1beta2","kind":"SparkApplication"},)"
            R"("verbs":["get","patch","update"]}]})");
  const json::Value core = body("/api", kAccept);
  EXPECT_EQ(json::array_at(core, {"items"}).size(), 1U);
  const json::Value beta =
      body("/api", "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList");
  EXPECT_EQ(json::string_at(beta, "apiVersion"), "apidiscovery.k8s.io/v2beta1");
}

TEST_F(DiscoveryTest, UnchangedDocumentsAreNotSentAgain) {
  const auto first = discovery_.answer(get("/apis"));
  const std::string etag(first->headers.get("ETag"));
  const auto second = discovery_.answer(get("/apis", "", etag));
  EXPECT_EQ(second->status, 304);
  EXPECT_EQ(second->body, "");
  EXPECT_EQ(discovery_.answer(get("/apis", "", "\"other\""))->status, 200);
}

TEST_F(DiscoveryTest, OtherRequestsAreLeftAlone) {
  for (const char* target : {"/", "/api/v2", "/apis/none", "/apis/apps/v2", "/api/v1/pods"}) {
    EXPECT_FALSE(discovery_.answer(get(target))) << target;
  }
  net::Request post = get("/apis");
  post.method = "POST";
  EXPECT_FALSE(discovery_.answer(post));
  EXPECT_EQ(discovery_.answer(get("/apis", "application/vnd.kubernetes.protobuf"))->status, 406);
  EXPECT_EQ(json::string_at(body("/version"), "gitVersion"), "v1.34.0+firesteel");
}

TEST(Discovery, VersionsAreOrderedAsKubernetesOrders) {
  std::vector<std::string> versions{"foo1", "v1alpha1", "v1",       "v10",
                                    "v2",   "v1beta1",  "v11beta2", "v1beta2"};
  std::ranges::sort(versions, version_before);
  EXPECT_EQ(versions, (std::vector<std::string>{"v10", "v2", "v1", "v11beta2", "v1beta2", "v1beta1",
                                                "v1alpha1", "foo1"}));
}

TEST(OpenApi, TheIndexNamesEachDocumentByItsContent) {
  const OpenApi documents(registry());
  const auto answer = documents.answer(get("/openapi/v3"));
  ASSERT_TRUE(answer);
  const json::Value index = *json::parse(answer->body);
  const std::string url(
      json::string_at(index, {"paths", "apis/sparkoperator.k8s.io/v1beta2", "serverRelativeURL"}));
  EXPECT_EQ(url.substr(0, url.find('=')), "/openapi/v3/apis/sparkoperator.k8s.io/v1beta2?hash");
  EXPECT_NE(json::find(index, {"paths", "api/v1"}), nullptr);
  const auto document = documents.answer(get(url));
  ASSERT_EQ(document->status, 200);
  EXPECT_EQ(document->headers.get("Cache-Control"), "public, immutable");
  const std::string etag(document->headers.get("ETag"));
  EXPECT_EQ(documents.answer(get(url, "", etag))->status, 304);
  EXPECT_EQ(documents.answer(get("/openapi/v3/apis/none/v1"))->status, 404);
  EXPECT_FALSE(documents.answer(get("/apis")));
  EXPECT_EQ(documents
                .answer(get("/openapi/v2",
                            "application/com.github.proto-openapi.spec.v2@"
                            "v1.0+protobuf"))
                ->status,
            406);
}

TEST(OpenApi, CustomKindsAreDescribedByTheirSchema) {
  const json::Value document = openapi_v3(*registry(), "sparkoperator.k8s.io", "v1beta2");
  const json::Value* schema = json::find(
      document, {"components", "schemas", "io.k8s.sparkoperator.v1beta2.SparkApplication"});
  ASSERT_NE(schema, nullptr);
  EXPECT_EQ(json::string_at(*schema, {"properties", "spec", "description"}), "What to run.");
  EXPECT_EQ(json::string_at(*schema, {"properties", "kind", "type"}), "string");
  EXPECT_EQ(json::print(*json::find(*schema, "x-kubernetes-group-version-kind")),
            R"([{"group":"sparkoperator.k8s.io","version":"v1beta2","kind":"SparkApplication"}])");
  // kubectl validates on the server when it finds this parameter.
  const json::Value* patch = json::find(
      document,
      {"paths",
       "/apis/sparkoperator.k8s.io/v1beta2/namespaces/{namespace}/sparkapplications/{name}",
       "patch"});
  ASSERT_NE(patch, nullptr);
  EXPECT_NE(named(json::array_at(*patch, {"parameters"}), "name", "fieldValidation"), nullptr);
  EXPECT_EQ(json::string_at(*patch, {"x-kubernetes-group-version-kind", "kind"}),
            "SparkApplication");
}

TEST(OpenApi, Version2HasNothingThatSwaggerDoesNotKnow) {
  const json::Value document = openapi_v2(*registry());
  const json::Value* spec =
      json::find(document, {"definitions", "io.k8s.sparkoperator.v1beta2.SparkApplication",
                            "properties", "spec", "properties"});
  ASSERT_NE(spec, nullptr);
  EXPECT_EQ(json::print(*json::find(*spec, "mode")), R"({"type":"string","enum":["cluster"]})");
  EXPECT_EQ(json::print(*json::find(*spec, "port")), R"({"x-kubernetes-int-or-string":true})");
  EXPECT_NE(json::find(*spec, "default"), nullptr);
  EXPECT_NE(json::find(document, {"definitions", "io.k8s.api.core.v1.Pod"}), nullptr);
}

}  // namespace
}  // namespace firesteel::apiserver
