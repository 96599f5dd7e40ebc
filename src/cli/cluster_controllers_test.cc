// The cluster's controllers against the real API server, over TLS: what a user sees of them.
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "apiserver/server.h"
#include "base/json/yaml.h"
#include "client/http_api.h"
#include "cluster/controllers.h"
#include "kube/conditions.h"
#include "kube/object.h"
#include "net/tls.h"

namespace firesteel::cli {
namespace {

using namespace kube::resources;
using std::chrono::seconds;

constexpr seconds kPatience{20};

json::Value yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return (*documents)[0].value;
}

class ClusterControllers : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "firesteel-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    const net::KeyPair authority =
        *net::make_certificate_authority("firesteel-test", std::chrono::days(1));
    const auto issue = [&](const std::string& name, const std::vector<std::string>& groups) {
      net::CertificateRequest request;
      request.common_name = name;
      request.organizations = groups;
      request.ip_addresses = {"127.0.0.1"};
      return *net::issue_certificate(authority, request);
    };
    apiserver::ApiServer::Options options;
    options.data_directory = directory_;
    options.serving_certificate = issue("kube-apiserver", {});
    options.client_ca_pem = authority.certificate_pem;
    options.service_account_key_pem = *net::make_signing_key_pem();
    options.kubelet_client = issue("admin", {"system:masters"});
    options.clock = &clock_;
    auto server = apiserver::ApiServer::start(options);
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
    client::Connection connection;
    connection.url = fmt::format("https://127.0.0.1:{}", server_->port());
    connection.ca_pem = authority.certificate_pem;
    connection.certificate = issue("admin", {"system:masters"});
    api_ = *client::connect(connection, "test");
    cluster::Controllers::Options given;
    given.root_ca_pem = "the authority";
    controllers_ = *cluster::Controllers::start(*api_, clock_, given);
  }
  void TearDown() override {
    controllers_.reset();
    api_.reset();
    server_.reset();
    std::filesystem::remove_all(directory_);
  }

  json::Document create(const kube::Resource& resource, const std::string& text,
                        const std::string& space = "default") {
    const bool namespaced = resource.scope == kube::Scope::kNamespaced;
    const auto created = api_->create(resource, namespaced ? space : "", yaml(text), {});
    EXPECT_TRUE(created.has_value()) << created.error().message;
    return created ? *created : std::make_shared<const json::Value>();
  }

  // Waits until some object of a watch satisfies the condition; for "gone", until a list is empty
  // of it.
  testing::AssertionResult eventually(const kube::Resource& resource, const std::string& space,
                                      const std::function<bool(const json::Value&)>& holds) {
    kube::WatchOptions options;
    options.timeout = kPatience;
    const auto stream = api_->watch(resource, space, options);
    if (!stream) return testing::AssertionFailure() << stream.error().message;
    std::string last;
    for (;;) {
      const auto event = (*stream)->next({});
      if (!event || !*event)
        return testing::AssertionFailure() << "not within 20 s; last: " << last;
      if ((*event)->type == kube::EventType::kBookmark) continue;
      if ((*event)->type == kube::EventType::kDeleted) continue;
      last = json::print_yaml(*(*event)->object);
      if (holds(*(*event)->object)) return testing::AssertionSuccess();
    }
  }
  testing::AssertionResult eventually_gone(const kube::Resource& resource, const std::string& space,
                                           const std::string& name) {
    kube::WatchOptions options;
    options.timeout = kPatience;
    const auto stream = api_->watch(resource, space, options);
    if (!stream) return testing::AssertionFailure() << stream.error().message;
    const auto left = api_->get(resource, space, name);
    if (!left && left.error().code == ErrorCode::kNotFound) return testing::AssertionSuccess();
    for (;;) {
      const auto event = (*stream)->next({});
      if (!event || !*event) return testing::AssertionFailure() << name << " is there after 20 s";
      if ((*event)->type == kube::EventType::kDeleted && kube::name_of(*(*event)->object) == name) {
        return testing::AssertionSuccess();
      }
    }
  }

  void add_node(const std::string& name, const std::string& memory) {
    create(kNodes, "{apiVersion: v1, kind: Node, metadata: {name: " + name + "}}");
    kube::WriteOptions status;
    status.subresource = "status";
    const auto patched =
        api_->patch(kNodes, "", name, kube::PatchType::kMerge,
                    yaml("{status: {allocatable: {cpu: '4', memory: " + memory +
                         ", pods: '10'}, conditions: [{type: Ready, status: 'True'}]}}"),
                    status);
    ASSERT_TRUE(patched.has_value()) << patched.error().message;
  }

  // What the node agent would do.
  void make_ready(const std::string& pod, const std::string& ip) {
    kube::WriteOptions status;
    status.subresource = "status";
    const auto patched = api_->patch(kPods, "default", pod, kube::PatchType::kStrategicMerge,
                                     yaml("{status: {phase: Running, podIP: " + ip +
                                          ", conditions: [{type: Ready, status: 'True', "
                                          "lastTransitionTime: '2026-01-01T00:00:00Z'}]}}"),
                                     status);
    ASSERT_TRUE(patched.has_value()) << patched.error().message;
  }

  SystemClock clock_;
  std::string directory_;
  std::unique_ptr<apiserver::ApiServer> server_;
  std::unique_ptr<client::HttpApi> api_;
  std::unique_ptr<cluster::Controllers> controllers_;
};

