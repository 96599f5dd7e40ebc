// The operator against a hostile world. `SIM_SEED=17 sim_test` replays one seed of every test;
// SIM_SEEDS=5000 runs more.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/json/parse.h"
#include "kube/object.h"
#include "kube/resource.h"
#include "operator/decide/diagnose.h"
#include "sim/simulation.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

json::Value application(std::string_view name, std::string_view restart_policy, int fail_first) {
  const std::string text = fmt::format(
      R"({{"apiVersion":"sparkoperator.k8s.io/v1beta2","kind":"SparkApplication",
        "metadata":{{"name":"{}","namespace":"data-platform","annotations":{{"{}":"{}"}}}},
        "spec":{{"type":"Scala","mode":"cluster","image":"apache/spark:3.5.1","sparkVersion":"3.5.1",
          "mainClass":"org.apache.spark.examples.SparkPi",
          "mainApplicationFile":"local:///opt/spark/examples/jars/spark-examples.jar",
          "restartPolicy":{},
          "driver":{{"cores":1,"memory":"512m"}},"executor":{{"cores":1,"instances":2}}}}}})",
      name, kFailFirst, fail_first, restart_policy);
  return json::parse(text).value();
}

constexpr std::string_view kNever = R"({"type":"Never"})";
constexpr std::string_view kRetry =
    R"({"type":"OnFailure","onFailureRetries":3,"onSubmissionFailureRetries":3})";

void add_applications(Simulation& simulation) {
  simulation.add_application(application("simple", kNever, 0));
  simulation.add_application(application("broken", kNever, 9));
  simulation.add_application(application("flaky", kRetry, 2));
}

std::vector<std::uint64_t> seeds(std::size_t count) {
  if (const char* one = std::getenv("SIM_SEED")) return {std::strtoull(one, nullptr, 10)};
  if (const char* many = std::getenv("SIM_SEEDS")) count = std::strtoull(many, nullptr, 10);
  std::vector<std::uint64_t> all(count);
  for (std::size_t at = 0; at < count; ++at) all[at] = at + 1;
  return all;
}

// A failing seed prints one line with which it can be run again.
bool holds(std::uint64_t seed, const std::vector<std::string>& wrong) {
  if (wrong.empty()) return true;
  ADD_FAILURE() << "SIM_SEED=" << seed << " build/dev/sim/sim_test --gtest_filter=*"
                << testing::UnitTest::GetInstance()->current_test_info()->name() << ": "
                << wrong.front()
                << (wrong.size() > 1 ? fmt::format(" (and {} more)", wrong.size() - 1) : "");
  return false;
}

std::string fault_free_summary() {
  Simulation simulation({.seed = 1, .steps = 0, .faults = {}});
  add_applications(simulation);
  EXPECT_EQ(simulation.run(), std::vector<std::string>{});
  return simulation.summary();
}

TEST(Simulation, WithoutFaultsEveryApplicationComesToItsEnd) {
  EXPECT_EQ(fault_free_summary(),
            "configmaps: 6\n"
            "data-platform/broken FAILED attempts=1 executors=2\n"
            "data-platform/flaky COMPLETED attempts=3 executors=2\n"
            "data-platform/simple COMPLETED attempts=1 executors=2\n"
            "driver of data-platform/broken: Failed\n"
            "driver of data-platform/flaky: Succeeded\n"
            "driver of data-platform/simple: Succeeded\n"
            "executor of data-platform/broken: Succeeded\n"
            "executor of data-platform/broken: Succeeded\n"
            "executor of data-platform/flaky: Succeeded\n"
            "executor of data-platform/flaky: Succeeded\n"
            "executor of data-platform/simple: Succeeded\n"
            "executor of data-platform/simple: Succeeded\n"
            "services: 3\n");
}

