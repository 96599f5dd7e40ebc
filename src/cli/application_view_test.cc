#include "cli/application_view.h"

#include <gtest/gtest.h>

#include "base/json/yaml.h"

namespace firesteel::cli {
namespace {

const TimePoint kNow = *parse_time("2026-11-22T18:00:00Z");

json::Document yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return std::make_shared<const json::Value>((*documents)[0].value);
}

const std::string kRunning = R"(
metadata: {name: spark-pi-test, namespace: data-platform, creationTimestamp: "2026-11-22T17:59:00Z"}
spec:
  type: Scala
  image: apache/spark:v3.4.0
  mainClass: org.apache.spark.examples.SparkPi
  executor: {instances: 2}
status:
  applicationState: {state: RUNNING}
  executionAttempts: 1
  lastSubmissionAttemptTime: "2026-11-22T17:59:20Z"
  terminationTime: null
  driverInfo: {podName: spark-pi-test-driver}
  executorState: {spark-pi-test-1-exec-1: RUNNING, spark-pi-test-1-exec-2: PENDING}
)";
const std::string kFailed = R"(
metadata: {name: etl, namespace: jobs, creationTimestamp: "2026-11-22T15:00:00Z"}
spec: {type: Python, executor: {instances: 1}, mainApplicationFile: "print(1)\nprint(2)\n"}
status:
  applicationState: {state: FAILED, errorMessage: "driver container failed with ExitCode: 1, Reason: Error"}
  executionAttempts: 3
  lastSubmissionAttemptTime: "2026-11-22T17:00:00Z"
  terminationTime: "2026-11-22T17:00:12Z"
  executorState: {etl-1-exec-1: FAILED}
)";
const std::string kNew =
    "{metadata: {name: young, creationTimestamp: '2026-11-22T17:59:58Z'}, spec: {}}";

TEST(ApplicationsTable, ShowsOneLineEach) {
  const std::vector<json::Document> all{yaml(kRunning), yaml(kFailed), yaml(kNew)};
  EXPECT_EQ(applications_table(all, false, false, kNow, false),
            "NAME            STATE     ATTEMPTS   EXECUTORS   AGE   DURATION\n"
            "spark-pi-test   RUNNING   1          1/2         60s   40s\n"
            "etl             FAILED    3          0/1         3h    12s\n"
            "young           NEW       0          0/1         2s\n");
  EXPECT_EQ(applications_table(std::vector{yaml(kFailed)}, true, true, kNow, false),
            "NAMESPACE   NAME   STATE    ATTEMPTS   EXECUTORS   AGE   DURATION   DRIVER   IMAGE   "
            "MESSAGE\n"
            "jobs        etl    FAILED   3          0/1         3h    12s                         "
            "driver container failed with ExitCode: 1, Reason: Error\n");
}

TEST(SortByAge, TheYoungestFirst) {
  std::vector<json::Document> all{yaml(kFailed), yaml(kNew), yaml(kRunning)};
  sort_by_age(all);
  EXPECT_EQ(all[0]->at("metadata").at("name"), "young");
  EXPECT_EQ(all[1]->at("metadata").at("name"), "spark-pi-test");
  EXPECT_EQ(all[2]->at("metadata").at("name"), "etl");
}

TEST(WaitingText, IsTheContainersMessageElseTheSchedulers) {
  EXPECT_EQ(waiting_text(*yaml("{status: {containerStatuses: [{state: {waiting: {reason: "
                               "ContainerCreating, message: assembling image}}}]}}")),
            "assembling image");
  EXPECT_EQ(waiting_text(*yaml("{status: {conditions: [{type: PodScheduled, status: 'False', "
                               "message: 0/1 nodes are available}]}}")),
            "0/1 nodes are available");
  EXPECT_EQ(waiting_text(*yaml("{status: {phase: Running, conditions: [{type: PodScheduled, "
                               "status: 'True'}]}}")),
            "");
}