const std::string kPodSpec =
    "spec: {containers: [{name: c, image: i, resources: {requests: {memory: 1Gi}}}]}";

TEST_F(ClusterControllers, ANamespaceHasItsAccountAndAuthorityAndCanBeDeletedWithItsContent) {
  create(kNamespaces, "{apiVersion: v1, kind: Namespace, metadata: {name: jobs}}");
  EXPECT_TRUE(eventually(kServiceAccounts, "jobs", [](const json::Value& account) {
    return kube::name_of(account) == "default";
  }));
  EXPECT_TRUE(eventually(kConfigMaps, "jobs", [](const json::Value& map) {
    return kube::name_of(map) == "kube-root-ca.crt" &&
           json::string_at(map, {"data", "ca.crt"}) == "the authority";
  }));
  create(kSecrets, "{apiVersion: v1, kind: Secret, metadata: {name: x}}", "jobs");
  const auto removed = api_->remove(kNamespaces, "", "jobs", {});
  ASSERT_TRUE(removed.has_value()) << removed.error().message;
  EXPECT_TRUE(eventually_gone(kNamespaces, "", "jobs"));
  EXPECT_EQ(api_->get(kSecrets, "jobs", "x").error().code, ErrorCode::kNotFound);
}

TEST_F(ClusterControllers, APodWaitsUntilThereIsRoom) {
  add_node("small", "512Mi");
  ASSERT_TRUE(eventually(kServiceAccounts, "default", [](const json::Value&) { return true; }));
  create(kPods, "{apiVersion: v1, kind: Pod, metadata: {name: p}, " + kPodSpec + "}");
  EXPECT_TRUE(eventually(kPods, "default", [](const json::Value& pod) {
    const json::Value* status = json::find(pod, "status");
    const json::Value* condition =
        status == nullptr ? nullptr : kube::find_condition(*status, "PodScheduled");
    return condition != nullptr && json::string_at(*condition, "reason") == "Unschedulable" &&
           json::string_at(*condition, "message") ==
               "0/1 nodes are available: 1 Insufficient memory.";
  }));
  EXPECT_TRUE(eventually(kEvents, "default", [](const json::Value& event) {
    return json::string_at(event, "reason") == "FailedScheduling";
  }));
  add_node("large", "8Gi");
  EXPECT_TRUE(eventually(kPods, "default", [](const json::Value& pod) {
    return json::string_at(pod, {"spec", "nodeName"}) == "large";
  }));
}

