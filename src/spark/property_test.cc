// What must hold for every valid application, on thousands of random ones: names fit, references
// resolve, resources add up, building twice is equal, and no planted secret stands where it must
// not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "kube/object.h"
#include "spark/defaults.h"
#include "spark/memory.h"
#include "spark/names.h"
#include "spark/random_application_fixture.h"
#include "spark/submission.h"
#include "spark/validate.h"

namespace firesteel::spark {
namespace {

constexpr int kApplications = 3000;
using Names = std::set<std::string, std::less<>>;

// The names of a list's items, each a DNS label and there once.
Names names_in(const json::Array& list, std::string_view what) {
  Names out;
  for (const json::Value& item : list) {
    const std::string name(json::string_at(item, "name"));
    EXPECT_TRUE(out.insert(name).second) << what << " twice: " << name;
    EXPECT_LE(name.size(), 63U) << what << " " << name;
    EXPECT_TRUE(is_dns1123_subdomain(name) && name.find('.') == name.npos) << what << " " << name;
  }
  return out;
}

void expect_names_fit(const json::Value& object) {
  const std::string name(kube::name_of(object));
  EXPECT_TRUE(is_dns1123_subdomain(name)) << name;
  EXPECT_TRUE(json::string_at(object, "kind") != "Service" || is_dns1035_label(name)) << name;
  for (const auto& label : json::object_at(object, {"metadata", "labels"})) {
    EXPECT_TRUE(is_label_value(json::view(label.value().get_string()))) << json::print(object);
  }
}

// `given`: volumes that come from elsewhere, as the local ones of executors do.
void expect_mounts_resolve(const json::Value& pod, std::string_view given) {
  const Names volumes = names_in(json::array_at(pod, {"spec", "volumes"}), "volume");
  names_in(json::array_at(pod, {"spec", "containers"}), "container");
  for (const json::Value& container : json::array_at(pod, {"spec", "containers"})) {
    Names paths;
    for (const json::Value& mount : json::array_at(container, {"volumeMounts"})) {
      const std::string_view name = json::string_at(mount, "name");
      EXPECT_TRUE(volumes.contains(name) || (!given.empty() && name.starts_with(given))) << name;
      EXPECT_TRUE(paths.emplace(json::string_at(mount, "mountPath")).second) << name;
    }
  }
}

// ConfigMaps and claims that we make are there, with the keys that the pod's volumes take.
void expect_sources_resolve(const Submission& built) {
  std::map<std::string, const json::Value*, std::less<>> made;
  for (const json::Value& object : built.dependents) {
    made.emplace(kube::name_of(object), &object);
  }
  for (const json::Value& volume : json::array_at(built.driver_pod, {"spec", "volumes"})) {
    const auto map = made.find(json::string_at(volume, {"configMap", "name"}));
    for (const json::Value& item : json::array_at(volume, {"configMap", "items"})) {
      ASSERT_NE(map, made.end()) << json::print(volume);
      EXPECT_NE(json::find(*map->second, {"data", json::string_at(item, "key")}), nullptr);
    }
    const std::string_view claim = json::string_at(volume, {"persistentVolumeClaim", "claimName"});
    EXPECT_TRUE(claim.empty() || made.contains(claim)) << claim;
  }
}

const json::Value& spark_container(const json::Value& pod) {
  const json::Array& all = json::array_at(pod, {"spec", "containers"});
  const auto at = std::ranges::find_if(all, [](const json::Value& container) {
    return json::string_at(container, "name") == kDriverContainer;
  });
  EXPECT_NE(at, all.end());
  return *at;
}

void expect_resources_add_up(const Submission& built) {
  const json::Value& container = spark_container(built.driver_pod);
  const std::string_view request = json::string_at(container, {"resources", "requests", "memory"});
  EXPECT_EQ(request, json::string_at(container, {"resources", "limits", "memory"}));
  const std::int64_t heap = *parse_memory_mib(built.conf.get("spark.driver.memory"));
  const std::string overhead = built.conf.get("spark.driver.memoryOverhead");
  const std::int64_t total = std::stoll(std::string(request));
  if (overhead.empty()) {
    EXPECT_GE(total, heap + 384);
  } else {
    EXPECT_EQ(total, heap + *parse_memory_mib(overhead));
  }
  const std::string_view limit = json::string_at(container, {"resources", "limits", "cpu"});
  const auto cpu = quantity_millis(json::string_at(container, {"resources", "requests", "cpu"}));
  ASSERT_TRUE(cpu.has_value());
  EXPECT_LE(*cpu, limit.empty() ? *cpu : *quantity_millis(limit));
}

void expect_service_finds_the_pod(const Submission& built) {
  for (const json::Value& object : built.dependents) {
    if (json::string_at(object, "kind") != "Service") continue;
    const json::Object& labels = json::object_at(built.driver_pod, {"metadata", "labels"});
    for (const auto& wanted : json::object_at(object, {"spec", "selector"})) {
      const json::Value* found = json::find(labels, wanted.key());
      EXPECT_TRUE(found != nullptr && *found == wanted.value()) << wanted.key();
    }
    EXPECT_EQ(built.conf.get("spark.driver.host"),
              fmt::format("{}.{}.svc", kube::name_of(object), kube::namespace_of(object)));
  }
}

// A secret of sparkConf reaches the driver through a Secret and nothing else.
void expect_no_leak(const Submission& built, const Validation& validation) {
  EXPECT_EQ(json::print(built.driver_pod).find(kPlanted), std::string::npos);
  for (const json::Value& object : built.dependents) {
    if (json::string_at(object, "kind") == "Secret") {
      EXPECT_NE(json::print(object).find(kPlanted), std::string::npos);  // it was planted
      continue;
    }
    EXPECT_EQ(json::print(object).find(kPlanted), std::string::npos) << json::print(object);
  }
  std::string words;
  for (const std::string& line : built.inferred) words += line;
  for (const std::string& line : built.warnings) words += line;
  for (const Problem& problem : validation.warnings) words += problem.message;
  EXPECT_EQ(words.find(kPlanted), std::string::npos) << words;
}

std::string printed(const Submission& built) {
  std::string out = json::print(built.driver_pod);
  for (const json::Value& object : built.dependents) out += json::print(object);
  return out;
}

void check(const json::Value& application) {
  const Validation validation = validate(application);
  ASSERT_TRUE(validation.ok()) << validation.problems.front().path << ": "
                               << validation.problems.front().message;
  const json::Value defaulted = apply_defaults(application);
  const auto built = build_submission(defaulted, random_inputs());
  ASSERT_TRUE(built.has_value()) << built.error().message;
  EXPECT_EQ(printed(*built), printed(*build_submission(defaulted, random_inputs())));
  expect_names_fit(built->driver_pod);
  expect_mounts_resolve(built->driver_pod, "");
  for (const json::Value& object : built->dependents) {
    expect_names_fit(object);
    const std::string_view pod = json::string_at(object, {"data", kPodTemplateKey});
    if (!pod.empty()) expect_mounts_resolve(*json::parse(pod), kLocalVolumePrefix);
  }
  expect_sources_resolve(*built);
  expect_resources_add_up(*built);
  expect_service_finds_the_pod(*built);
  expect_no_leak(*built, validation);
}

TEST(Property, HoldsForThousandsOfRandomApplications) {
  for (int seed = 0; seed < kApplications; ++seed) {
    const json::Value application =
        RandomApplication(static_cast<std::uint64_t>(seed)).application();
    check(application);
    ASSERT_FALSE(HasFailure()) << "seed " << seed << "\n" << json::print_pretty(application);
  }
}

TEST(Property, RefusalsDoNotRepeatSecrets) {
  for (int seed = 0; seed < kApplications / 10; ++seed) {
    json::Value application = RandomApplication(static_cast<std::uint64_t>(seed)).application();
    json::make_object(application, {"spec", "driver"})["memory"] = "lots";
    json::make_object(application, {"spec"})["image"] = nullptr;
    const Validation validation = validate(application);
    ASSERT_FALSE(validation.ok());
    ASSERT_EQ(to_error(validation, application).message.find(kPlanted), std::string::npos);
  }
}

}  // namespace
}  // namespace firesteel::spark
