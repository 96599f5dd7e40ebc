// The predecessor's defects (section k of the reference) that decide() must not have, each by its
// number.
#include <gtest/gtest.h>

#include "operator/decide/attempt.h"
#include "operator/decide/decide_fixture.h"
#include "operator/decide/pass.h"

namespace firesteel::operators::decide {
namespace {

constexpr std::string_view kIntent =
    R"({"status":{"applicationState":{"state":"SUBMITTED"},"submissionID":"$ID",
       "submissionAttempts":1,"lastSubmissionAttemptTime":"$T-1","driverInfo":{}}})";

constexpr std::string_view kRunning =
    R"({"status":{"applicationState":{"state":"RUNNING"},"submissionID":"$ID",
       "submissionAttempts":1,"executionAttempts":1,"driverInfo":{"podName":"pi-driver"}}})";

Decision decide_on(std::string_view application, std::string_view pods, bool live) {
  return decide(test_observed(application, pods, live));
}

const CreatePod* created_pod(const Decision& decision) {
  for (const Action& action : decision.actions) {
    if (const auto* create = std::get_if<CreatePod>(&action)) return create;
  }
  return nullptr;
}

TEST(Defects, K1_ALostStatusWriteRepeatsTheSameAttemptWithTheSameObjects) {
  const Decision once = decide_on(kIntent, "", true);
  const Decision again = decide_on(kIntent, "", true);
  ASSERT_NE(created_pod(once), nullptr);
  ASSERT_NE(created_pod(again), nullptr);
  EXPECT_EQ(created_pod(once)->pod, created_pod(again)->pod);
  EXPECT_EQ(created_pod(once)->submission_id, created_pod(again)->submission_id);
}

TEST(Defects, K1_AHealthyDriverOfThisAttemptIsAdoptedNotDeleted) {
  const Decision decision = decide_on(kIntent, "driver Running", true);
  for (const Action& action : decision.actions) {
    EXPECT_FALSE(std::holds_alternative<DeletePod>(action));
  }
}

TEST(Defects, K2_TheStatusHasTheSubmissionIdBeforeThePodExists) {
  const Decision decision = decide_on("", "", false);
  ASSERT_EQ(decision.actions.size(), 1U);
  const json::Value status = written_status(decision);
  EXPECT_EQ(json::string_at(status, "submissionID").size(), 36U);
  EXPECT_TRUE(json::string_at(status, "sparkApplicationId").starts_with("spark-"));
}

TEST(Defects, K4_DefaultsDoNotNeedAWebhook) {
  const RestartPolicy policy =
      restart_policy_of(test_application(R"({"spec":{"restartPolicy":{"type":"Always"}}})"));
  EXPECT_EQ(wait_after_failure(policy, 1), std::chrono::seconds(5));
  EXPECT_EQ(describe(decide_on(R"({"spec":{"mode":null,"type":null}})", "", false)),
            "write SUBMITTED; event SparkApplicationAdded; on change");
}

TEST(Defects, K5_AddedIsToldOnceAndForEveryNewApplication) {
  EXPECT_EQ(decide_on("", "", false).events.front().reason, "SparkApplicationAdded");
  const auto rerun = R"({"status":{"applicationState":{"state":"PENDING_RERUN"},"driverInfo":{}}})";
  EXPECT_TRUE(decide_on(rerun, "", true).events.empty());
}

TEST(Defects, K6_CompletedAndFailedAreTold) {
  const auto ended = [](const char* state) {
    return std::string(R"({"status":{"submissionID":"$ID","terminationTime":"$T-1",)") +
           R"("driverInfo":{"podName":"pi-driver"},"applicationState":{"state":")" + state +
           R"(","errorMessage":"why"}}})";
  };
  EXPECT_EQ(decide_on(ended("SUCCEEDING"), "", false).events.back(),
            (EventNote{EventKind::kNormal, "SparkApplicationCompleted",
                       "SparkApplication pi completed"}));
  EXPECT_EQ(decide_on(ended("FAILING"), "", false).events.back(),
            (EventNote{EventKind::kWarning, "SparkApplicationFailed",
                       "SparkApplication pi failed: why"}));
}

TEST(Defects, K7_SubmissionAttemptsStartAgainWithEveryRun) {
  const auto failing =
      R"({"status":{"applicationState":{"state":"FAILING"},"submissionID":"$ID","observedGeneration":1,
         "submissionAttempts":5,"executionAttempts":1,"terminationTime":"$T-60",
         "driverInfo":{"podName":"pi-driver"}},"spec":{"restartPolicy":{"type":"Always"}}})";
  const json::Value status = written_status(decide_on(failing, "", false));
  EXPECT_EQ(json::string_at(status, {"applicationState", "state"}), "PENDING_RERUN");
  EXPECT_EQ(json::int_at(status, {"submissionAttempts"}), 0);
  EXPECT_EQ(json::int_at(status, {"executionAttempts"}), 1);
}