TEST_F(ClusterControllers, ADeploymentBecomesAvailableBehindItsServiceAndGoesWithItsPods) {
  add_node("large", "8Gi");
  ASSERT_TRUE(eventually(kServiceAccounts, "default", [](const json::Value&) { return true; }));
  create(kServices,
         "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: x}, ports: "
         "[{port: 80, targetPort: 8080}]}}");
  create(kDeployments,
         "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1, "
         "selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, " +
             kPodSpec + "}}}");
  std::string pod;
  ASSERT_TRUE(eventually(kPods, "default", [&](const json::Value& one) {
    pod = kube::name_of(one);
    return json::string_at(one, {"spec", "nodeName"}) == "large";
  }));
  make_ready(pod, "127.0.0.9");
  EXPECT_TRUE(eventually(kDeployments, "default", [](const json::Value& deployment) {
    const json::Value* status = json::find(deployment, "status");
    return status != nullptr && kube::is_condition_true(*status, "Available") &&
           json::int_at(*status, {"readyReplicas"}) == 1;
  }));
  EXPECT_TRUE(eventually(kEndpoints, "default", [](const json::Value& endpoints) {
    const json::Array& subsets = json::array_at(endpoints, {"subsets"});
    return kube::name_of(endpoints) == "web" && !subsets.empty() &&
           !json::array_at(subsets[0], {"addresses"}).empty();
  }));
  const auto pods = api_->list(kPods, "default", {});
  ASSERT_TRUE(pods.has_value());
  EXPECT_EQ(pods->items.size(), 1U) << "none is made twice";

  kube::DeleteOptions foreground;
  foreground.propagation = kube::Propagation::kForeground;
  ASSERT_TRUE(api_->remove(kDeployments, "default", "web", foreground).has_value());
  // The pod is bound: its node agent has the last word.
  EXPECT_TRUE(
      eventually(kPods, "default", [](const json::Value& one) { return kube::is_deleting(one); }));
  EXPECT_TRUE(api_->get(kDeployments, "default", "web").has_value()) << "waits for its pod";
  kube::DeleteOptions now;
  now.grace_period_seconds = 0;
  ASSERT_TRUE(api_->remove(kPods, "default", pod, now).has_value());
  EXPECT_TRUE(eventually_gone(kDeployments, "default", "web"));
}

TEST_F(ClusterControllers, WhatACustomResourceOwnsGoesWithIt) {
  create(
      kCustomResourceDefinitions,
      "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: "
      "things.example.org}, spec: {group: example.org, scope: Namespaced, names: {plural: things, "
      "singular: thing, kind: Thing, listKind: ThingList}, versions: [{name: v1, served: true, "
      "storage: true, schema: {openAPIV3Schema: {type: object, "
      "x-kubernetes-preserve-unknown-fields: true}}}]}}");
  ASSERT_TRUE(eventually(kCustomResourceDefinitions, "", [](const json::Value& crd) {
    const json::Value* status = json::find(crd, "status");
    return status != nullptr && kube::is_condition_true(*status, "Established");
  }));
  const kube::Resource things{"example.org", "v1", "things", "Thing"};
  const json::Document thing =
      create(things, "{apiVersion: example.org/v1, kind: Thing, metadata: {name: owner}}");
  json::Value map = yaml("{apiVersion: v1, kind: ConfigMap, metadata: {name: owned}}");
  json::make_object(map, {"metadata"})["ownerReferences"] =
      json::Array{kube::owner_reference(*thing, true, true)};
  ASSERT_TRUE(api_->create(kConfigMaps, "default", map, {}).has_value());
  // An owner of that name that never was: the reference dangles.
  json::Value dangling = map;
  json::make_object(dangling, {"metadata"})["name"] = "dangling";
  dangling.at("metadata").at("ownerReferences").at(0).as_object()["uid"] = "no-such-uid";
  ASSERT_TRUE(api_->create(kConfigMaps, "default", dangling, {}).has_value());
  EXPECT_TRUE(eventually_gone(kConfigMaps, "default", "dangling"));
  EXPECT_TRUE(api_->get(kConfigMaps, "default", "owned").has_value());
  ASSERT_TRUE(api_->remove(things, "default", "owner", {}).has_value());
  EXPECT_TRUE(eventually_gone(kConfigMaps, "default", "owned"));
}

}  // namespace
}  // namespace firesteel::cli
