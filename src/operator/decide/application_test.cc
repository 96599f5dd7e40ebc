// The state machine as a table: what a pass sees, what it decides. Section b of the reference, row
// by row.
#include "operator/decide/application.h"

#include <gtest/gtest.h>

#include "operator/decide/attempt.h"
#include "operator/decide/decide_fixture.h"

namespace firesteel::operators::decide {
namespace {

enum class Look { kCached, kLive };

struct Case {
  const char* name;
  const char* application;  // merge patch
  const char* pods;
  Look look;
  const char* expected;
};

void check(const Case& c) {
  const Observed seen = test_observed(c.application, c.pods, c.look == Look::kLive);
  EXPECT_EQ(describe(decide(seen)), c.expected) << c.name;
}

// Statuses in the middle of an attempt.
#define AT(state, more)                                                      \
  R"({"status":{"applicationState":{"state":")" state                        \
  R"("},"submissionID":"$ID","submissionAttempts":1,"executionAttempts":1,)" \
  R"("lastSubmissionAttemptTime":"$T-60","driverInfo":{"podName":"pi-driver"})" more "}"

TEST(Decide, NewApplicationsAreSubmittedWithTheIntentFirst) {
  check({"new", "", "", Look::kCached, "write SUBMITTED; event SparkApplicationAdded; on change"});
  check(
      {"intent written, seen in a cache",
       R"({"status":{"applicationState":{"state":"SUBMITTED"},"submissionID":"$ID","driverInfo":{}}})",
       "", Look::kCached, "look live"});
  check(
      {"intent written",
       R"({"status":{"applicationState":{"state":"SUBMITTED"},"submissionID":"$ID","driverInfo":{}}})",
       "", Look::kLive,
       "create pi-driver; create dependents; write SUBMITTED; event SparkApplicationSubmitted; "
       "event SparkDriverPending; on change"});
  check(
      {"a leftover driver of an earlier attempt goes first",
       R"({"status":{"applicationState":{"state":"SUBMITTED"},"submissionID":"$ID","driverInfo":{}}})",
       "driver Running id=01234567-89ab-8cde-a000-000000000001 name=other-driver", Look::kLive,
       "delete other-driver; write SUBMITTED; on change"});
  check({"being deleted", R"({"metadata":{"deletionTimestamp":"$T-1"}})", "", Look::kCached,
         "on change"});
}

TEST(Decide, WhatCannotBeSubmittedFailsInOneStepWhenNoRetryIsLeft) {
  const Decision decision = decide(
      test_observed(R"({"spec":{"image":null,"driver":{"memory":"12 elephants"}}})", "", false));
  const json::Value status = written_status(decision);
  EXPECT_EQ(json::string_at(status, {"applicationState", "state"}), "FAILED");
  EXPECT_TRUE(json::string_at(status, {"applicationState", "errorMessage"})
                  .starts_with("failed to run spark-submit for data/pi: "));
  EXPECT_EQ(json::string_at(status, "terminationTime"), "2026-11-22T12:00:00Z");
  EXPECT_EQ(json::int_at(status, {"submissionAttempts"}), 1);
  EXPECT_EQ(json::int_at(status, {"executionAttempts"}), 0);
}

TEST(Decide, FollowsTheDriverPod) {
  const auto follow = [](const char* state, const char* pods, Look look, const char* expected) {
    const std::string patch =
        std::string(R"({"status":{"applicationState":{"state":")") + state +
        R"("},"submissionID":"$ID","submissionAttempts":1,"executionAttempts":1,)" +
        R"("lastSubmissionAttemptTime":"$T-60","driverInfo":{"podName":"pi-driver"}}})";
    check({pods, patch.c_str(), pods, look, expected});
  };
  follow("SUBMITTED", "driver Pending", Look::kCached, "write SUBMITTED; on change");
  follow("SUBMITTED", "driver Running", Look::kCached,
         "write RUNNING; event SparkDriverRunning; on change");
  follow("RUNNING", "driver Succeeded exit=0", Look::kCached,
         "write SUCCEEDING; event SparkDriverCompleted; on change");
  follow("RUNNING", "driver Failed exit=137 reason=OOMKilled", Look::kCached,
         "write FAILING (driver container failed with ExitCode: 137, Reason: OOMKilled; the driver "
         "used more memory than its limit: raise spec.driver.memory or memoryOverhead); event "
         "SparkDriverFailed; on change");
  follow("RUNNING", "driver Failed pod_reason=Evicted", Look::kCached,
         "write FAILING (driver container status missing; the pod failed with reason Evicted); "
         "event SparkDriverFailed; on change");
  follow("RUNNING", "driver Strange", Look::kCached,
         "write UNKNOWN; event SparkDriverUnknown; on change");
  follow("UNKNOWN", "driver Running", Look::kCached,
         "write RUNNING; event SparkDriverRunning; on change");
  // Somebody else's label is not this attempt's driver.
  follow("RUNNING", "driver Running id=older", Look::kCached, "look live");
}

