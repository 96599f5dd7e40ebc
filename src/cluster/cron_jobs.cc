#include "cluster/cron_jobs.h"

#include <fmt/core.h>

#include <algorithm>

#include "cluster/kinds.h"
#include "kube/conditions.h"
#include "kube/object.h"

namespace firesteel::cluster {

namespace {

using json::string_at;
using std::chrono::hours;
using std::chrono::seconds;

constexpr std::int64_t kDefaultSuccessfulHistory = 3;
constexpr std::int64_t kDefaultFailedHistory = 1;

bool has_condition(const json::Value& job, std::string_view type) {
  const json::Value* status = json::find(job, "status");
  return status != nullptr && kube::is_condition_true(*status, type);
}
bool is_complete(const json::Value& job) {
  return has_condition(job, "Complete");
}
bool has_ended(const json::Value& job) {
  return is_complete(job) || has_condition(job, "Failed");
}

// RFC 3339 in the zone's own time, as the annotation has it.
std::string zoned_time(TimePoint time, const kube::loop::TimeZone& zone) {
  const seconds offset = zone.at(time).offset;
  std::string text = format_time(time + offset);
  if (offset.count() == 0) return text;
  text.pop_back();
  const std::int64_t minutes = std::abs(offset.count()) / 60;
  return text +
         fmt::format("{}{:02}:{:02}", offset.count() < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

json::Value make_job(const json::Value& cron_job, TimePoint due, const kube::loop::TimeZone& zone) {
  const std::int64_t minutes =
      std::chrono::duration_cast<std::chrono::minutes>(due.time_since_epoch()).count();
  json::Object annotations =
      json::object_at(cron_job, {"spec", "jobTemplate", "metadata", "annotations"});
  annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"] = zoned_time(due, zone);
  json::Object metadata{{"name", fmt::format("{}-{}", kube::name_of(cron_job), minutes)},
                        {"namespace", kube::namespace_of(cron_job)},
                        {"annotations", std::move(annotations)}};
  json::Object labels = json::object_at(cron_job, {"spec", "jobTemplate", "metadata", "labels"});
  if (!labels.empty()) metadata["labels"] = std::move(labels);
  metadata["ownerReferences"] = json::Array{kube::owner_reference(cron_job, true, true)};
  return json::Object{{"apiVersion", kJobs.api_version()},
                      {"kind", kJobs.kind},
                      {"metadata", std::move(metadata)},
                      {"spec", json::object_at(cron_job, {"spec", "jobTemplate", "spec"})}};
}

json::Value reference_to(const json::Value& job) {
  return json::Object{{"apiVersion", kJobs.api_version()},
                      {"kind", kJobs.kind},
                      {"name", kube::name_of(job)},
                      {"namespace", kube::namespace_of(job)},
                      {"resourceVersion", kube::resource_version_of(job)},
                      {"uid", kube::uid_of(job)}};
}

struct Runs {
  std::vector<json::Document> active, succeeded, failed;  // each the oldest first
};

Runs sort_out(std::span<const json::Document> jobs) {
  std::vector<json::Document> all(jobs.begin(), jobs.end());
  std::ranges::sort(all, {}, [](const json::Document& job) {
    return std::pair(string_at(*job, {"status", "startTime"}), kube::name_of(*job));
  });
  Runs runs;
  for (const json::Document& job : all) {
    auto& list = is_complete(*job) ? runs.succeeded : has_ended(*job) ? runs.failed : runs.active;
    list.push_back(job);
  }
  return runs;
}

void clean_history(const json::Value& cron_job, const Runs& runs, CronJobDecision& decision) {
  const auto clean = [&](const std::vector<json::Document>& list, std::string_view limit,
                         std::int64_t otherwise) {
    const std::int64_t kept = json::int_at(cron_job, {"spec", limit}, otherwise);
    for (std::int64_t i = 0; i < std::ssize(list) - kept; ++i) {
      const json::Value& job = *list[static_cast<std::size_t>(i)];
      if (!kube::is_deleting(job)) decision.remove.emplace_back(kube::name_of(job));
    }
  };
  clean(runs.succeeded, "successfulJobsHistoryLimit", kDefaultSuccessfulHistory);
  clean(runs.failed, "failedJobsHistoryLimit", kDefaultFailedHistory);
}

// status.active and lastSuccessfulTime, from what the Jobs say.
void tell_runs(const json::Value& cron_job, const Runs& runs, json::Object& status) {
  json::Array active;
  for (const json::Document& job : runs.active) {
    json::Value reference = reference_to(*job);
    // The version at which it was first told stays: it is no news that a Job goes on.
    for (const json::Value& known : json::array_at(cron_job, {"status", "active"})) {
      if (string_at(known, "uid") == kube::uid_of(*job)) reference = known;
    }
    active.push_back(std::move(reference));
  }
  json::remove(status, "active");
  if (!active.empty()) status["active"] = std::move(active);
  std::string last(string_at(cron_job, {"status", "lastSuccessfulTime"}));
  for (const json::Document& job : runs.succeeded)
    last = std::max(last, std::string(string_at(*job, {"status", "completionTime"})));
  if (!last.empty()) status["lastSuccessfulTime"] = last;
}

// Starts what is due, if the policies let it.
void start_due(const json::Value& cron_job, const kube::loop::TimeZone& zone, TimePoint due,
               const Runs& runs, TimePoint now, json::Object& status, CronJobDecision& decision) {
  const json::Value* deadline = json::find(cron_job, {"spec", "startingDeadlineSeconds"});
  if (deadline != nullptr && !deadline->is_null()) {
    const seconds limit(json::int_at(cron_job, {"spec", "startingDeadlineSeconds"}));
    if (due + limit < now) {
      decision.warnings.push_back(
          {"MissSchedule",
           fmt::format("Missed scheduled time to start a job: {}", zoned_time(due, zone))});
      return;
    }
  }
  const std::string_view policy = string_at(cron_job, {"spec", "concurrencyPolicy"});
  if (policy == "Forbid" && !runs.active.empty()) {
    decision.warnings.push_back(
        {"JobAlreadyActive",
         "Not starting job because prior execution is running and concurrency "
         "policy is Forbid"});
    return;
  }
  if (policy == "Replace") {
    for (const json::Document& job : runs.active)
      decision.replace.emplace_back(kube::name_of(*job));
  }
  decision.create = make_job(cron_job, due, zone);
  status["lastScheduleTime"] = format_time(due);
}

}  // namespace

std::optional<TimePoint> last_activation(const kube::loop::Cron& cron,
                                         const kube::loop::TimeZone& zone, TimePoint after,
                                         TimePoint now) {
  if (cron.interval()) {
    const auto times = (now - after) / *cron.interval();
    if (times < 1) return std::nullopt;
    return after + times * *cron.interval();
  }
  // From the near past into the far one, so that a frequent schedule is not counted up from a long
  // time ago.
  std::optional<TimePoint> last;
  for (const hours window :
       {hours(1), hours(24), hours(24 * 32), hours(24 * 366), hours(24 * 2000)}) {
    TimePoint from = std::max(after, now - window);
    while (const auto next = cron.next(from, zone)) {
      if (*next > now) break;
      last = from = *next;
    }
    if (last || now - window <= after) return last;
  }
  return last;
}

CronJobDecision decide_cron_job(const json::Value& cron_job, std::span<const json::Document> jobs,
                                const kube::loop::TimeZone* zone, const std::string& zone_error,
                                TimePoint now) {
  CronJobDecision decision;
  const json::Value* given = json::find(cron_job, "status");
  json::Object status = json::object_at(cron_job, {"status"});
  const Runs runs = sort_out(jobs);
  tell_runs(cron_job, runs, status);
  const std::string_view schedule = string_at(cron_job, {"spec", "schedule"});
  const auto cron = kube::loop::Cron::parse(schedule);
  if (!kube::is_deleting(cron_job)) {
    clean_history(cron_job, runs, decision);
    if (!cron) {
      decision.warnings.push_back(
          {"UnparseableSchedule",
           fmt::format("unparseable schedule: \"{}\" : {}", schedule, cron.error().message)});
    } else if (zone == nullptr) {
      decision.warnings.push_back({"UnknownTimeZone", zone_error});
    } else if (!json::bool_at(cron_job, {"spec", "suspend"})) {
      auto since = parse_time(string_at(cron_job, {"status", "lastScheduleTime"}));
      if (!since) since = parse_time(string_at(cron_job, {"metadata", "creationTimestamp"}));
      const TimePoint after = since.value_or(now);
      if (const auto due = last_activation(*cron, *zone, after, now))
        start_due(cron_job, *zone, *due, runs, now, status, decision);
      const TimePoint counted =
          cron->interval() ? after + (now - after) / *cron->interval() * *cron->interval() : now;
      if (const auto next = cron->next(counted, *zone)) decision.again = *next - now;
    }
  }
  if (given == nullptr ? !status.empty() : *given != json::Value(status))
    decision.status = std::move(status);
  return decision;
}

}  // namespace firesteel::cluster
