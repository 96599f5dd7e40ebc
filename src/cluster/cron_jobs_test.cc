#include "cluster/cron_jobs.h"

#include <gtest/gtest.h>

#include "base/json/print.h"
#include "base/json/yaml.h"
#include "kube/object.h"

namespace firesteel::cluster {
namespace {

using kube::loop::TimeZone;

json::Document yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return std::make_shared<const json::Value>((*documents)[0].value);
}

// Made at 10:00; `more` goes into the spec.
json::Document cron_job(const std::string& schedule, const std::string& more = "",
                        const std::string& status = "") {
  return yaml(
      "{metadata: {name: c, namespace: s, uid: u, creationTimestamp: "
      "'2026-11-22T10:00:00Z'}, spec: {schedule: '" +
      schedule + "'" + more +
      ", jobTemplate: {metadata: {labels: {a: b}}, spec: {x: z}}}, status: {" + status + "}}");
}

json::Document job(const std::string& name, const std::string& start, const std::string& end) {
  const std::string condition =
      end.empty() ? "" : ", conditions: [{type: " + end + ", status: 'True'}]";
  return yaml("{metadata: {name: " + name + ", namespace: s, uid: u-" + name +
              ", resourceVersion: '5'}, status: {startTime: '" + start + "', completionTime: '" +
              start + "'" + condition + "}}");
}

CronJobDecision decide(const json::Document& object, const std::string& now,
                       const std::vector<json::Document>& jobs = {}) {
  const TimeZone zone = TimeZone::utc();
  return decide_cron_job(*object, jobs, &zone, "", *parse_time("2026-11-22T" + now + "Z"));
}

TEST(DecideCronJob, StartsWhatIsDue) {
  const std::vector<json::Document> running{job("c-1", "2026-11-22T10:05:00Z", "")};
  struct Case {
    std::string what;
    json::Document object;
    std::string now;
    std::vector<json::Document> jobs;
    std::string started;  // the time in the annotation
    std::string warning;
    std::int64_t again;  // seconds
  };
  const std::string told = "lastScheduleTime: '2026-11-22T10:05:00Z'";
  const Case cases[] = {
      {"not yet", cron_job("*/5 * * * *"), "10:04:59", {}, "", "", 1},
      {"now", cron_job("*/5 * * * *"), "10:05:00", {}, "2026-11-22T10:05:00Z", "", 300},
      {"once", cron_job("*/5 * * * *", "", told), "10:05:01", {}, "", "", 299},
      {"the last of those missed",
       cron_job("*/5 * * * *"),
       "17:13:00",
       {},
       "2026-11-22T17:10:00Z",
       "",
       120},
      {"suspended", cron_job("*/5 * * * *", ", suspend: true"), "17:13:00", {}, "", "", -1},
      {"too late",
       cron_job("0 * * * *", ", startingDeadlineSeconds: 60"),
       "11:02:00",
       {},
       "",
       "MissSchedule",
       3480},
      {"in time",
       cron_job("0 * * * *", ", startingDeadlineSeconds: 200"),
       "11:02:00",
       {},
       "2026-11-22T11:00:00Z",
       "",
       3480},
      {"beside the one that runs", cron_job("*/5 * * * *", "", told), "10:10:00", running,
       "2026-11-22T10:10:00Z", "", 300},
      {"not beside it", cron_job("*/5 * * * *", ", concurrencyPolicy: Forbid", told), "10:10:00",
       running, "", "JobAlreadyActive", 300},
      {"every", cron_job("@every 1m30s"), "10:04:00", {}, "2026-11-22T10:03:00Z", "", 30},
      {"nonsense", cron_job("61 * * * *"), "10:04:00", {}, "", "UnparseableSchedule", -1},
  };
  for (const Case& one : cases) {
    const CronJobDecision decision = decide(one.object, one.now, one.jobs);
    const std::string started(
        decision.create
            ? json::string_at(*decision.create, {"metadata", "annotations",
                                                 "batch.kubernetes.io/cronjob-scheduled-timestamp"})
            : "");
    EXPECT_EQ(started, one.started) << one.what;
    EXPECT_EQ(decision.warnings.empty() ? "" : decision.warnings[0].reason, one.warning)
        << one.what;
    const std::int64_t again =
        decision.again ? std::chrono::duration_cast<std::chrono::seconds>(*decision.again).count()
                       : -1;
    EXPECT_EQ(again, one.again) << one.what;
  }
}

TEST(DecideCronJob, MakesAJobNamedAfterItsMinute) {
  const CronJobDecision decision = decide(cron_job("*/5 * * * *"), "10:05:10");
  ASSERT_TRUE(decision.create.has_value());
  EXPECT_EQ(kube::name_of(*decision.create), "c-29922365");
  EXPECT_EQ(json::print(*json::find(*decision.create, "spec")), R"({"x":"z"})");
  EXPECT_EQ(kube::label_of(*decision.create, "a"), "b");
  EXPECT_EQ(json::print(*decision.status), R"({"lastScheduleTime":"2026-11-22T10:05:00Z"})");
}

TEST(DecideCronJob, TellsTheTimeInItsZone) {
  const TimeZone zone = TimeZone::utc();
  EXPECT_EQ(decide_cron_job(*cron_job("0 * * * *"), {}, nullptr, "no such zone",
                            *parse_time("2026-11-22T11:00:00Z"))
                .warnings.at(0)
                .message,
            "no such zone");
}

TEST(DecideCronJob, ReplacesWhatRuns) {
  const auto decision = decide(cron_job("*/5 * * * *", ", concurrencyPolicy: Replace"), "10:10:00",
                               {job("c-1", "2026-11-22T10:05:00Z", "")});
  EXPECT_EQ(decision.replace, std::vector<std::string>{"c-1"});
  EXPECT_TRUE(decision.create.has_value());
}

TEST(DecideCronJob, KeepsSomeOfWhatHasEndedAndNamesWhatRuns) {
  std::vector<json::Document> jobs;
  for (const char* hour : {"01", "02", "03", "04", "05"})
    jobs.push_back(
        job(std::string("ok-") + hour, std::string("2026-11-22T") + hour + ":00:00Z", "Complete"));
  jobs.push_back(job("bad-1", "2026-11-22T01:30:00Z", "Failed"));
  jobs.push_back(job("bad-2", "2026-11-22T02:30:00Z", "Failed"));
  jobs.push_back(job("now", "2026-11-22T09:30:00Z", ""));
  const CronJobDecision decision = decide(cron_job("0 23 * * *"), "10:30:00", jobs);
  EXPECT_EQ(decision.remove, (std::vector<std::string>{"ok-01", "ok-02", "bad-1"}));
  EXPECT_EQ(
      json::print(*decision.status),
      R"({"active":[{"apiVersion":"batch/v1","kind":"Job","name":"now","namespace":"s",)"
      R"("resourceVersion":"5","uid":"u-now"}],"lastSuccessfulTime":"2026-11-22T05:00:00Z"})");
}

TEST(LastActivation, LooksBackAsFarAsItMust) {
  const TimeZone zone = TimeZone::utc();
  const TimePoint now = *parse_time("2026-11-22T10:30:00Z");
  const auto last = [&](const std::string& schedule, const std::string& after) {
    const auto found =
        last_activation(*kube::loop::Cron::parse(schedule), zone, *parse_time(after), now);
    return found ? format_time(*found) : "";
  };
  EXPECT_EQ(last("* * * * *", "2020-01-01T00:00:00Z"), "2026-11-22T10:30:00Z");
  EXPECT_EQ(last("0 3 * * *", "2020-01-01T00:00:00Z"), "2026-11-22T03:00:00Z");
  EXPECT_EQ(last("0 3 1 * *", "2020-01-01T00:00:00Z"), "2026-11-01T03:00:00Z");
  EXPECT_EQ(last("0 3 29 2 *", "2020-01-01T00:00:00Z"), "2024-02-29T03:00:00Z");
  EXPECT_EQ(last("0 3 29 2 *", "2025-01-01T00:00:00Z"), "");
  EXPECT_EQ(last("0 * * * *", "2026-11-22T10:00:00Z"), "");
}

}  // namespace
}  // namespace firesteel::cluster