TEST(Decide, SuccessFailureAndRetry) {
  check({"succeeding ends", AT("SUCCEEDING", R"(,"terminationTime":"$T-1"})"),
         "driver Succeeded exit=0", Look::kCached,
         "write COMPLETED; event SparkApplicationCompleted; on change"});
  check({"failing ends without a policy", AT("FAILING", R"(,"terminationTime":"$T-1"})"),
         "driver Failed exit=1", Look::kCached,
         "write FAILED; event SparkApplicationFailed; on change"});
  const char* policy =
      R"(},"spec":{"restartPolicy":{"type":"OnFailure","onFailureRetries":2,"onFailureRetryInterval":10}})";
  const auto failing = [&](const char* ended, const char* attempts) {
    return std::string(
               R"({"status":{"applicationState":{"state":"FAILING"},"submissionAttempts":1,)") +
           R"("observedGeneration":1,"submissionID":"$ID","driverInfo":{"podName":"pi-driver"},)" +
           R"("lastSubmissionAttemptTime":"$T-3600","terminationTime":")" + ended +
           R"(","executionAttempts":)" + attempts + policy + "}";
  };
  check({"retry due", failing("$T-10", "1").c_str(), "driver Failed exit=1", Look::kCached,
         "write PENDING_RERUN; event SparkApplicationPendingRerun; on change"});
  check({"retry not due: attempts x interval from the end of the run",
         failing("$T-15", "2").c_str(), "driver Failed exit=1", Look::kCached,
         "write FAILING; after 5 s"});
  check({"budget spent: N retries are N+1 attempts", failing("$T-15", "3").c_str(),
         "driver Failed exit=1", Look::kCached,
         "write FAILED; event SparkApplicationFailed; on change"});
}

TEST(Decide, RerunsWhenTheLastDriverIsGone) {
  const char* pending =
      R"({"status":{"applicationState":{"state":"PENDING_RERUN"},"executionAttempts":1,"driverInfo":{}}})";
  check({"cached absence is not enough", pending, "", Look::kCached, "look live"});
  check({"leftovers are removed", pending, "driver Failed exit=1", Look::kLive,
         "delete pi-driver; write PENDING_RERUN; on change"});
  check({"and waited for", pending, "driver Failed exit=1 deleting", Look::kLive,
         "write PENDING_RERUN; on change"});
  check({"then the next attempt begins", pending, "", Look::kLive, "write SUBMITTED; on change"});
}

TEST(Decide, SubmissionFailuresAreRetriedWithinTheirBudget) {
  const auto failed = [](const char* at, const char* attempts) {
    return std::string(R"({"status":{"applicationState":{"state":"SUBMISSION_FAILED",)") +
           R"("errorMessage":"quota"},"observedGeneration":1,"driverInfo":{},"submissionAttempts":)" +
           attempts + R"(,"lastSubmissionAttemptTime":")" + at +
           R"("},"spec":{"restartPolicy":{"type":"OnFailure","onSubmissionFailureRetries":1,)" +
           R"("onSubmissionFailureRetryInterval":20}}})";
  };
  check({"not due", failed("$T-5", "1").c_str(), "", Look::kCached,
         "write SUBMISSION_FAILED (quota); after 15 s"});
  check({"due", failed("$T-20", "1").c_str(), "", Look::kCached, "look live"});
  check({"due and looked", failed("$T-20", "1").c_str(), "", Look::kLive,
         "write SUBMITTED; on change"});
  check({"a driver that is there all the same is removed", failed("$T-5", "1").c_str(),
         "driver Running id=01234567-89ab-8cde-a000-000000000001", Look::kLive,
         "delete pi-driver; write SUBMISSION_FAILED (quota); on change"});
  check({"no retry left", failed("$T-5", "2").c_str(), "", Look::kCached,
         "write FAILED (quota); event SparkApplicationFailed; on change"});
}

TEST(Decide, SuspendsAndResumes) {
  check({"new", R"({"spec":{"suspend":true}})", "", Look::kCached,
         "write SUSPENDING; event SparkApplicationSuspending; on change"});
  check({"running", AT("RUNNING", R"(},"spec":{"suspend":true})"), "driver Running", Look::kCached,
         "write SUSPENDING; event SparkApplicationSuspending; on change"});
  check({"suspending", AT("SUSPENDING", R"(},"spec":{"suspend":true})"), "driver Running",
         Look::kLive,
         "delete pi-driver; write SUSPENDED; event SparkApplicationSuspended; on change"});
  const char* suspended =
      R"({"status":{"applicationState":{"state":"SUSPENDED"},"driverInfo":{}}})";
  check({"leftovers gone and suspend false", suspended, "", Look::kLive,
         "write RESUMING; event SparkApplicationResuming; on change"});
  check({"resuming", R"({"status":{"applicationState":{"state":"RESUMING"},"driverInfo":{}}})", "",
         Look::kLive, "write SUBMITTED; on change"});
  check({"a finished application is not suspended",
         AT("COMPLETED",
            R"(,"terminationTime":"$T-1","observedGeneration":1},"spec":{"suspend":true})"),
         "", Look::kCached, "write COMPLETED; on change"});
}

