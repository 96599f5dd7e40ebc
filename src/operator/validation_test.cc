#include "operator/validation.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"

namespace firesteel::operators {
namespace {

TEST(Validation, AllProblemsAreToldAndWarningsAreMarked) {
  const json::Value application = json::parse(R"({"metadata":{"name":"pi","namespace":"data"},
    "spec":{"type":"Cobol","image":"apache/spark:3.5.1","unheardOf":1,
    "mainApplicationFile":"local:///pi.jar","driver":{"cores":"many"},"executor":{}}})")
                                      .value();
  const auto problems = validators().at(kube::resources::kSparkApplications)(application);
  const auto told = [&](std::string_view path, bool warning) {
    return std::ranges::any_of(problems, [&](const Problem& problem) {
      return problem.path == path && (problem.reason == "Warning") == warning;
    });
  };
  EXPECT_TRUE(told("spec.type", false));
  EXPECT_TRUE(told("spec.driver.cores", false));
  EXPECT_TRUE(told("spec.unheardOf", true));
}

TEST(Validation, ASchedulesTimesAreChecked) {
  const auto paths = [](std::string_view schedule, std::string_view zone) {
    json::Value object = json::parse(R"({"metadata":{"name":"nightly","namespace":"data"},
      "spec":{"template":{"type":"Scala","mode":"cluster","image":"apache/spark:3.5.1",
        "sparkVersion":"3.5.1","mainClass":"Pi","mainApplicationFile":"local:///pi.jar",
        "driver":{},"executor":{}}}})")
                             .value();
    json::make_object(object, {"spec"})["schedule"] = schedule;
    json::make_object(object, {"spec"})["timeZone"] = zone;
    std::string found;
    for (const Problem& problem :
         validators().at(kube::resources::kScheduledSparkApplications)(object)) {
      if (problem.reason != "Warning") found += problem.path + " ";
    }
    return found;
  };
  EXPECT_EQ(paths("*/5 * * * *", "UTC"), "");
  EXPECT_EQ(paths("*/5 * * *", "UTC"), "spec.schedule ");
  EXPECT_EQ(paths("61 * * * *", "../etc/passwd"), "spec.schedule spec.timeZone ");
}

TEST(Validation, DefaultsAreIdempotent) {
  json::Value application =
      json::parse(R"({"metadata":{"name":"pi"},"spec":{"type":"Scala"}})").value();
  const Defaulter fill = defaulters().at(kube::resources::kSparkApplications);
  fill(application);
  EXPECT_EQ(json::string_at(application, {"spec", "mode"}), "cluster");
  const json::Value once = application;
  fill(application);
  EXPECT_EQ(application, once);
}

}  // namespace
}  // namespace firesteel::operators