TEST(Defects, K7_TheWaitCountsFromTheEndOfTheRunNotFromItsSubmission) {
  const auto failing =
      R"({"status":{"applicationState":{"state":"FAILING"},"submissionID":"$ID","observedGeneration":1,
         "executionAttempts":1,"lastSubmissionAttemptTime":"$T-3600","terminationTime":"$T-10",
         "driverInfo":{"podName":"pi-driver"}},
         "spec":{"restartPolicy":{"type":"Always","onFailureRetryInterval":30}}})";
  EXPECT_EQ(decide_on(failing, "", false).requeue, Requeue::after(std::chrono::seconds(20)));
}

TEST(Defects, K8_ADriverThatEndedIsNoticedThoughASidecarKeepsThePodRunning) {
  EXPECT_EQ(describe(decide_on(kRunning, "driver Running exit=0 reason=Completed", false)),
            "write SUCCEEDING; event SparkDriverCompleted; on change");
}

TEST(Defects, K10_AnEditMadeWhileTheOperatorWasDownIsSeen) {
  const auto edited =
      R"({"metadata":{"generation":4},"spec":{"arguments":["new"]},
         "status":{"applicationState":{"state":"FAILED"},"submissionID":"$ID","observedGeneration":1,
         "terminationTime":"$T-600","driverInfo":{}}})";
  EXPECT_EQ(describe(decide_on(edited, "", false)),
            "write INVALIDATING; event SparkApplicationSpecUpdateProcessed; on change");
}

TEST(Defects, K12_ADriverThatACacheDoesNotHaveIsNotLost) {
  EXPECT_TRUE(decide_on(kRunning, "", false).needs_live_look);
  EXPECT_EQ(describe(decide_on(kRunning, "", true)),
            "write FAILING (driver pod not found: pi-driver was deleted before the driver ended); "
            "event SparkDriverNotFound; on change");
}

TEST(Defects, K14_AFinishedApplicationIsNotWrittenAgain) {
  Observed seen = test_observed(
      R"({"status":{"applicationState":{"state":"COMPLETED"},"submissionID":"$ID",
         "terminationTime":"$T-60","driverInfo":{"podName":"pi-driver"}}})",
      "driver Succeeded exit=0", false);
  json::Value application = *seen.application;
  application.as_object()["status"] = written_status(decide(seen));
  seen.application = std::make_shared<const json::Value>(std::move(application));
  EXPECT_TRUE(decide(seen).actions.empty());
}

TEST(Defects, K30_AlwaysWaitsAtLeastTheIntervalAfterASuccess) {
  const auto succeeding =
      R"({"status":{"applicationState":{"state":"SUCCEEDING"},"submissionID":"$ID","observedGeneration":1,
         "executionAttempts":9,"terminationTime":"$T-1","driverInfo":{"podName":"pi-driver"}},
         "spec":{"restartPolicy":{"type":"Always","onFailureRetryInterval":7}}})";
  EXPECT_EQ(decide_on(succeeding, "", false).requeue, Requeue::after(std::chrono::seconds(6)));
}

// Airflow #41212: a driver that somebody deletes has not completed, even when it ends with 0 on
// SIGTERM.
TEST(Defects, ADeletedDriverHasNotCompleted) {
  EXPECT_EQ(describe(decide_on(kRunning, "driver Succeeded exit=0 deleting", false)),
            "write FAILING (the driver pod was deleted while the driver ran); event "
            "SparkDriverFailed; on change");
}

TEST(Defects, AnOccupantIsRemovedWhenItIsOursAndNamedWhenItIsNot) {
  Observed seen = test_observed(kIntent, "", true);
  seen.occupant = test_pods("driver Running owner=gone").front();
  EXPECT_EQ(describe(decide(seen)), "delete pi-driver; after 2 s");
  seen.occupant = test_pods("driver Running owner=other").front();
  EXPECT_EQ(describe(decide(seen)),
            "write FAILED (failed to run spark-submit for data/pi: driver pod already exist: pod "
            "pi-driver does not belong to this application; delete it, or set "
            "spec.driver.podName); event SparkApplicationSubmissionFailed; event "
            "SparkApplicationFailed; on change");
}

TEST(Defects, AServerInTroubleIsWaitedForButNotForever) {
  Observed seen = test_observed(kIntent, "", true);
  seen.creation_error = Error{ErrorCode::kUnavailable, "connection refused", {}};
  EXPECT_EQ(decide(seen).requeue, Requeue::backoff());
  seen.now += std::chrono::seconds(301);
  EXPECT_EQ(json::string_at(written_status(decide(seen)), {"applicationState", "state"}), "FAILED");
  seen = test_observed(kIntent, "", true);
  seen.creation_error = Error{ErrorCode::kForbidden, "exceeded quota: team", {}};
  EXPECT_EQ(json::string_at(written_status(decide(seen)), {"applicationState", "errorMessage"}),
            "failed to run spark-submit for data/pi: exceeded quota: team");
}

}  // namespace
}  // namespace firesteel::operators::decide