TEST(Simulation, ACrashBeforeOrAfterAnyWriteChangesNothingAboutTheEnd) {
  const std::string expected = fault_free_summary();
  std::size_t writes = 0;
  {
    Simulation simulation({.seed = 1, .steps = 0, .faults = {}});
    add_applications(simulation);
    ASSERT_TRUE(simulation.run().empty());
    writes = simulation.writes();
  }
  ASSERT_GT(writes, 20U);
  for (std::size_t at = 1; at <= writes; ++at) {
    for (const bool after : {false, true}) {
      Plan plan{.seed = 1, .steps = 400, .faults = {}};
      plan.faults.crash_at_write = at;
      plan.faults.crash_after = after;
      Simulation simulation(plan);
      add_applications(simulation);
      const auto wrong = simulation.run();
      ASSERT_TRUE(wrong.empty()) << "crash " << (after ? "after" : "before") << " write " << at
                                 << ": " << wrong.front();
      ASSERT_EQ(simulation.summary(), expected)
          << "crash " << (after ? "after" : "before") << " write " << at;
    }
  }
}

TEST(Simulation, FaultsDoNotChangeTheEnd) {
  const std::string expected = fault_free_summary();
  for (const std::uint64_t seed : seeds(200)) {
    Simulation simulation({.seed = seed,
                           .steps = 400,
                           .faults = {.error_one_in = 6, .crash_one_in = 12},
                           .drop_one_in = 6,
                           .restart_one_in = 60});
    add_applications(simulation);
    auto wrong = simulation.run();
    if (wrong.empty() && simulation.summary() != expected) {
      wrong.push_back("the end differs from the fault-free run:\n" + simulation.summary());
    }
    if (!holds(seed, wrong)) return;
  }
}

TEST(Simulation, UsersAndFaultsTogetherBreakNoInvariant) {
  for (const std::uint64_t seed : seeds(300)) {
    Simulation simulation({.seed = seed,
                           .steps = 500,
                           .faults = {.error_one_in = 10, .crash_one_in = 20},
                           .drop_one_in = 8,
                           .restart_one_in = 80,
                           .users = true});
    add_applications(simulation);
    if (!holds(seed, simulation.run())) return;
  }
}

// The most drivers that lived at once.
std::size_t most_drivers(const World& world) {
  std::set<std::string> alive;
  std::size_t most = 0;
  for (const Change& change : world.log()) {
    if (change.resource != kube::resources::kPods) continue;
    const json::Value& pod = change.after ? *change.after : *change.before;
    if (kube::label_of(pod, spark::kLabelSparkRole) != spark::kRoleDriver) continue;
    if (change.after && operators::decide::is_driver_alive(pod)) {
      alive.insert(kube::key_of(pod));
    } else {
      alive.erase(kube::key_of(pod));
    }
    most = std::max(most, alive.size());
  }
  return most;
}

TEST(Simulation, ALimitOfDriversHoldsAndEverybodyHasATurn) {
  const std::string expected = fault_free_summary();
  for (const std::uint64_t seed : seeds(100)) {
    Simulation simulation({.seed = seed,
                           .steps = 400,
                           .faults = {.error_one_in = 6, .crash_one_in = 12},
                           .max_drivers = 1});
    add_applications(simulation);
    auto wrong = simulation.run();
    if (wrong.empty() && simulation.summary() != expected) {
      wrong.push_back("the end differs from the run without limit:\n" + simulation.summary());
    }
    if (const std::size_t most = most_drivers(simulation.world()); most > 1) {
      wrong.push_back(fmt::format("{} drivers at once, 1 is allowed", most));
    }
    if (!holds(seed, wrong)) return;
  }
}

TEST(Simulation, ANewApplicationsDriverPodIsTwoWritesAway) {
  Simulation simulation({.seed = 1, .steps = 0, .faults = {}});
  simulation.add_application(application("quick", kNever, 0));
  ASSERT_TRUE(simulation.run().empty());
  std::size_t changes = 0;
  for (const Change& change : simulation.world().log()) {
    if (change.resource == kube::resources::kPods) break;
    ++changes;
  }
  EXPECT_EQ(changes, 2U) << "the application, its intent, then the pod";
}

}  // namespace
}  // namespace firesteel::sim
