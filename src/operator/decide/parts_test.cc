// Restart policies, executor states, submission ids, diagnoses.
#include <gtest/gtest.h>

#include "operator/decide/attempt.h"
#include "operator/decide/decide_fixture.h"
#include "operator/decide/diagnose.h"
#include "operator/decide/executor_state.h"
#include "operator/decide/restart.h"

namespace firesteel::operators::decide {
namespace {

using std::chrono::seconds;

RestartPolicy policy(const std::string& json) {
  return restart_policy_of(test_application(R"({"spec":{"restartPolicy":)" + json + "}}"));
}

TEST(Restart, WaitsGrowWithTheAttemptsUpToALimit) {
  const RestartPolicy always = policy(R"({"type":"Always","onFailureRetryInterval":600})");
  EXPECT_EQ(wait_after_failure(always, 1), seconds(600));
  EXPECT_EQ(wait_after_failure(always, 5), seconds(3000));
  EXPECT_EQ(wait_after_failure(always, 1'000'000'000), RestartPolicy::kLongestWait);
  EXPECT_EQ(wait_after_success(always), seconds(600));
}

TEST(Restart, ALongIntervalIsKept) {
  const RestartPolicy slow = policy(R"({"type":"Always","onFailureRetryInterval":7200})");
  EXPECT_EQ(wait_after_failure(slow, 3), seconds(7200));
  const RestartPolicy absurd =
      policy(R"({"type":"Always","onFailureRetryInterval":9223372036854775807})");
  EXPECT_EQ(wait_after_failure(absurd, 9), RestartPolicy::kLongestInterval);
}

TEST(Restart, BudgetsHoldForOnFailureOnly) {
  const RestartPolicy none = policy(R"({"type":"OnFailure"})");
  EXPECT_EQ(wait_after_failure(none, 1), std::nullopt);
  EXPECT_EQ(wait_after_success(none), std::nullopt);
  const RestartPolicy two = policy(R"({"type":"OnFailure","onFailureRetries":2})");
  EXPECT_EQ(wait_after_failure(two, 2), seconds(10));
  EXPECT_EQ(wait_after_failure(two, 3), std::nullopt);
  EXPECT_EQ(wait_after_failed_submission(two, 1), std::nullopt);
  EXPECT_EQ(wait_after_failure(policy(R"({"type":"Never","onFailureRetries":2})"), 1),
            std::nullopt);
}

ExecutorStates states_of(const char* pods, const ExecutorStates& recorded, State application,
                         std::size_t limit = 1000) {
  const std::vector<json::Document> documents = test_pods(pods);
  std::vector<const json::Value*> executors;
  for (const json::Document& pod : documents) executors.push_back(pod.get());
  return executor_states(recorded, executors, application, limit);
}

TEST(ExecutorStates, FollowThePhases) {
  const ExecutorStates expected{{"a", ExecutorState::kPending},
                                {"b", ExecutorState::kRunning},
                                {"c", ExecutorState::kCompleted},
                                {"d", ExecutorState::kFailed},
                                {"e", ExecutorState::kUnknown}};
  EXPECT_EQ(states_of("executor Pending name=a,executor Running name=b,executor Succeeded name=c,"
                      "executor Failed name=d,executor Lost name=e",
                      {}, State::kRunning),
            expected);
}

TEST(ExecutorStates, AVanishedExecutorIsJudgedByItsApplication) {
  const ExecutorStates recorded{{"a", ExecutorState::kRunning}, {"b", ExecutorState::kFailed}};
  EXPECT_EQ(states_of("", recorded, State::kRunning).at("a"), ExecutorState::kUnknown);
  EXPECT_EQ(states_of("", recorded, State::kCompleted).at("a"), ExecutorState::kCompleted);
  EXPECT_EQ(states_of("", recorded, State::kFailed).at("a"), ExecutorState::kFailed);
  EXPECT_EQ(states_of("", recorded, State::kCompleted).at("b"), ExecutorState::kFailed);
}

TEST(ExecutorStates, OneThatItsDeletionKilledDidNotFail) {
  const ExecutorStates running{{"a", ExecutorState::kRunning}};
  struct Case {
    const char* pod;
    State application;
    ExecutorState expected;
  };
  for (const Case& c : {
           Case{"executor Failed name=a exit=143 deleting", State::kSucceeding,
                ExecutorState::kCompleted},
           Case{"executor Failed name=a exit=137 deleting", State::kCompleted,
                ExecutorState::kCompleted},
           Case{"executor Failed name=a exit=143 deleting", State::kRunning,
                ExecutorState::kUnknown},
           Case{"executor Failed name=a exit=143 deleting", State::kFailing,
                ExecutorState::kFailed},
           Case{"executor Failed name=a exit=143", State::kSucceeding, ExecutorState::kFailed},
           Case{"executor Failed name=a exit=1 deleting", State::kSucceeding,
                ExecutorState::kFailed},
           Case{"executor Failed name=a exit=137 reason=OOMKilled deleting", State::kSucceeding,
                ExecutorState::kFailed},
       }) {
    EXPECT_EQ(states_of(c.pod, running, c.application).at("a"), c.expected) << c.pod;
  }
}

TEST(ExecutorStates, AreBoundedAndTheLivingComeFirst) {
  ExecutorStates recorded;
  for (int i = 0; i < 5; ++i) recorded["gone-" + std::to_string(i)] = ExecutorState::kCompleted;
  const ExecutorStates states =
      states_of("executor Running name=a,executor Running name=z", recorded, State::kRunning, 3);
  EXPECT_EQ(states.size(), 3U);
  EXPECT_TRUE(states.contains("a") && states.contains("z"));
}

TEST(Attempt, TheSubmissionIdRemembersTheSpecification) {
  const std::uint64_t hash = spec_hash(test_application(""));
  const std::string id = make_submission_id("0123456789abcdef0123456789abcdef", hash);
  EXPECT_EQ(id.size(), 36U);
  EXPECT_TRUE(id.starts_with("01234567-89ab-8cde-a"));
  EXPECT_EQ(spec_hash_in(id), hash);
  EXPECT_EQ(spec_hash_in("5f4c7c0e-7a67-4a55-9d49-3c6a3f0c1b2a"), std::nullopt);
  EXPECT_EQ(spec_hash_in(""), std::nullopt);
  EXPECT_EQ(spark_application_id(id).size(), 6U + 32U);
}

TEST(Attempt, SuspendAndTimeToLiveAreNotPartOfTheSpecificationsHash) {
  const std::uint64_t hash = spec_hash(test_application(""));
  EXPECT_EQ(spec_hash(test_application(R"({"spec":{"suspend":true,"timeToLiveSeconds":9}})")),
            hash);
  EXPECT_NE(spec_hash(test_application(R"({"spec":{"image":"other"}})")), hash);
}

TEST(Diagnose, SaysWhyADriverIsPending) {
  const DriverReport report =
      report_driver(*test_pods("driver Pending waiting=ImagePullBackOff").front());
  EXPECT_EQ(report.state, DriverState::kPending);
  EXPECT_EQ(report.reason, "ImagePullBackOff");
  EXPECT_EQ(report.message, "container spark-kubernetes-driver: no such image");
}

TEST(Diagnose, ExplainsExitCodes) {
  const auto message = [](const char* words) {
    return report_driver(*test_pods(words).front()).message;
  };
  EXPECT_EQ(message("driver Failed exit=1 reason=Error"),
            "driver container failed with ExitCode: 1, Reason: Error; the driver's log says why");
  EXPECT_EQ(
      message("driver Failed exit=127 reason=StartError"),
      "driver container failed with ExitCode: 127, Reason: StartError; the container's command "
      "was not found: is this a Spark image?");
  EXPECT_EQ(message("driver Failed"), "driver container status missing");
}

TEST(Status, ReadsWhatItWrites) {
  Status status;
  status.state = State::kRunning;
  status.submission_id = "id";
  status.last_submission_attempt_time = test_now();
  status.driver_info.pod_name = "pi-driver";
  status.executor_state = {{"pi-exec-1", ExecutorState::kRunning}};
  status.execution_attempts = 2;
  json::Value application = json::Object{};
  application.as_object()["status"] = encode_status(status);
  EXPECT_EQ(encode_status(decode_status(application)), encode_status(status));
}

}  // namespace
}  // namespace firesteel::operators::decide
