#include "sim/generator.h"

#include <fmt/format.h>

#include <array>

#include "base/json/parse.h"
#include "base/json/patch.h"
#include "sim/ending.h"
#include "spark/names.h"

namespace firesteel::sim {
namespace {

constexpr std::array<std::string_view, 6> kRestartPolicies{
    R"({"type":"Never"})",
    R"({"type":"OnFailure","onFailureRetries":3,"onSubmissionFailureRetries":3})",
    R"({"type":"OnFailure","onFailureRetries":1,"onFailureRetryInterval":1,
        "onSubmissionFailureRetries":1,"onSubmissionFailureRetryInterval":1})",
    R"({"type":"OnFailure"})",
    R"({"type":"Always","onFailureRetryInterval":3})",
    R"({})"};
constexpr std::size_t kHistory = 150;
constexpr std::size_t kBounded = 4;  // of them come to an end without a user

constexpr std::array<std::string_view, 19> kFateLists{
    "ok",           "error,error,ok",  "error,error,error,error,error",
    "oom,ok",       "killed,stopped",  "aborted,crashed",
    "no-command",   "no-right,ok",     "evicted,ok",
    "lost,refused", "speechless,done", "sidecar",
    "unknown,ok",   "unschedulable",   "error",
    "oom",          "killed",          "unknown,error",
    "stuck,ok"};

constexpr std::array<std::string_view, 6> kLogs{
    "",
    "25/11/22 INFO fine\nTraceback (most recent call last):\n  File \"job.py\", line 3\n"
    "ValueError: no rows\n",
    "Exception in thread \"main\" java.lang.ClassNotFoundException: org.example.Main\n\tat x\n",
    "Exception in thread \"main\" org.apache.spark.SparkException: Job aborted\n"
    "Caused by: java.io.IOException: password=hunter2 was wrong\n\tat y\n",
    "java.lang.OutOfMemoryError: Java heap space\n",
    "all was well\n"};

constexpr std::array<std::string_view, 9> kSpecs{
    "{}",
    "{}",
    R"({"timeToLiveSeconds":30})",
    R"({"driver":{"memory":"a lot"}})",
    R"({"sparkUIOptions":{"servicePort":80,"servicePortName":"ui","serviceType":"NodePort",
        "serviceLabels":{"a":"b"},"ingressTLS":[{"hosts":["h"]}]}})",
    R"({"driverIngressOptions":[{"servicePort":4041,"servicePortName":"x"},
        {"servicePort":4042,"servicePortName":"y","ingressURLFormat":"{{$appName}}.example.org/a/"}]})",
    R"({"sparkConf":{"spark.ui.enabled":"false"}})",
    R"({"sparkConf":{"spark.ui.port":"0"}})",
    R"({"suspend":true})"};

constexpr std::array<std::string_view, 4> kForeignStates{"RUNNING", "SUBMITTED", "UNKNOWN",
                                                         "NO_SUCH_STATE"};

json::Value merged(json::Value object, std::string_view patch) {
  return json::apply_merge_patch(std::move(object), json::parse(patch).value());
}

template <typename Range>
auto pick(Random& random, const Range& range) {
  return range[random.below(range.size())];
}

json::Value schedule(Random& random) {
  constexpr std::array<std::string_view, 4> kPolicies{"Allow", "Forbid", "Replace", ""};
  constexpr std::array<std::string_view, 6> kTimes{"* * * * *",   "@every 50s",
                                                   "*/2 * * * *", "CRON_TZ=Europe/Berlin * * * * *",
                                                   "not a time",  "0 0 30 2 *"};
  json::Value object = json::parse(R"({"metadata":{"name":"nightly","namespace":"data-platform"},
      "spec":{"template":{}}})")
                           .value();
  json::Object& spec = json::make_object(object, {"spec"});
  spec["schedule"] = pick(random, kTimes);
  spec["concurrencyPolicy"] = pick(random, kPolicies);
  spec["successfulRunHistoryLimit"] = random.below(3);
  spec["failedRunHistoryLimit"] = random.below(3);
  if (random.one_in(8)) spec["timeZone"] = random.one_in(2) ? "Asia/Tokyo" : "Nowhere/Land";
  if (random.one_in(8)) spec["suspend"] = true;
  spec["template"] =
      *json::find(make_application("run", kRestartPolicies[random.below(3)], "ok"), {"spec"});
  if (random.one_in(16)) {
    json::make_object(object, {"metadata"})["name"] = std::string(60, 'n');
  }
  return object;
}

// As the Kubeflow operator left it: its ids say nothing about the specification.
json::Value foreign(Random& random) {
  json::Value object = make_application("taken-over", pick(random, kRestartPolicies), "ok");
  json::Object& status = json::make_object(object, {"status"});
  status["submissionID"] = "0aa0b0c0-1111-4222-8333-444455556666";
  status["applicationState"] = json::Object{{"state", pick(random, kForeignStates)}};
  status["executionAttempts"] = 1;
  status["submissionAttempts"] = 1;
  status["lastSubmissionAttemptTime"] = "2027-01-15T07:59:00Z";
  if (!random.one_in(4)) {
    json::make_object(object, {"status", "driverInfo"})["podName"] = "taken-over-driver";
  }
  return object;
}

