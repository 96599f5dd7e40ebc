#include "operator/decide/schedule.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/json/parse.h"
#include "base/json/patch.h"
#include "base/json/print.h"
#include "kube/object.h"

namespace firesteel::operators::decide {
namespace {

constexpr std::string_view kNightly = R"({
  "apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "ScheduledSparkApplication",
  "metadata": {"name": "nightly", "namespace": "data", "uid": "s-1", "resourceVersion": "7",
    "labels": {"team": "etl"}},
  "spec": {"schedule": "*/10 * * * *", "template": {"type": "Scala", "mode": "cluster",
    "image": "apache/spark:3.5.1", "sparkVersion": "3.5.1", "mainClass": "org.example.Main",
    "mainApplicationFile": "local:///opt/spark/app.jar", "driver": {}, "executor": {}}}})";

// "name state owner=.. deleting", the newest last.
std::vector<json::Document> runs_of(std::string_view words) {
  std::vector<json::Document> runs;
  std::istringstream lines{std::string(words)};
  int minute = 0;
  for (std::string line; std::getline(lines, line, ',');) {
    std::istringstream in(line);
    std::string name, state, word;
    in >> name >> state;
    json::Value run = json::Object{};
    json::Object& metadata = json::make_object(run, {"metadata"});
    metadata["name"] = name;
    metadata["uid"] = "uid-" + name;
    metadata["resourceVersion"] = "3";
    metadata["creationTimestamp"] = fmt::format("2026-11-22T11:{:02}:00Z", minute++);
    std::string owner = "s-1";
    while (in >> word) {
      if (word == "deleting") metadata["deletionTimestamp"] = "2026-11-22T12:00:00Z";
      if (word == "stranger") owner = "s-0";
    }
    metadata["ownerReferences"] = json::Array{json::Object{{"uid", owner}}};
    json::make_object(run, {"status", "applicationState"})["state"] = state;
    runs.push_back(std::make_shared<const json::Value>(std::move(run)));
  }
  return runs;
}

struct Describing {
  std::string operator()(const WriteScheduleStatus& action) const {
    const json::Value& status = action.status;
    std::string text =
        fmt::format("{} next={} last={}", json::string_at(status, "scheduleState"),
                    json::string_at(status, "nextRun"), json::string_at(status, "lastRunName"));
    for (const auto& [label, field] :
         {std::pair{"ok", "pastSuccessfulRunNames"}, std::pair{"failed", "pastFailedRunNames"}}) {
      for (const json::Value& name : json::array_at(status, {field})) {
        text += fmt::format(" {}={}", label, json::view(name.as_string()));
      }
    }
    const std::string_view reason = json::string_at(status, "reason");
    return reason.empty() ? text : fmt::format("{} ({})", text, reason);
  }
  std::string operator()(const CreateRun& action) const {
    return fmt::format("create {}", kube::name_of(action.application));
  }
  std::string operator()(const DeleteRun& action) const {
    return fmt::format("delete {}{}", action.name, action.wait_for_pods ? " and wait" : "");
  }
};

struct World {
  std::string_view patch, runs;
  bool live = false;
  std::string_view zone_error = {};
  std::optional<Error> creation_error = {};
};

ScheduleDecision decide_on(const World& world) {
  ObservedSchedule seen;
  const json::Value patch = json::parse(world.patch.empty() ? "{}" : world.patch).value();
  seen.schedule = std::make_shared<const json::Value>(
      json::apply_merge_patch(json::parse(kNightly).value(), patch));
  seen.schedule_live = world.live;
  seen.runs = runs_of(world.runs);
  seen.runs_live = world.live;
  if (world.zone_error.empty()) {
    seen.zone = std::make_shared<const kube::loop::TimeZone>(kube::loop::TimeZone::utc());
  }
  seen.zone_error = world.zone_error;
  seen.creation_error = world.creation_error;
  seen.now = parse_time("2026-11-22T12:03:00Z").value();
  return decide_schedule(seen);
}

