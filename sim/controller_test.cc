// The controller with its real threads, informers and events, against the world in memory.
#include "operator/controller.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/json/parse.h"
#include "kube/object.h"
#include "kube/resource.h"
#include "sim/watched_world.h"

namespace firesteel::operators {
namespace {

using kube::resources::kEvents;
using kube::resources::kPods;
using kube::resources::kSparkApplications;
using sim::World;

constexpr std::chrono::seconds kPatience{10};

json::Value application(std::string_view name) {
  json::Value object = json::parse(R"({"metadata":{"namespace":"data"},
    "spec":{"type":"Scala","mode":"cluster","image":"apache/spark:3.5.1","sparkVersion":"3.5.1",
      "mainClass":"org.apache.spark.examples.SparkPi",
      "mainApplicationFile":"local:///opt/spark/examples/jars/spark-examples.jar",
      "driver":{},"executor":{}}})")
                           .value();
  json::make_object(object, {"metadata"})["name"] = name;
  return object;
}

class ControllerTest : public testing::Test {
 protected:
  ControllerTest() : world_(clock_) {}

  void start(std::vector<std::string> namespaces = {}) {
    controller_ = Controller::start(world_, clock_,
                                    {.namespaces = std::move(namespaces),
                                     .workers = 2,
                                     .kubernetes_master = "https://10.96.0.1:443",
                                     .default_service_account = "spark"})
                      .value();
  }
  void create(std::string_view name) {
    world_.with([&](World& world) {
      (void)world.create(kSparkApplications, "data", application(name), {});
    });
  }
  [[nodiscard]] bool becomes(const std::string& name, const std::string& state) {
    return world_.wait_for(
        [&](World& world) {
          const auto found = world.get(kSparkApplications, "data", name);
          return found &&
                 json::string_at(**found, {"status", "applicationState", "state"}) == state;
        },
        kPatience);
  }
  [[nodiscard]] bool has_pod(const std::string& name) {
    return world_.wait_for([&](World& world) { return world.get(kPods, "data", name).has_value(); },
                           kPatience);
  }
  void set_phase(const std::string& pod, std::string_view phase) {
    world_.with([&](World& world) {
      world.edit(kPods, "data/" + pod, [&](json::Value& object) {
        json::make_object(object, {"status"})["phase"] = phase;
      });
    });
  }

  SystemClock clock_;
  sim::WatchedWorld world_;
  std::unique_ptr<Controller> controller_;
};

TEST_F(ControllerTest, TakesAnApplicationFromItsCreationToItsEnd) {
  start();
  create("pi");
  ASSERT_TRUE(has_pod("pi-driver"));
  const json::Document pod = world_.get(kPods, "data", "pi-driver").value();
  EXPECT_EQ(json::string_at(*pod, {"spec", "serviceAccountName"}), "spark");
  ASSERT_TRUE(becomes("pi", "SUBMITTED"));
  set_phase("pi-driver", "Running");
  ASSERT_TRUE(becomes("pi", "RUNNING"));
  set_phase("pi-driver", "Succeeded");
  ASSERT_TRUE(becomes("pi", "COMPLETED"));
  EXPECT_TRUE(world_.wait_for(
      [](World& world) {
        return std::ranges::any_of(world.all(kEvents), [](const json::Document& event) {
          return json::string_at(*event, "reason") == "SparkApplicationCompleted";
        });
      },
      kPatience));
}

TEST_F(ControllerTest, TakesUpWhatWasThereBeforeIt) {
  create("pi");
  start();
  EXPECT_TRUE(has_pod("pi-driver"));
  controller_.reset();
  set_phase("pi-driver", "Running");
  start();
  EXPECT_TRUE(becomes("pi", "RUNNING"));
  // The list counts as done a little after the first application of it is worked on.
  const auto deadline = clock_.now() + kPatience;
  while (!controller_->is_synced() && clock_.now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(controller_->is_synced());
}

TEST_F(ControllerTest, WorksOnlyInItsNamespaces) {
  start({"elsewhere", "data", "data"});
  create("pi");
  EXPECT_TRUE(has_pod("pi-driver"));
}

TEST_F(ControllerTest, RefusesOptionsThatCannotWork) {
  Controller::Options options;
  EXPECT_FALSE(Controller::start(world_, clock_, options)) << "no address for drivers";
  options.kubernetes_master = "https://10.96.0.1:443";
  options.workers = 0;
  EXPECT_FALSE(Controller::start(world_, clock_, options)) << "no workers";
}

}  // namespace
}  // namespace firesteel::operators
