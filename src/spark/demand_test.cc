#include "spark/demand.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/patch.h"
#include "spark/defaults.h"

namespace firesteel::spark {
namespace {

Demand of(std::string_view patch) {
  const json::Value base = json::parse(R"({"metadata":{"name":"pi","namespace":"data"},
    "spec":{"type":"Python","mode":"cluster","image":"apache/spark:3.5.1","sparkVersion":"3.5.1",
      "mainApplicationFile":"local:///pi.py","driver":{"cores":1,"memory":"1g"},
      "executor":{"cores":2,"memory":"2g","instances":3}}})")
                               .value();
  return demand_of(apply_defaults(json::apply_merge_patch(base, json::parse(patch).value())));
}

TEST(Demand, IsWhatTheDriverAndItsExecutorsRequest) {
  const Demand demand = of("{}");
  EXPECT_EQ(demand.executors, 3);
  // Python: 40 % overhead.
  EXPECT_EQ(kube::print_resources(demand.driver),
            "count/pods=1,cpu=1,limits.memory=1433Mi,memory=1433Mi,pods=1,requests.cpu=1,"
            "requests.memory=1433Mi");
  EXPECT_EQ(kube::print_resources(demand.executor),
            "count/pods=1,cpu=2,limits.memory=2867Mi,memory=2867Mi,pods=1,requests.cpu=2,"
            "requests.memory=2867Mi");
  EXPECT_EQ(of(R"({"spec":{"executor":{"coreRequest":"500m","coreLimit":"1"}}})")
                .executor.at("limits.cpu")
                .text(),
            "1");
}

TEST(Demand, OfDynamicAllocationIsWhatItBeginsWith) {
  const auto executors = [](std::string_view spec) {
    return of(std::string(R"({"spec":)") + std::string(spec) + "}").executors;
  };
  EXPECT_EQ(executors(R"({"executor":{"instances":null},"dynamicAllocation":{"enabled":true,
    "initialExecutors":4,"minExecutors":1,"maxExecutors":90}})"),
            4);
  EXPECT_EQ(executors(R"({"executor":{"instances":null},"dynamicAllocation":{"enabled":true,
    "minExecutors":2}})"),
            2);
  EXPECT_EQ(executors(R"({"executor":{"instances":null},"sparkConf":{"spark.executor.instances":
    "7"}})"),
            7);
}

TEST(Demand, OfWhatCannotBeSubmittedIsOneDriver) {
  const Demand demand = of(R"({"spec":{"image":null,"driver":{"memory":"many"}}})");
  EXPECT_EQ(demand.executors, 0);
  EXPECT_EQ(demand.driver.at("pods").text(), "1");
}

}  // namespace
}  // namespace firesteel::spark