TEST(Decide, AChangedSpecificationRunsAgain) {
  check({"running", AT("RUNNING", R"(},"spec":{"arguments":["2"]})"), "driver Running",
         Look::kCached,
         "write INVALIDATING; event SparkApplicationSpecUpdateProcessed; on change"});
  check({"completed", AT("COMPLETED", R"(},"spec":{"arguments":["2"]})"), "", Look::kCached,
         "write INVALIDATING; event SparkApplicationSpecUpdateProcessed; on change"});
  check({"invalidating",
         R"({"status":{"applicationState":{"state":"INVALIDATING"},"driverInfo":{}}})",
         "driver Running", Look::kLive,
         "delete pi-driver; write PENDING_RERUN; event SparkApplicationPendingRerun; on change"});
  check({"timeToLiveSeconds restarts nothing",
         AT("RUNNING", R"(},"spec":{"timeToLiveSeconds":60})"), "driver Running", Look::kCached,
         "write RUNNING; on change"});
  check({"what a default says as well restarts nothing",
         AT("RUNNING", R"(},"spec":{"restartPolicy":{"type":"Never"}})"), "driver Running",
         Look::kCached, "write RUNNING; on change"});
  check(
      {"another operator's applications are taken over as they are",
       R"({"status":{"applicationState":{"state":"COMPLETED"},"terminationTime":"$T-9","driverInfo":{},
            "submissionID":"5f4c7c0e-7a67-4a55-9d49-3c6a3f0c1b2a"},"spec":{"arguments":["2"]}})",
       "", Look::kCached, "write COMPLETED; on change"});
}

TEST(Decide, TimeToLiveDeletesWhatHasFinished) {
  const auto completed = [](const char* ended) {
    return std::string(R"({"status":{"applicationState":{"state":"COMPLETED"},"driverInfo":{},)") +
           R"("observedGeneration":1,"terminationTime":")" + ended +
           R"("},"spec":{"timeToLiveSeconds":30}})";
  };
  check({"not over", completed("$T-10").c_str(), "", Look::kCached, "write COMPLETED; after 20 s"});
  check({"over, by a cache", completed("$T-30").c_str(), "", Look::kCached, "look live"});
  check({"over", completed("$T-30").c_str(), "", Look::kLive, "delete the application; on change"});
}

TEST(Decide, ATerminalApplicationHasNoLiveDriver) {
  check({"alive", AT("FAILED", R"(,"terminationTime":"$T-1"})"), "driver Running", Look::kLive,
         "delete pi-driver; write FAILED; on change"});
  check({"a sidecar may go on", AT("COMPLETED", R"(,"terminationTime":"$T-1"})"),
         "driver Running exit=0", Look::kLive, "write COMPLETED; on change"});
}

TEST(Decide, EveryJsonObjectHasADecision) {
  for (const char* patch :
       {R"({"spec":null})", R"({"spec":5})", R"({"spec":{"driver":[],"executor":"x"}})",
        R"({"spec":{"restartPolicy":"Always","sparkConf":7,"timeToLiveSeconds":"soon"}})",
        R"({"metadata":{"labels":5,"generation":"x"}})", R"({"status":5})",
        R"({"status":{"applicationState":{"state":"NOSUCH"},"executorState":[1]}})",
        R"({"status":{"applicationState":{"state":"FAILING"},"executionAttempts":-9,
           "terminationTime":"never","conditions":{}}})"}) {
    for (const bool live : {false, true}) {
      EXPECT_FALSE(describe(decide(test_observed(patch, "driver Running", live))).empty()) << patch;
    }
  }
}

TEST(Decide, AcknowledgingNeedsNoSecondStatusForAPendingDriver) {
  Observed seen = test_observed(
      R"({"status":{"applicationState":{"state":"SUBMITTED"},"submissionID":"$ID","driverInfo":{}}})",
      "", true);
  json::Value application = *seen.application;
  application.as_object()["status"] = written_status(decide(seen));
  seen.application = std::make_shared<const json::Value>(std::move(application));
  seen.pods = test_pods("driver Pending waiting=ContainerCreating");
  EXPECT_EQ(describe(decide(seen)), "on change");
}

// Applying a decision's own status gives a decision without actions: the world is stable.
TEST(Decide, AStableWorldIsNotWrittenTo) {
  for (const char* state : {"RUNNING", "COMPLETED", "FAILED"}) {
    const std::string patch =
        std::string(R"({"status":{"applicationState":{"state":")") + state +
        R"("},"submissionID":"$ID","terminationTime":"$T-60","driverInfo":{"podName":"pi-driver"}}})";
    const char* pods = std::string_view(state) == "RUNNING"
                           ? "driver Running,executor Running"
                           : "driver Succeeded exit=0,executor Succeeded";
    Observed seen = test_observed(patch, pods, false);
    const json::Value status = written_status(decide(seen));
    ASSERT_TRUE(status.is_object()) << state;
    json::Value application = *seen.application;
    application.as_object()["status"] = status;
    seen.application = std::make_shared<const json::Value>(std::move(application));
    seen.now += std::chrono::seconds(100);
    EXPECT_EQ(describe(decide(seen)), "on change") << state;
  }
}

}  // namespace
}  // namespace firesteel::operators::decide