std::string describe(const ScheduleDecision& decision) {
  if (decision.needs_live_look) return "look live";
  std::string text;
  for (const ScheduleAction& action : decision.actions) {
    text += std::visit(Describing{}, action) + "; ";
  }
  for (const EventNote& event : decision.events) text += "event " + event.reason + "; ";
  switch (decision.requeue.when()) {
    case Requeue::When::kAfter:
      return text + fmt::format("after {} s", decision.requeue.delay().count());
    case Requeue::When::kOnChange:
      return text + "on change";
    case Requeue::When::kBackoff:
      return text + "with backoff";
  }
  return text;
}

// Scheduled before, with the next run at that time of day.
std::string scheduled(std::string_view next, std::string_view more_spec = "") {
  return fmt::format(
      R"({{"spec":{{{}}},"status":{{"scheduleState":"Scheduled","nextRun":"2026-11-22T{}Z",
        "observedSchedule":"|*/10 * * * *"}}}})",
      more_spec, next);
}

void check(const World& world, std::string_view expected) {
  SCOPED_TRACE(std::string(world.patch) + " " + std::string(world.runs));
  EXPECT_EQ(describe(decide_on(world)), expected);
}

TEST(Schedule, PlansTheNextRunAndSleeps) {
  check({"", ""}, "Scheduled next=2026-11-22T12:10:00Z last=; after 420 s");
  check({scheduled("12:10:00"), ""}, "after 420 s");
}

TEST(Schedule, StartsARunThatIsDueOnceUnderTheNameOfItsTime) {
  check({scheduled("12:00:00"), ""}, "look live");
  check({scheduled("12:00:00"), "", true},
        "create nightly-1795348800000000000; Scheduled next=2026-11-22T12:10:00Z "
        "last=nightly-1795348800000000000; event SparkApplicationCreated; after 420 s");
}

TEST(Schedule, GivesARunTheLabelsAndTheTemplateOfItsSchedule) {
  const ScheduleDecision decision = decide_on({scheduled("12:00:00"), "", true});
  const auto& run = std::get<CreateRun>(decision.actions.at(0)).application;
  EXPECT_EQ(kube::label_of(run, "team"), "etl");
  EXPECT_EQ(kube::label_of(run, "sparkoperator.k8s.io/scheduled-app-name"), "nightly");
  EXPECT_EQ(json::string_at(run, {"spec", "mainClass"}), "org.example.Main");
  EXPECT_EQ(kube::namespace_of(run), "data");
  EXPECT_EQ(kube::controller_of(run), nullptr) << "a reference that does not control, as before";
}

TEST(Schedule, MakesUpForMissedRunsWithOne) {
  check({scheduled("09:00:00"), "", true},
        "create nightly-1795338000000000000; Scheduled next=2026-11-22T12:10:00Z "
        "last=nightly-1795338000000000000; event SparkApplicationCreated; event "
        "SparkApplicationRunsMissed; after 420 s");
}

// The reference's defect 19 (kubeflow/spark-operator#2288): an edit waited for the next run.
TEST(Schedule, CountsAnEditOfTheScheduleAtOnce) {
  check({scheduled("12:10:00", R"("schedule":"*/5 * * * *")"), ""},
        "Scheduled next=2026-11-22T12:05:00Z last=; after 120 s");
  check({scheduled("12:00:00", R"("schedule":"0 * * * *")"), ""},
        "Scheduled next=2026-11-22T13:00:00Z last=; after 3420 s");
  check({scheduled("12:10:00", R"("timeZone":"UTC")"), ""},
        "Scheduled next=2026-11-22T12:10:00Z last=; after 420 s");
  // Taken over from an operator that recorded nothing.
  check({R"({"status":{"scheduleState":"Scheduled","nextRun":"2026-11-22T18:00:00Z"}})", ""},
        "Scheduled next=2026-11-22T12:10:00Z last=; after 420 s");
}

TEST(Schedule, KeepsTheRhythmOfEvery) {
  check({R"({"spec":{"schedule":"@every 2m"},"status":{"scheduleState":"Scheduled",
          "nextRun":"2026-11-22T12:02:59Z","observedSchedule":"|@every 2m"}})",
         "", true},
        "create nightly-1795348979000000000; Scheduled next=2026-11-22T12:04:59Z "
        "last=nightly-1795348979000000000; event SparkApplicationCreated; after 119 s");
}

