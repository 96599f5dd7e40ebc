// What annotations ask for (annotations.h): time limits, retries by class; and drivers that another
// operator left behind.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "operator/decide/annotations.h"
#include "operator/decide/attempt.h"
#include "operator/decide/decide_fixture.h"
#include "spark/defaults.h"

namespace firesteel::operators::decide {
namespace {

// In the middle of an attempt that was submitted 100 s ago, with these annotations.
Observed during(std::string_view state, std::string_view annotations, std::string_view pods,
                std::string_view spec = "{}") {
  return test_observed(fmt::format(R"({{"metadata":{{"annotations":{}}},"spec":{},
        "status":{{"applicationState":{{"state":"{}"}},"submissionID":"$ID","executionAttempts":1,
          "submissionAttempts":1,"lastSubmissionAttemptTime":"$T-100","observedGeneration":1,
          "driverInfo":{{"podName":"pi-driver"}}}}}})",
                                   annotations, spec, state),
                       pods, true);
}

std::string_view class_of(const json::Value& status) {
  for (const json::Value& condition : json::array_at(status, {"conditions"})) {
    if (json::string_at(condition, "type") == "Failed") return json::string_at(condition, "reason");
  }
  return "";
}

TEST(Policy, ADriverThatIsLateIsGivenUpWithItsPod) {
  constexpr std::string_view kLimit = R"({"firesteel.dev/driver-start-timeout":"90s"})";
  EXPECT_EQ(
      describe(decide(during("SUBMITTED", kLimit, "driver Pending waiting=ImagePullBackOff"))),
      "delete pi-driver; write FAILING (the driver did not start within 90 s: "
      "ImagePullBackOff: container spark-kubernetes-driver: no such image); event "
      "SparkDriverFailed; on change");
  EXPECT_EQ(describe(decide(during("SUBMITTED", R"({"firesteel.dev/driver-start-timeout":"2m"})",
                                   "driver Pending"))),
            "write SUBMITTED; after 20 s");
  // The application's own word counts before the operator's.
  Observed seen =
      during("SUBMITTED", R"({"firesteel.dev/driver-start-timeout":"0"})", "driver Pending");
  seen.settings.driver_start_timeout = std::chrono::seconds(10);
  EXPECT_EQ(describe(decide(seen)), "write SUBMITTED; on change");
}

TEST(Policy, ADriverWhoseExecutorsNeverStartIsGivenUp) {
  constexpr std::string_view kLimit = R"({"firesteel.dev/executor-start-timeout":"60s"})";
  const auto late = [&](std::string_view pods) {
    return describe(decide(during("RUNNING", kLimit, pods)));
  };
  EXPECT_EQ(late("driver Running"),
            "delete pi-driver; write FAILING (no executor started within 60 s: the driver has "
            "created none: a ResourceQuota or missing rights may be why, its log says); event "
            "SparkDriverFailed; on change");
  EXPECT_NE(late("driver Running,executor Pending waiting=ErrImagePull").find("ErrImagePull"),
            std::string::npos);
  EXPECT_EQ(late("driver Running,executor Running"),
            "write RUNNING; event SparkExecutorRunning; on change");
  EXPECT_EQ(late("driver Running,executor Failed"),
            "write RUNNING; event SparkExecutorFailed; on change")
      << "one has been there";
  EXPECT_EQ(describe(decide(during("RUNNING", kLimit, "driver Running",
                                   R"({"executor":{"instances":null},
                                       "dynamicAllocation":{"enabled":true}})"))),
            "write RUNNING; on change")
      << "it begins with none";
}

TEST(Policy, AnAttemptThatTakesTooLongHasFailed) {
  const Decision decision = decide(during("RUNNING", R"({"firesteel.dev/run-timeout":"1m"})",
                                          "driver Running,executor Running"));
  EXPECT_EQ(describe(decision),
            "delete pi-driver; write FAILING (the attempt took longer than 60 s, its limit "
            "(firesteel.dev/run-timeout)); event SparkDriverFailed; on change");
  EXPECT_EQ(class_of(written_status(decision)), "Timeout");
  // What has ended has ended in time.
  EXPECT_EQ(describe(decide(during("RUNNING", R"({"firesteel.dev/run-timeout":"1m"})",
                                   "driver Succeeded exit=0"))),
            "write SUCCEEDING; event SparkDriverCompleted; on change");
  Observed seen = during("RUNNING", "{}", "driver Running,executor Running");
  seen.settings.run_timeout = std::chrono::seconds(130);
  EXPECT_EQ(decide(seen).requeue, Requeue::after(std::chrono::seconds(30)));
}

TEST(Policy, OnlyTheNamedClassesAreRetried) {
  const auto after = [](std::string_view retry_on, std::string_view failure) {
    const std::string patch = fmt::format(
        R"({{"metadata":{{"annotations":{{"firesteel.dev/retry-on":"{}"}}}},
          "spec":{{"restartPolicy":{{"type":"OnFailure","onFailureRetries":3,
            "onFailureRetryInterval":10}}}},
          "status":{{"applicationState":{{"state":"FAILING","errorMessage":"why"}},
            "submissionID":"$ID","executionAttempts":1,"terminationTime":"$T-60",
            "driverInfo":{{"podName":"pi-driver"}},
            "conditions":[{{"type":"Failed","status":"False","reason":"{}"}}]}}}})",
        retry_on, failure);
    const json::Value status = written_status(decide(test_observed(patch, "", true)));
    return std::string(json::string_at(status, {"applicationState", "state"}));
  };
  EXPECT_EQ(after("Infrastructure, OutOfMemory", "OutOfMemory"), "PENDING_RERUN");
  EXPECT_EQ(after("Infrastructure,OutOfMemory", "User"), "FAILED");
  EXPECT_EQ(after("Infrastructure", "Failing"), "FAILED") << "no class is none of them";
  EXPECT_EQ(after("Weather", "User"), "PENDING_RERUN") << "what cannot be read is not given";
}

