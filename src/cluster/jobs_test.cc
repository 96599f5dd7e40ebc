#include "cluster/jobs.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json/print.h"
#include "base/json/yaml.h"
#include "cluster/job_failures.h"
#include "cluster/job_indexes.h"
#include "kube/conditions.h"
#include "kube/object.h"

namespace firesteel::cluster {
namespace {

using std::chrono::seconds;

const TimePoint kNow = *parse_time("2026-11-22T18:00:00Z");

json::Document yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return std::make_shared<const json::Value>((*documents)[0].value);
}

// "s f u d": succeeded, failed (with exit code 3), running, running and being deleted; a number
// before it is the pod's completion index.
std::vector<json::Document> pods(const std::string& states) {
  std::vector<json::Document> all;
  std::string index;
  for (const char state : states) {
    if (state >= '0' && state <= '9') {
      index = std::string(1, state);
      continue;
    }
    const std::string phase = state == 's' ? "Succeeded" : state == 'f' ? "Failed" : "Running";
    std::string metadata = "name: p" + std::to_string(all.size());
    if (!index.empty())
      metadata += ", annotations: {batch.kubernetes.io/job-completion-index: '" + index + "'}";
    if (state == 'd') metadata += ", deletionTimestamp: '2026-11-22T17:59:59Z'";
    const std::string ended =
        state == 'f' ? ", containerStatuses: [{name: c, state: {terminated: {exitCode: 3}}}]" : "";
    all.push_back(yaml("{metadata: {namespace: s, " + metadata + "}, status: {phase: " + phase +
                       ended + "}}"));
    index.clear();
  }
  return all;
}

json::Document job(const std::string& spec, const std::string& status = "") {
  return yaml("{metadata: {name: j, namespace: s, uid: u}, spec: {" + spec + "}, status: {" +
              status + "}}");
}

std::string conditions_of(const JobDecision& decision) {
  std::string text;
  if (!decision.status) return text;
  for (const json::Value& condition : json::array_at(*decision.status, {"conditions"})) {
    if (json::string_at(condition, "status") != "True") text += "not ";
    text += fmt::format("{} ", json::string_at(condition, "type"));
  }
  return text;
}

TEST(DecideJob, RunsUntilEnoughSucceeded) {
  struct Case {
    const char* name;
    std::string spec, states;
    std::size_t create, remove;
    std::string conditions;
  };
  const std::string met = "SuccessCriteriaMet Complete ";
  const Case cases[] = {
      {"the first pod", "", "", 1, 0, ""},
      {"one at work", "", "u", 0, 0, ""},
      {"one on its way out is replaced", "", "d", 1, 0, ""},
      {"done", "", "s", 0, 0, met},
      {"done when the last pod is gone", "", "sd", 0, 0, "SuccessCriteriaMet "},
      {"parallel", "parallelism: 3, completions: 5", "us", 2, 0, ""},
      {"no more than needed", "parallelism: 3, completions: 3", "ssu", 0, 0, ""},
      {"after a failure again", "", "f", 1, 0, ""},
      {"over the backoff limit", "backoffLimit: 1", "ffu", 0, 1, "FailureTarget "},
      {"and at rest", "backoffLimit: 1", "ff", 0, 0, "FailureTarget Failed "},
      {"suspended", "suspend: true", "u", 0, 1, "Suspended "},
      {"work queue ends with one success", "parallelism: 2", "us", 0, 0, ""},
      {"work queue is done", "parallelism: 2", "ss", 0, 0, met},
      {"nothing to do", "completions: 0", "", 0, 0, met},
      {"a rule ends it",
       "podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [3]}}]}",
       "f", 0, 0, "FailureTarget Failed "},
      {"a rule forgives",
       "backoffLimit: 0, podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: "
       "NotIn, "
       "values: [1]}}]}",
       "f", 1, 0, ""},
  };
  for (const Case& one : cases) {
    const JobDecision decision = decide_job(*job(one.spec), pods(one.states), 0, kNow);
    EXPECT_EQ(decision.create.size(), one.create) << one.name;
    EXPECT_EQ(decision.remove.size(), one.remove) << one.name;
    EXPECT_EQ(conditions_of(decision), one.conditions) << one.name;
  }
}

TEST(DecideJob, GivesEachIndexItsPod) {
  struct Case {
    const char* name;
    std::string more, status, states;
    std::vector<int> create;
    std::string completed, conditions;
  };
  const std::string per_index = ", backoffLimitPerIndex: 0";
  const Case cases[] = {
      {"the first", "", "", "", {0, 1}, "", ""},
      {"what is missing", "", "", "0u2s", {1}, "2", ""},
      {"what failed again", "", "", "0f1s2s", {0, 3}, "1,2", ""},
      {"what was completed stays so", "", "completedIndexes: '0-2'", "", {3}, "0-2", ""},
      {"done", "", "", "0s1s2s3s", {}, "0-3", "SuccessCriteriaMet Complete "},
      {"an index that failed for good", per_index, "", "0f1s", {2, 3}, "1", ""},
      {"some have failed", per_index, "", "0f1s2s3s", {}, "1-3", "FailureTarget Failed "},
      {"too many have failed",
       per_index + ", maxFailedIndexes: 1",
       "",
       "0f1f",
       {},
       "",
       "FailureTarget Failed "},
  };
  for (const Case& one : cases) {
    const auto decision = decide_job(
        *job("completionMode: Indexed, completions: 4, parallelism: 2" + one.more, one.status),
        pods(one.states), 0, kNow);
    EXPECT_EQ(decision.create, one.create) << one.name;
    EXPECT_EQ(json::string_at(*decision.status, "completedIndexes"), one.completed) << one.name;
    EXPECT_EQ(conditions_of(decision), one.conditions) << one.name;
  }
}

TEST(DecideJob, CountsNeverFall) {
  const auto decision = decide_job(*job("completions: 3", "succeeded: 2, failed: 1"), {}, 0, kNow);
  EXPECT_EQ(decision.create.size(), 1U);
  EXPECT_EQ(json::int_at(*decision.status, {"succeeded"}), 2);
  EXPECT_EQ(json::int_at(*decision.status, {"failed"}), 1);
}

TEST(DecideJob, BeginsAnewWhenItIsResumed) {
  const std::string suspended = "conditions: [{type: Suspended, status: 'True'}]";
  const auto decision = decide_job(*job("", suspended), {}, 0, kNow);
  EXPECT_EQ(conditions_of(decision), "not Suspended ");
  EXPECT_EQ(json::string_at(*decision.status, "startTime"), "2026-11-22T18:00:00Z");
  const auto stopped = decide_job(*job("suspend: true", "startTime: x"), {}, 0, kNow);
  EXPECT_EQ(json::find(*stopped.status, "startTime"), nullptr);
}

TEST(DecideJob, EndsAtItsDeadlineAndExpiresAfterItsTimeToLive) {
  const json::Document late = job("activeDeadlineSeconds: 60", "startTime: '2026-11-22T17:59:30Z'");
  EXPECT_EQ(decide_job(*late, pods("u"), 0, kNow).again, seconds(30));
  EXPECT_EQ(conditions_of(decide_job(*late, pods("u"), 0, kNow + seconds(30))), "FailureTarget ");
  const json::Document done = job("ttlSecondsAfterFinished: 60",
                                  "conditions: [{type: Complete, status: 'True', "
                                  "lastTransitionTime: '2026-11-22T17:59:30Z'}]");
  EXPECT_EQ(decide_job(*done, {}, 0, kNow).again, seconds(30));
  EXPECT_TRUE(decide_job(*done, {}, 0, kNow + seconds(30)).expire);
}

TEST(PodOfJob, KnowsItsIndex) {
  const json::Value pod = pod_of_job(*job("template: {spec: {containers: [{name: c}]}}"), 7);
  EXPECT_EQ(json::string_at(pod, {"metadata", "generateName"}), "j-7-");
  EXPECT_EQ(index_of(pod), 7);
  EXPECT_EQ(json::print(*json::find(pod, "spec")),
            R"({"containers":[{"name":"c","env":[{"name":"JOB_COMPLETION_INDEX","valueFrom":)"
            R"({"fieldRef":{"apiVersion":"v1","fieldPath":)"
            R"("metadata.annotations['batch.kubernetes.io/job-completion-index']"}}}]}],)"
            R"("hostname":"j-7"})");
  EXPECT_EQ(json::string_at(pod_of_job(*job(""), kNoIndex), {"metadata", "generateName"}), "j-");
}

TEST(JobIndexes, AreWrittenAsRanges) {
  for (const char* text : {"", "0", "0,1", "0-2", "1,3-5,7", "2,3,5-9"})
    EXPECT_EQ(print_indexes(parse_indexes(text, 10)), text);
  EXPECT_EQ(print_indexes(parse_indexes("1-99,x,-3", 5)), "1-4");
}

}  // namespace
}  // namespace firesteel::cluster