TEST(Schedule, StartsNothingWhileSuspended) {
  check({scheduled("12:00:00", R"("suspend":true)"), "", true}, "on change");
  check({R"({"spec":{"suspend":true}})", ""},
        "Scheduled next=2026-11-22T12:10:00Z last=; on change");
}

// The reference's defect 19: an empty policy never started again once there was a run.
TEST(Schedule, FollowsTheConcurrencyPolicy) {
  for (const auto* const policy : {R"("concurrencyPolicy":"")", R"("concurrencyPolicy":"Allow")"}) {
    check({scheduled("12:00:00", policy), "nightly-1 RUNNING", true},
          "create nightly-1795348800000000000; Scheduled next=2026-11-22T12:10:00Z "
          "last=nightly-1795348800000000000; event SparkApplicationCreated; after 420 s");
  }
  const std::string forbid = scheduled("12:00:00", R"("concurrencyPolicy":"Forbid")");
  check({forbid, "nightly-1 RUNNING"},
        "Scheduled next=2026-11-22T12:00:00Z last= (the run of 2026-11-22T12:00:00Z waits for the "
        "end of nightly-1 (concurrencyPolicy Forbid)); event SparkApplicationRunDelayed; on "
        "change");
  check({forbid, "nightly-1 COMPLETED", true},
        "create nightly-1795348800000000000; Scheduled next=2026-11-22T12:10:00Z "
        "last=nightly-1795348800000000000 ok=nightly-1; event SparkApplicationCreated; after 420 "
        "s");
  const std::string replace = scheduled("12:00:00", R"("concurrencyPolicy":"Replace")");
  check({replace, "nightly-1 RUNNING"}, "look live");
  check({replace, "nightly-1 RUNNING", true},
        "delete nightly-1 and wait; Scheduled next=2026-11-22T12:00:00Z last= (the run of "
        "2026-11-22T12:00:00Z waits for the end of nightly-1 (concurrencyPolicy Replace)); event "
        "SparkApplicationReplaced; on change");
  check({replace, "", true},
        "create nightly-1795348800000000000; Scheduled next=2026-11-22T12:10:00Z "
        "last=nightly-1795348800000000000; event SparkApplicationCreated; after 420 s");
}

// The reference's defect 19: trimming waited for the next run.
TEST(Schedule, KeepsAsManyRunsAsItIsToldAndRemovesTheOldest) {
  check({scheduled("12:10:00"), "a-1 COMPLETED,a-2 COMPLETED,a-3 FAILED,a-4 FAILED,a-5 RUNNING"},
        "Scheduled next=2026-11-22T12:10:00Z last= ok=a-2 failed=a-4; delete a-1; delete a-3; "
        "after 420 s");
  check({scheduled("12:10:00", R"("successfulRunHistoryLimit":2,"failedRunHistoryLimit":0)"),
         "a-1 COMPLETED,a-2 COMPLETED,a-3 FAILED"},
        "Scheduled next=2026-11-22T12:10:00Z last= ok=a-2 ok=a-1; delete a-3; after 420 s");
  check({scheduled("12:10:00"), "a-1 COMPLETED stranger,a-2 COMPLETED deleting"}, "after 420 s");
}

