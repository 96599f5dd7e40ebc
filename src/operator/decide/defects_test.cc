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

TEST(Defects, AClockThatWasSetBackHoldsUpNoRetry) {
  const auto failing =
      R"({"status":{"applicationState":{"state":"FAILING"},"submissionID":"$ID","observedGeneration":1,
         "executionAttempts":1,"terminationTime":"$T-1","driverInfo":{"podName":"pi-driver"}},
         "spec":{"restartPolicy":{"type":"Always","onFailureRetryInterval":30}}})";
  Observed seen = test_observed(failing, "", false);
  EXPECT_EQ(decide(seen).requeue, Requeue::after(std::chrono::seconds(29)));
  seen.now -= std::chrono::hours(1);
  EXPECT_EQ(json::string_at(written_status(decide(seen)), {"applicationState", "state"}),
            "PENDING_RERUN");
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
  seen.creation_error = Error{ErrorCode::kForbidden, "no rights", {}};
  EXPECT_EQ(json::string_at(written_status(decide(seen)), {"applicationState", "errorMessage"}),
            "failed to run spark-submit for data/pi: no rights");
}

std::string running_condition(const json::Value& status, std::string_view member) {
  for (const json::Value& condition : json::array_at(status, {"conditions"})) {
    if (json::string_at(condition, "type") == "Running") {
      return std::string(json::string_at(condition, member));
    }
  }
  return "";
}

// kubeflow/spark-operator#690: a wish to queue instead of to reject.
TEST(Defects, AQuotaThatLeavesNoRoomIsWaitedFor) {
  Observed seen = test_observed(kIntent, "", true);
  seen.creation_error =
      Error{ErrorCode::kForbidden,
            "pods \"pi-driver\" is forbidden: exceeded quota: team, requested: "
            "requests.cpu=1,requests.memory=896Mi, used: requests.cpu=4, limited: requests.cpu=4",
            {}};
  const Decision waits = decide(seen);
  EXPECT_EQ(describe(waits), "write SUBMITTED; event SparkApplicationQueued; after 30 s");
  EXPECT_TRUE(waits.gives_place_back);
  EXPECT_EQ(running_condition(written_status(waits), "reason"), "Queued");
  EXPECT_NE(running_condition(written_status(waits), "message").find("exceeded quota: team"),
            std::string::npos);
  // Once said, not said again; and a pod that is larger than the quota is not waited for.
  json::Value again = *seen.application;
  again.as_object()["status"] = written_status(waits);
  seen.application = std::make_shared<const json::Value>(again);
  EXPECT_EQ(describe(decide(seen)), "after 30 s");
  seen.creation_error->message =
      "exceeded quota: team, requested: requests.cpu=5, used: requests.cpu=0, limited: "
      "requests.cpu=4";
  const json::Value failed = written_status(decide(seen));
  EXPECT_EQ(json::string_at(failed, {"applicationState", "state"}), "FAILED");
  EXPECT_EQ(json::string_at(json::array_at(failed, {"conditions"})[2], "reason"), "Quota");
}

TEST(Defects, ExecutorsThatAQuotaRefusesAreShown) {
  Observed seen = test_observed(
      R"({"status":{"applicationState":{"state":"RUNNING"},"submissionID":"$ID",
        "driverInfo":{"podName":"pi-driver"}}})",
      "driver Running", false);
  seen.shortage = "0 of 2 executors exist: each takes 1 requests.cpu, and quota team has 0 left";
  const Decision decision = decide(seen);
  EXPECT_EQ(describe(decision), "write RUNNING; after 30 s");
  EXPECT_EQ(running_condition(written_status(decision), "reason"), "ExecutorsWaitForQuota");
  EXPECT_EQ(running_condition(written_status(decision), "message"), *seen.shortage);
  EXPECT_EQ(running_condition(written_status(decision), "status"), "True");
}

TEST(Defects, WhoMustStandInLineCreatesNothingBeforeItsTurn) {
  Observed seen = test_observed(kIntent, "", true);
  seen.settings.has_queue = true;
  EXPECT_TRUE(decide(seen).needs_place);
  EXPECT_TRUE(decide(seen).actions.empty());
  seen.place = Place{.may_start = false, .number = 90, .of = 99, .message = "place 90 of 99"};
  EXPECT_EQ(describe(decide(seen)), "write SUBMITTED; event SparkApplicationQueued; after 90 s");
  EXPECT_EQ(running_condition(written_status(decide(seen)), "message"), "place 90 of 99");
  seen.place = Place{.may_start = false, .never = true, .message = "it can never start: why"};
  EXPECT_EQ(describe(decide(seen)),
            "write FAILED (failed to run spark-submit for data/pi: it can never start: why); event "
            "SparkApplicationSubmissionFailed; event SparkApplicationFailed; on change");
  // The time in line is no time of trouble.
  seen.place = Place{.since = seen.now + std::chrono::hours(1)};
  seen.now += std::chrono::hours(1) + std::chrono::seconds(10);
  EXPECT_EQ(decide(seen).why, Reason::kCreatingObjects);
  seen.creation_error = Error{ErrorCode::kUnavailable, "connection refused", {}};
  EXPECT_EQ(decide(seen).requeue, Requeue::backoff());
  // A driver whose acknowledgement got lost is not asked for again.
  Observed lost = test_observed(kIntent, "driver Running", true);
  lost.settings.has_queue = true;
  EXPECT_EQ(decide(lost).why, Reason::kCreatingObjects);
}

}  // namespace
}  // namespace firesteel::operators::decide
