// The scheduled controller's own reconciler against the world in memory: a clock that is moved by
// hand, caches that lag, calls that fail, crashes before and after every write.
#include <gtest/gtest.h>

#include <set>

#include "base/json/parse.h"
#include "kube/object.h"
#include "kube/resource.h"
#include "operator/scheduled_reconcile.h"
#include "sim/faults.h"
#include "sim/random.h"
#include "sim/world.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

using kube::resources::kScheduledSparkApplications;
using kube::resources::kSparkApplications;

constexpr std::string_view kKey = "data/nightly";
constexpr std::string_view kNightly = R"({"metadata":{"name":"nightly"},
  "spec":{"schedule":"*/10 * * * *","template":{"type":"Scala","mode":"cluster",
    "image":"apache/spark:3.5.1","sparkVersion":"3.5.1","mainClass":"org.example.Main",
    "mainApplicationFile":"local:///opt/spark/app.jar","driver":{},"executor":{}}}})";

// What was last seen of the world; lags behind it until refresh().
class Snapshot final : public operators::ScheduleCaches {
 public:
  explicit Snapshot(World& world) : world_(world) { refresh(); }
  void refresh() {
    auto found = world_.get(kScheduledSparkApplications, "data", "nightly");
    schedule_ = found ? *found : nullptr;
    runs_ = world_.all(kSparkApplications);
  }
  [[nodiscard]] json::Document schedule(const std::string&) const override { return schedule_; }
  [[nodiscard]] std::vector<json::Document> runs(const std::string&) const override {
    return runs_;
  }

 private:
  World& world_;
  json::Document schedule_;
  std::vector<json::Document> runs_;
};

class Scheduled {
 public:
  explicit Scheduled(FaultPlan plan = {}, std::uint64_t seed = 1)
      : random_(seed), world_(clock_), api_(world_, random_, plan) {
    (void)world_.create(kScheduledSparkApplications, "data", json::parse(kNightly).value(), {});
    world_.on_change([this](const Change& change) {
      if (change.before != nullptr || change.resource != kSparkApplications) return;
      const std::string name(kube::name_of(*change.after));
      EXPECT_TRUE(started_.insert(name).second) << name << " was started twice";
    });
    snapshot_.refresh();
  }

  // A pass, by a process that may die in it and be started again. False: it failed.
  bool reconcile() {
    operators::ScheduledReconciler reconciler(
        api_, snapshot_, clock_, zones_, operators::decide::TimestampPrecision::kSeconds,
        [this](const json::Value&, const operators::decide::EventNote& event) {
          events_.push_back(event.reason);
        });
    try {
      return reconciler.reconcile(std::string(kKey)).has_value();
    } catch (const Crashed&) {
      return false;
    }
  }
  void minutes(int count) {
    for (int i = 0; i < count; ++i) {
      clock_.advance(std::chrono::minutes(1));
      snapshot_.refresh();
      reconcile();
      while (world_.collect_garbage()) {
      }
      snapshot_.refresh();
      reconcile();
      snapshot_.refresh();
    }
  }
  void set_state(std::string_view name, std::string_view state) {
    world_.edit(kSparkApplications, "data/" + std::string(name), [&](json::Value& run) {
      json::make_object(run, {"status", "applicationState"})["state"] = state;
    });
  }
  void edit_spec(std::string_view field, const json::Value& value) {
    world_.edit(kScheduledSparkApplications, std::string(kKey), [&](json::Value& schedule) {
      json::make_object(schedule, {"spec"})[field] = value;
    });
    snapshot_.refresh();
  }
  [[nodiscard]] std::string status(std::string_view field) {
    const auto found = world_.get(kScheduledSparkApplications, "data", "nightly").value();
    return std::string(json::string_at(*found, {"status", field}));
  }

