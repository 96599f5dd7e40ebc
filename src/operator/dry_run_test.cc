// A real API server accepts every object of random applications: server-side dry runs, through our
// client. Skipped but where differential/submissions has started one and names its kubeconfig.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "client/http_api.h"
#include "client/kubeconfig.h"
#include "kube/object.h"
#include "spark/defaults.h"
#include "spark/names.h"
#include "spark/random_application_fixture.h"

namespace firesteel::operators {
namespace {

constexpr std::uint64_t kApplications = 300;
constexpr std::string_view kNamespaces[] = {"jobs", "team-a", "default"};

// The kinds that submissions consist of.
const kube::Resource* resource_of(const json::Value& object) {
  using namespace kube::resources;
  static const kube::Resource kNetworkPolicies{"networking.k8s.io", "v1", "networkpolicies",
                                               "NetworkPolicy"};
  static const kube::Resource kDisruptionBudgets{"policy", "v1", "poddisruptionbudgets",
                                                 "PodDisruptionBudget"};
  for (const kube::Resource* resource :
       {&kPods, &kConfigMaps, &kServices, &kSecrets, &kPersistentVolumeClaims, &kNetworkPolicies,
        &kDisruptionBudgets}) {
    if (resource->kind == json::string_at(object, "kind")) return resource;
  }
  return nullptr;
}

class DryRun : public testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("FIRESTEEL_DRY_RUN_KUBECONFIG");
    if (path == nullptr) GTEST_SKIP() << "no API server: differential/submissions starts one";
    const auto config = client::load_kubeconfig({path});
    ASSERT_TRUE(config.has_value()) << config.error().message;
    const auto connection = config->connection();
    ASSERT_TRUE(connection.has_value()) << connection.error().message;
    auto api = client::connect(*connection, "dry-run");
    ASSERT_TRUE(api.has_value()) << api.error().message;
    api_ = std::move(*api);
    for (const std::string_view space : kNamespaces) {
      make(kube::resources::kNamespaces, "", space);
      for (const std::string_view account : {"default", "runner"}) {
        make(kube::resources::kServiceAccounts, space, account);
      }
    }
  }

  // For good; it may be there.
  void make(const kube::Resource& resource, std::string_view space, std::string_view name) {
    const auto made =
        api_->create(resource, space, json::Object{{"metadata", json::Object{{"name", name}}}}, {});
    EXPECT_TRUE(made || made.error().code == ErrorCode::kAlreadyExists) << made.error().message;
  }

  void expect_accepted(const json::Value& object, std::string_view space, std::uint64_t seed) {
    const kube::Resource* resource = resource_of(object);
    ASSERT_NE(resource, nullptr) << json::print(object);
    kube::WriteOptions options;
    options.dry_run = true;
    const auto created = api_->create(*resource, space, object, options);
    ++asked_;
    EXPECT_TRUE(created) << "seed " << seed << ": " << created.error().message << "\n"
                         << json::print_pretty(object);
  }

  std::unique_ptr<client::HttpApi> api_;
  std::uint64_t asked_ = 0;
};

// What a driver makes of its template, as far as the server looks.
json::Value executor_pod(std::string_view text, const json::Value& application) {
  json::Value pod = *json::parse(text);
  json::Object& metadata = json::make_object(pod, {"metadata"});
  metadata["name"] = "an-executor";
  json::Object& spec = json::make_object(pod, {"spec"});
  for (json::Value& container : spec["containers"].get_array()) {
    if (json::string_at(container, "image").empty()) {
      container.get_object()["image"] = "example/spark:1";
    }
  }
  // The driver adds the local volumes itself.
  for (const json::Value& volume : json::array_at(application, {"spec", "volumes"})) {
    if (!json::string_at(volume, "name").starts_with(spark::kLocalVolumePrefix)) continue;
    if (!spec["volumes"].is_array()) spec["volumes"].emplace_array();
    spec["volumes"].get_array().push_back(volume);
  }
  return pod;
}

TEST_F(DryRun, EveryObjectOfRandomApplicationsIsAccepted) {
  for (std::uint64_t seed = 0; seed < kApplications && !HasFailure(); ++seed) {
    const json::Value application = spark::RandomApplication(seed).application();
    const std::string space(kube::namespace_of(application));
    const auto built =
        spark::build_submission(spark::apply_defaults(application), spark::random_inputs());
    ASSERT_TRUE(built.has_value()) << built.error().message;
    expect_accepted(built->driver_pod, space, seed);
    for (const json::Value& object : built->dependents) {
      expect_accepted(object, space, seed);
      const std::string_view pod = json::string_at(object, {"data", spark::kPodTemplateKey});
      if (!pod.empty()) expect_accepted(executor_pod(pod, application), space, seed);
    }
  }
  EXPECT_GT(asked_, 4 * kApplications);
}

}  // namespace
}  // namespace firesteel::operators
