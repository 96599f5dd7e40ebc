#include "spark/room.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/yaml.h"
#include "spark/defaults.h"

namespace firesteel::spark {
namespace {

// An executor of 1.25 CPUs and 4096 + 409 MiB, a driver of 1 CPU and 1024 + 384 MiB.
json::Value application() {
  const auto documents = json::parse_yaml(R"(
metadata: {name: pi, namespace: jobs}
spec:
  type: Scala
  sparkVersion: 3.5.9
  image: apache/spark:3.5.9
  mainClass: org.example.Main
  mainApplicationFile: local:///a.jar
  nodeSelector: {disk: ssd}
  executor: {memory: 4g, coreRequest: 1250m}
)");
  EXPECT_TRUE(documents.has_value());
  return apply_defaults(documents->front().value);
}

json::Value node(std::string_view cpu, std::string_view memory, std::string_view labels) {
  return *json::parse(fmt::format(R"({{"metadata":{{"name":"n","labels":{}}},
                       "status":{{"allocatable":{{"cpu":"{}","memory":"{}"}}}}}})",
                                  labels, cpu, memory));
}

json::Value quota(std::string_view spec) {
  return *json::parse(fmt::format(R"({{"metadata":{{"name":"q"}},"spec":{}}})", spec));
}

constexpr std::string_view kSsd = R"({"disk":"ssd"})";
constexpr std::string_view kHdd = R"({"disk":"hdd"})";

struct Case {
  std::string_view what;
  ClusterRoom room;
  std::string_view problem;  // "" = none
  std::string_view warning;
};

bool says(const std::vector<Problem>& problems, std::string_view words) {
  return std::ranges::any_of(problems, [&](const Problem& problem) {
    return (problem.path + ": " + problem.message).find(words) != std::string::npos;
  });
}

void check(const Case& one) {
  const Validation found = check_room(application(), one.room);
  EXPECT_EQ(found.problems.empty(), one.problem.empty()) << one.what;
  EXPECT_EQ(found.warnings.empty(), one.warning.empty()) << one.what;
  EXPECT_TRUE(one.problem.empty() || says(found.problems, one.problem)) << one.what;
  EXPECT_TRUE(one.warning.empty() || says(found.warnings, one.warning)) << one.what;
}

TEST(Room, RefusesWhatNoNodeCouldHold) {
  const auto nodes = [](const std::vector<json::Value>& all) {
    return ClusterRoom{json::Array(all.begin(), all.end()), {}};
  };
  check({"unknown", {}, "", ""});
  check({"no nodes yet", nodes({}), "", ""});
  check({"it fits", nodes({node("1", "1Gi", kSsd), node("2", "4505Mi", kSsd)}), "", ""});
  check(
      {"memory", nodes({node("2", "4504Mi", kSsd), node("64", "1Ti", kHdd)}),
       "spec.executor.memory: the executor requests 1250m CPU and 4505Mi, and no node has as much "
       "even when it is empty (at most 2 CPU and 4504Mi)",
       ""});
  check({"cores", nodes({node("1", "64Gi", kSsd)}), "spec.executor.cores: ", ""});
  check({"cores of one and memory of another",
         nodes({node("1", "64Gi", kSsd), node("8", "2Gi", kSsd)}), "spec.executor.cores: ", ""});
  check({"none is selected", nodes({node("1", "1Gi", kHdd)}), "", ""});
  check({"nodes are made by need",
         nodes({node("1", "2Gi", R"({"disk":"ssd","karpenter.sh/nodepool":"a"})")}), "",
         "spec.executor.memory: "});
}

TEST(Room, RefusesWhatNoQuotaAllows) {
  const auto with = [](std::string_view spec) {
    return ClusterRoom{std::nullopt, json::Array{quota(spec)}};
  };
  check(
      {"just", with(R"({"hard":{"requests.memory":"5913Mi","cpu":"2250m","pods":"2"}})"), "", ""});
  check({"memory", with(R"({"hard":{"limits.memory":"5912Mi"}})"),
         "need limits.memory 5913Mi, but ResourceQuota q allows 5912Mi", ""});
  check({"cpu", with(R"({"hard":{"requests.cpu":"2"}})"), "spec.executor.cores: ", ""});
  check({"pods", with(R"({"hard":{"pods":1}})"), "need pods 2", ""});
  check({"of other pods", with(R"({"hard":{"pods":"1"},"scopes":["BestEffort"]})"), "", ""});
}

}  // namespace
}  // namespace firesteel::spark