  ManualClock clock_{TimePoint(std::chrono::seconds(1'800'000'000))};  // 2027-01-15T08:00:00Z
  Random random_;
  World world_;
  FaultyApi api_;
  Snapshot snapshot_{world_};
  client::TimeZones zones_;
  std::set<std::string> started_;
  std::vector<std::string> events_;
};

TEST(Scheduled, StartsItsRunsAndTrimsThemAsTheyEnd) {
  Scheduled it;
  it.minutes(31);
  EXPECT_EQ(it.started_, (std::set<std::string>{"nightly-1800000600", "nightly-1800001200",
                                                "nightly-1800001800"}));
  for (const auto* const name : {"nightly-1800000600", "nightly-1800001200"}) {
    it.set_state(name, "COMPLETED");
  }
  it.set_state("nightly-1800001800", "FAILED");
  it.snapshot_.refresh();
  EXPECT_TRUE(it.reconcile());
  EXPECT_EQ(it.world_.all(kSparkApplications).size(), 2U) << "one completed, one failed";
  const json::Document run =
      it.world_.get(kSparkApplications, "data", "nightly-1800001200").value();
  EXPECT_EQ(kube::label_of(*run, spark::kLabelScheduledAppName), "nightly");
  EXPECT_EQ(it.status("lastRunName"), "nightly-1800001800");
}

TEST(Scheduled, ReplacesWhatStillRunsAndForbidWaits) {
  Scheduled it;
  it.edit_spec("concurrencyPolicy", "Replace");
  it.minutes(11);
  it.minutes(11);
  ASSERT_EQ(it.world_.all(kSparkApplications).size(), 1U);
  EXPECT_EQ(kube::name_of(*it.world_.all(kSparkApplications).front()), "nightly-1800001200");
  it.edit_spec("concurrencyPolicy", "Forbid");
  it.minutes(25);
  EXPECT_EQ(it.started_.size(), 2U) << "the second goes on";
  it.set_state("nightly-1800001200", "COMPLETED");
  it.minutes(1);
  EXPECT_TRUE(it.started_.contains("nightly-1800001800")) << "the run that was due then";
  EXPECT_EQ(it.started_.size(), 3U) << "and one for all that were missed";
}

TEST(Scheduled, RecoversFromAWrongScheduleOnceItIsCorrected) {
  Scheduled it;
  it.edit_spec("schedule", "every day");
  it.minutes(15);
  EXPECT_EQ(it.status("scheduleState"), "FailedValidation");
  EXPECT_TRUE(it.started_.empty());
  it.edit_spec("schedule", "*/5 * * * *");
  it.minutes(1);
  EXPECT_EQ(it.status("scheduleState"), "Scheduled");
  EXPECT_EQ(it.status("nextRun"), "2027-01-15T08:20:00Z");
  EXPECT_EQ(it.status("reason"), "");
}

TEST(Scheduled, StandsBackWhenAStrangersApplicationHasTheRunsName) {
  Scheduled it;
  (void)it.world_.create(
      kSparkApplications, "data",
      json::parse(R"({"metadata":{"name":"nightly-1800000600"},"spec":{}})").value(), {});
  it.minutes(12);
  EXPECT_NE(it.status("reason").find("already exists"), std::string::npos) << it.status("reason");
  it.minutes(10);
  EXPECT_TRUE(it.started_.contains("nightly-1800001200"));
}

// Every due time is run once: no crash, lost answer or late cache runs it twice or not at all.
TEST(Scheduled, RunsEveryDueTimeOnceWhateverFails) {
  constexpr int kHours = 3;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    Scheduled it({.error_one_in = 8, .crash_one_in = 6}, seed);
    it.edit_spec("successfulRunHistoryLimit", static_cast<int>(seed % 3));
    for (int minute = 0; minute < kHours * 60; ++minute) {
      it.clock_.advance(std::chrono::minutes(1));
      for (int tries = 0; tries < 4; ++tries) {
        if (it.random_.one_in(2)) it.snapshot_.refresh();
        it.reconcile();
      }
      for (const json::Document& run : it.world_.all(kSparkApplications)) {
        if (it.random_.one_in(5)) it.set_state(kube::name_of(*run), "COMPLETED");
      }
    }
    it.api_.heal();
    // What a pass writes, and the end of a run, wakes the next one.
    for (int passes = 0; passes < 3; ++passes) {
      it.snapshot_.refresh();
      EXPECT_TRUE(it.reconcile());
      for (const json::Document& run : it.world_.all(kSparkApplications)) {
        it.set_state(kube::name_of(*run), "COMPLETED");
      }
    }
    EXPECT_EQ(it.started_.size(), static_cast<std::size_t>(kHours * 6));
    EXPECT_EQ(it.world_.all(kSparkApplications).size(), seed % 3);
    it.snapshot_.refresh();
    const std::size_t writes = it.api_.writes();
    EXPECT_TRUE(it.reconcile());
    EXPECT_EQ(it.api_.writes(), writes) << "a stable world needs no writes";
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace firesteel::sim