TEST(Schedule, SaysWhatIsWrongAndRecovers) {
  check({R"({"spec":{"schedule":"61 * * * *"}})", ""},
        "FailedValidation next= last= (spec.schedule: minute: found \"61\", expected 0 to 59); "
        "event ScheduledSparkApplicationFailedValidation; on change");
  check({"", "", false, "no such zone: Mars"},
        "FailedValidation next= last= (spec.timeZone: no such zone: Mars); event "
        "ScheduledSparkApplicationFailedValidation; on change");
  check({R"({"spec":{"schedule":"0 0 30 2 *"}})", ""},
        "FailedValidation next= last= (spec.schedule: there is no such time in the next five "
        "years); event ScheduledSparkApplicationFailedValidation; on change");
  check({R"({"metadata":{"name":"a-name-that-leaves-no-room-for-the-time-of-a-run"}})", ""},
        "FailedValidation next= last= (metadata.name: has 48 characters, expected at most 43, for "
        "its runs are called a-name-that-leaves-no-room-for-the-time-of-a-run-<time>); event "
        "ScheduledSparkApplicationFailedValidation; on change");
  // The reference's defect 19: it stayed there for ever.
  check({R"({"status":{"scheduleState":"FailedValidation","reason":"spec.schedule: bad"}})", ""},
        "Scheduled next=2026-11-22T12:10:00Z last=; after 420 s");
}

TEST(Schedule, SkipsARunThatIsRefusedAndRetriesWhatPasses) {
  check({scheduled("12:00:00"), "", true, {}, Error{ErrorCode::kForbidden, "exceeded quota", {}}},
        "Scheduled next=2026-11-22T12:10:00Z last= (the run of 2026-11-22T12:00:00Z could not be "
        "created: exceeded quota); event SparkApplicationCreationFailed; after 420 s");
  check({scheduled("12:00:00"), "", true, {}, Error{ErrorCode::kUnavailable, "gone away", {}}},
        "with backoff");
}

TEST(Schedule, ARunThatIsTooLateIsNotMadeUpFor) {
  const auto late = [](std::string_view due, std::string_view deadline) {
    json::Value patch = json::parse(scheduled(due)).value();
    json::make_object(patch, {"metadata", "annotations"})["firesteel.dev/starting-deadline"] =
        deadline;
    return json::print(patch);
  };
  // It is 12:03:00.
  check({late("12:00:00", "2m"), "", true},
        "Scheduled next=2026-11-22T12:10:00Z last=; event SparkApplicationRunsMissed; after 420 s");
  check({late("11:20:00", "15m"), "", true},
        "create nightly-1795348200000000000; Scheduled next=2026-11-22T12:10:00Z "
        "last=nightly-1795348200000000000; event SparkApplicationCreated; event "
        "SparkApplicationRunsMissed; after 420 s");
}

TEST(Schedule, GivesItsOwnWishesToItsRuns) {
  const ScheduleDecision decision =
      decide_on({R"({"metadata":{"annotations":{"firesteel.dev/run-timeout":"1h","other/one":"x"}},
           "status":{"scheduleState":"Scheduled","nextRun":"2026-11-22T12:00:00Z"}})",
                 "", true});
  for (const ScheduleAction& action : decision.actions) {
    if (const auto* run = std::get_if<CreateRun>(&action)) {
      EXPECT_EQ(json::print(json::object_at(run->application, {"metadata", "annotations"})),
                R"({"firesteel.dev/run-timeout":"1h"})");
      return;
    }
  }
  ADD_FAILURE() << "no run is created";
}

TEST(Schedule, SurvivesAnyStatus) {
  for (const auto* const status :
       {R"({"status":null})", R"({"status":{"nextRun":7,"pastFailedRunNames":{"a":1}}})",
        R"({"status":{"nextRun":"never","lastRun":"","scheduleState":4}})"}) {
    EXPECT_EQ(decide_on({status, ""}).requeue, Requeue::after(std::chrono::seconds(420))) << status;
  }
}

TEST(Schedule, KnowsItsZone) {
  const auto zone = [](std::string_view patch) {
    return zone_name(
        json::apply_merge_patch(json::parse(kNightly).value(), json::parse(patch).value()));
  };
  EXPECT_EQ(zone("{}"), "");
  EXPECT_EQ(zone(R"({"spec":{"timeZone":"Local"}})"), "");
  EXPECT_EQ(zone(R"({"spec":{"timeZone":"Asia/Tokyo"}})"), "Asia/Tokyo");
  EXPECT_EQ(zone(R"({"spec":{"timeZone":"Asia/Tokyo","schedule":"TZ=UTC @daily"}})"), "UTC");
}

}  // namespace
}  // namespace firesteel::operators::decide