TEST(ProgressText, SaysWhatIsGoingOn) {
  EXPECT_EQ(progress_text(*yaml(kRunning)), "driver spark-pi-test-driver, 1/2 executors");
  EXPECT_EQ(progress_text(*yaml(kFailed)),
            "driver container failed with ExitCode: 1, Reason: Error");
  EXPECT_EQ(progress_text(*yaml(kNew)), "");
}

TEST(ResultText, IsOneSentence) {
  EXPECT_EQ(
      result_text(*yaml(kFailed), kNow),
      "etl failed after 12s (3 attempts): driver container failed with ExitCode: 1, Reason: Error");
  EXPECT_EQ(
      result_text(*yaml("{metadata: {name: pi}, status: {applicationState: {state: COMPLETED}, "
                        "lastSubmissionAttemptTime: '2026-11-22T17:59:00Z', terminationTime: "
                        "'2026-11-22T17:59:34Z'}}"),
                  kNow),
      "pi completed in 34s");
}

TEST(IsAtRest, OnlyWhereNothingGoesOnByItself) {
  for (const char* state : {"COMPLETED", "FAILED", "SUSPENDED"}) EXPECT_TRUE(is_at_rest(state));
  for (const char* state :
       {"NEW", "SUBMITTED", "RUNNING", "SUCCEEDING", "FAILING", "PENDING_RERUN",
        "SUBMISSION_FAILED", "INVALIDATING", "SUSPENDING", "RESUMING", "UNKNOWN"}) {
    EXPECT_FALSE(is_at_rest(state)) << state;
  }
}

TEST(ApplicationText, ShowsAllThatMatters) {
  const std::vector<json::Document> pods{
      yaml("{metadata: {name: spark-pi-test-driver}, spec: {nodeName: firesteel}, status: {phase: "
           "Running, podIP: 127.0.0.9}}"),
      yaml("{metadata: {name: spark-pi-test-1-exec-2}, spec: {}, status: {phase: Pending, "
           "conditions: "
           "[{type: PodScheduled, status: 'False', reason: Unschedulable, message: 0/1 nodes}]}}")};
  const std::vector<std::string> inferred{
      "spec.sparkVersion is missing; 3.4.0 is taken from: image tag"};
  EXPECT_EQ(application_text(*yaml(kRunning), pods, inferred, kNow, false),
            "Name:         spark-pi-test\n"
            "Namespace:    data-platform\n"
            "State:        RUNNING\n"
            "Type:         Scala\n"
            "Image:        apache/spark:v3.4.0\n"
            "Main class:   org.apache.spark.examples.SparkPi\n"
            "Submitted:    2026-11-22T17:59:20Z (40s ago)\n"
            "Duration:     40s\n"
            "Attempts:     1\n"
            "Driver:       spark-pi-test-driver, Running, node firesteel, 127.0.0.9\n"
            "Executors:    1 of 2 running, 0 completed, 0 failed\n"
            "Filled in:    spec.sparkVersion is missing; 3.4.0 is taken from: image tag\n"
            "\n"
            "EXECUTOR                 STATE     NODE   IP   REASON\n"
            "spark-pi-test-1-exec-1   RUNNING\n"
            "spark-pi-test-1-exec-2   PENDING               Unschedulable: 0/1 nodes\n");
}

TEST(EventsTable, IsSortedByTime) {
  const std::vector<json::Document> events{
      yaml("{type: Warning, reason: Late, message: b, count: 3, lastTimestamp: "
           "'2026-11-22T17:59:50Z', "
           "involvedObject: {kind: Pod, name: p}}"),
      yaml("{type: Normal, reason: Early, message: a, eventTime: '2026-11-22T17:59:00.000000Z', "
           "involvedObject: {kind: SparkApplication, name: pi}}")};
  EXPECT_EQ(events_table(events, kNow),
            "LAST SEEN   TYPE      REASON   OBJECT                MESSAGE\n"
            "60s         Normal    Early    sparkapplication/pi   a\n"
            "10s (x3)    Warning   Late     pod/p                 b\n");
}

}  // namespace
}  // namespace firesteel::cli
