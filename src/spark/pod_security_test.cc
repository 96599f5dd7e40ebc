#include "spark/pod_security.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "base/json/yaml.h"
#include "spark/defaults.h"
#include "spark/names.h"
#include "spark/submission.h"

namespace firesteel::spark {
namespace {

TEST(PodSecurity, KnowsTheImagesOfTheSparkProject) {
  for (const std::string_view image :
       {"apache/spark:v3.4.0", "apache/spark-py:v3.4.0", "spark", "spark:3.5.3-java17",
        "docker.io/library/spark:4.0.0", "mirror.example:5000/apache/spark@sha256:00"}) {
    EXPECT_TRUE(is_spark_image(image)) << image;
  }
  for (const std::string_view image :
       {"", "team/spark:1", "mirror.example:5000/spark:1", "apache/spark-etl:1",
        "apache/sparkling:1", "example.org/apache/spark/etl:1"}) {
    EXPECT_FALSE(is_spark_image(image)) << image;
  }
}

struct Contexts {
  json::Value driver, executor;  // securityContexts of Spark's containers, printed
};

json::Value context_in(const json::Value& pod, std::string_view name) {
  for (const json::Value& container : json::array_at(pod, {"spec", "containers"})) {
    if (json::string_at(container, "name") != name) continue;
    return json::Value(json::object_at(container, {"securityContext"}));
  }
  ADD_FAILURE() << "no container " << name << " in " << json::print(pod);
  return {};
}

// `more` is merged into the spec as YAML.
Contexts contexts(std::string_view more) {
  const auto documents = json::parse_yaml(fmt::format(R"(
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {{name: pi, namespace: jobs}}
spec:
  type: Scala
  mainClass: org.example.Main
  mainApplicationFile: local:///a.jar
{})",
                                                      more));
  EXPECT_TRUE(documents.has_value());
  AttemptInputs inputs;
  inputs.unique_id = "a1b2c30199f0e1d2";
  const auto built = build_submission(apply_defaults(documents->front().value), inputs);
  EXPECT_TRUE(built.has_value()) << built.error().message;
  if (!built) return {};
  Contexts out{context_in(built->driver_pod, kDriverContainer), json::Value(json::Object())};
  for (const json::Value& object : built->dependents) {
    const std::string_view text = json::string_at(object, {"data", kPodTemplateKey});
    if (!text.empty()) out.executor = context_in(*json::parse(text), kExecutorContainer);
  }
  return out;
}

void check(std::string_view more, std::string_view driver, std::string_view executor) {
  const Contexts found = contexts(more);
  EXPECT_EQ(found.driver, *json::parse(driver)) << more << json::print(found.driver);
  EXPECT_EQ(found.executor, *json::parse(executor)) << more << json::print(found.executor);
}

constexpr std::string_view kRestricted =
    R"({"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},
        "runAsNonRoot":true,"runAsUser":185,"seccompProfile":{"type":"RuntimeDefault"}})";
constexpr std::string_view kOfUnknownImage =
    R"({"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},
        "runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}})";

TEST(PodSecurity, RestrictsSparksOwnImagesAndWhatAsksForIt) {
  check("  image: apache/spark:3.5.9\n", kRestricted, kRestricted);
  check("  image: team/etl:1\n  sparkVersion: 3.5.9\n", "{}", "{}");
  check("  image: team/etl:1\n  sparkVersion: 3.5.9\n  executor: {image: 'spark:3.5.3'}\n", "{}",
        kRestricted);
  check("  image: apache/spark:3.5.9\n  sparkConf: {spark.firesteel.podSecurity: privileged}\n",
        "{}", "{}");
  check("  image: team/etl:1\n  sparkConf: {spark.firesteel.podSecurity: restricted}\n",
        kOfUnknownImage, kOfUnknownImage);
}

TEST(PodSecurity, LeavesWhatTheUserSays) {
  check("  image: apache/spark:3.5.9\n  driver: {securityContext: {privileged: true}}\n",
        R"({"privileged":true})", kRestricted);
  check(
      "  image: apache/spark:3.5.9\n"
      "  driver: {securityContext: {runAsUser: 0, capabilities: {add: [NET_ADMIN]}}}\n"
      "  executor: {podSecurityContext: {runAsUser: 0, seccompProfile: {type: Unconfined}}}\n",
      R"({"runAsUser":0,"capabilities":{"add":["NET_ADMIN"]},"allowPrivilegeEscalation":false,
          "seccompProfile":{"type":"RuntimeDefault"}})",
      R"({"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}})");
  check(
      "  image: apache/spark:3.5.9\n"
      "  driver: {podSecurityContext: {runAsUser: 1000, runAsNonRoot: false}}\n",
      R"({"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},
          "seccompProfile":{"type":"RuntimeDefault"}})",
      kRestricted);
}

}  // namespace
}  // namespace firesteel::spark