TEST(Policy, MalformedAnnotationsAreNamedAtAdmission) {
  const auto problems = annotation_problems(
      json::parse(R"({"metadata":{"annotations":{"firesteel.dev/run-timeout":"soon",
        "firesteel.dev/priority":"high","firesteel.dev/retry-on":"User,Weather",
        "firesteel.dev/driver-start-timeout":"10m"}}})")
          .value());
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].path, "metadata.annotations[firesteel.dev/run-timeout]");
  EXPECT_EQ(problems[0].message, "found \"soon\", expected a duration such as 45s, 10m or 1h30m");
}

// A change that no driver sees restarts none.
TEST(Policy, AChangeThatNeedsNoNewDriverRestartsNone) {
  const std::uint64_t before = spec_hash(spark::apply_defaults(test_application("")));
  for (const char* patch :
       {R"({"spec":{"suspend":true}})", R"({"spec":{"timeToLiveSeconds":5}})",
        R"({"spec":{"restartPolicy":{"type":"OnFailure","onFailureRetries":9}}})",
        R"({"spec":{"batchSchedulerOptions":{"priorityClassName":"high"}}})",
        R"({"metadata":{"annotations":{"firesteel.dev/run-timeout":"1h"}}})"}) {
    EXPECT_EQ(spec_hash(spark::apply_defaults(test_application(patch))), before) << patch;
  }
  EXPECT_NE(spec_hash(spark::apply_defaults(test_application(R"({"spec":{"arguments":["1"]}})"))),
            before);
}

constexpr std::string_view kForeign = "9f2c1d3e-4b5a-4c6d-8e7f-001122334455";

// A swap-in: no running driver of another operator is killed without certainty.
TEST(TakeOver, AnotherOperatorsDriverIsFollowedWhereItsRecordGotLost) {
  const std::string driver = fmt::format("driver Running id={}", kForeign);
  for (const char* state : {"", "SUBMISSION_FAILED"}) {
    Observed seen = test_observed(
        fmt::format(R"({{"status":{{"applicationState":{{"state":"{}"}},"driverInfo":{{}},
                      "submissionAttempts":1,"lastSubmissionAttemptTime":"$T-60"}}}})",
                    state),
        driver, true);
    std::string path;
    json::Value application = *seen.application;
    for (int pass = 0; pass < 4; ++pass) {
      const Decision decision = decide(seen);
      for (const Action& action : decision.actions) {
        EXPECT_FALSE(std::holds_alternative<DeletePod>(action)) << state;
        EXPECT_FALSE(std::holds_alternative<CreatePod>(action)) << state;
      }
      const json::Value status = written_status(decision);
      if (!status.is_object()) break;
      path += std::string(json::string_at(status, {"applicationState", "state"})) + " ";
      application.as_object()["status"] = status;
      seen.application = std::make_shared<const json::Value>(application);
    }
    EXPECT_TRUE(path.ends_with("SUBMITTED RUNNING ")) << state << ": " << path;
    EXPECT_EQ(json::string_at(application, {"status", "submissionID"}), kForeign) << state;
  }
}

TEST(TakeOver, AnEndThatAnotherOperatorRecordedStandsAndItsDriverGoesOn) {
  const auto finished = [](std::string_view id, std::string_view more) {
    return test_observed(fmt::format(R"({{"status":{{"applicationState":{{"state":"FAILED"}},
      "submissionID":"{}","terminationTime":"$T-1","driverInfo":{{"podName":"pi-driver"}}{}}}}})",
                                     id, more),
                         fmt::format("driver Running id={}", id), true);
  };
  EXPECT_EQ(describe(decide(finished(kForeign, ""))),
            "write FAILED; event SparkDriverLeftRunning; on change");
  EXPECT_EQ(describe(decide(finished(kForeign, R"(,"observedGeneration":1)"))),
            "write FAILED; on change")
      << "said once";
  EXPECT_EQ(describe(decide(finished("$ID", ""))), "delete pi-driver; write FAILED; on change")
      << "of our own we know that nobody waits for it";
}

}  // namespace
}  // namespace firesteel::operators::decide