json::Value random_application(Random& random, std::string_view name, bool wild) {
  const std::size_t policies = wild ? kRestartPolicies.size() : kBounded;
  // A driver that never starts is given up only where a life is wild.
  const std::size_t fates = wild ? kFateLists.size() : kFateLists.size() - 1;
  json::Value object =
      make_application(name, kRestartPolicies[random.below(policies)],
                       kFateLists[random.below(fates)], wild ? pick(random, kSpecs) : kSpecs[0]);
  json::make_object(object, {"metadata", "annotations"})[kLog] = pick(random, kLogs);
  return object;
}

void make_wild(Life& life, Random& random) {
  Plan& plan = life.plan;
  plan.users = !random.one_in(4);
  plan.clock_jumps = random.one_in(2);
  plan.refusals = random.one_in(2);
  plan.strangers = random.one_in(4);
  plan.wild_executors = random.one_in(2);
  operators::decide::Settings& settings = plan.settings;
  settings.driver_start_timeout = std::chrono::seconds(random.one_in(2) ? 20 : 60);
  if (random.one_in(2)) settings.submission_patience = std::chrono::seconds(2);
  if (random.one_in(3)) {
    settings.ingress_url_format = random.one_in(2)
                                      ? "https://example.org/{{$appNamespace}}/{{$appName}}/"
                                      : "{{$appName}}.example.org";
    if (random.one_in(2)) settings.ingress_class_name = "nginx";
  }
  if (random.one_in(8)) settings.max_tracked_executors = 1;
  if (random.one_in(6)) life.taken_over.push_back(foreign(random));
  if (random.one_in(4)) life.schedules.push_back(schedule(random));
}

}  // namespace

json::Value make_application(std::string_view name, std::string_view restart_policy,
                             std::string_view fates, std::string_view spec_patch) {
  const std::string text = fmt::format(
      R"({{"apiVersion":"sparkoperator.k8s.io/v1beta2","kind":"SparkApplication",
        "metadata":{{"name":"{}","namespace":"data-platform","annotations":{{"{}":"{}"}}}},
        "spec":{{"type":"Scala","mode":"cluster","image":"apache/spark:3.5.1","sparkVersion":"3.5.1",
          "mainClass":"org.apache.spark.examples.SparkPi",
          "mainApplicationFile":"local:///opt/spark/examples/jars/spark-examples.jar",
          "restartPolicy":{},
          "driver":{{"cores":1,"memory":"512m"}},"executor":{{"cores":1,"instances":2}}}}}})",
      name, kFates, fates, restart_policy);
  return merged(json::parse(text).value(), fmt::format(R"({{"spec":{}}})", spec_patch));
}

Life Life::without_faults() const {
  Life calm = *this;
  calm.plan.steps = 0;
  calm.plan.faults = {};
  calm.plan.replicas = 1;
  return calm;
}

Life life_of(std::uint64_t seed) {
  // Not the seed itself: the simulation draws from that.
  Random random(seed ^ 0x5eed'0f'11fe);
  Life life;
  life.ends_alike = random.one_in(2);
  Plan& plan = life.plan;
  plan.seed = seed;
  plan.steps = 100 + random.below(200);
  constexpr std::array<std::size_t, 4> kErrors{0, 6, 10, 20};
  constexpr std::array<std::size_t, 3> kCrashes{0, 12, 30};
  constexpr std::array<std::size_t, 3> kDrops{0, 6, 12};
  constexpr std::array<std::size_t, 3> kRestarts{0, 40, 80};
  constexpr std::array<std::size_t, 3> kMeanwhile{0, 3, 8};
  plan.faults.error_one_in = pick(random, kErrors);
  plan.faults.crash_one_in = pick(random, kCrashes);
  plan.drop_one_in = pick(random, kDrops);
  plan.restart_one_in = pick(random, kRestarts);
  plan.meanwhile_one_in = pick(random, kMeanwhile);
  plan.replicas = random.one_in(3) ? 2 : 1;
  plan.settings.submission_patience = std::chrono::seconds(100'000);
  if (!life.ends_alike) make_wild(life, random);
  const std::size_t count = 1 + random.below(2);
  for (std::size_t number = 0; number < count; ++number) {
    life.applications.push_back(
        random_application(random, fmt::format("app-{}", number), !life.ends_alike));
  }
  return life;
}

namespace {

std::vector<std::string> run(Simulation& simulation, const Life& life) {
  for (const json::Value& application : life.applications) simulation.add_application(application);
  for (const json::Value& application : life.taken_over) simulation.add_taken_over(application);
  for (const json::Value& schedule : life.schedules) simulation.add_schedule(schedule);
  return simulation.run();
}

}  // namespace

std::vector<std::string> live(const Life& life, std::string* history) {
  Simulation simulation(life.plan);
  std::vector<std::string> wrong = run(simulation, life);
  if (history != nullptr) *history = history_of(simulation.world(), kHistory);
  if (!wrong.empty() || !life.ends_alike) return wrong;
  const Life calm = life.without_faults();
  Simulation other(calm.plan);
  if (auto wrong_too = run(other, calm); !wrong_too.empty()) return wrong_too;
  if (simulation.end() != other.end()) {
    wrong.push_back(fmt::format("the end differs from the one without faults:\n{}\n{}",
                                simulation.end(), other.end()));
  }
  return wrong;
}

}  // namespace firesteel::sim
