// The operator in a world of which every step is known. Lives by chance: lives_test.cc.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "kube/object.h"
#include "kube/resource.h"
#include "operator/decide/diagnose.h"
#include "sim/generator.h"
#include "sim/simulation.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

constexpr std::string_view kNever = R"({"type":"Never"})";
constexpr std::string_view kRetry =
    R"({"type":"OnFailure","onFailureRetries":3,"onSubmissionFailureRetries":3})";

void add_applications(Simulation& simulation) {
  simulation.add_application(make_application("simple", kNever, "ok"));
  simulation.add_application(make_application("broken", kNever, "error"));
  simulation.add_application(make_application("flaky", kRetry, "error,error,ok"));
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
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
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
    ASSERT_TRUE(wrong.empty()) << "seed " << seed << ": " << wrong.front();
  }
}

TEST(Simulation, ANewApplicationsDriverPodIsTwoWritesAway) {
  Simulation simulation({.seed = 1, .steps = 0, .faults = {}});
  simulation.add_application(make_application("quick", kNever, "ok"));
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
