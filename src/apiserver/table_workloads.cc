// Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs.
#include <boost/json/array.hpp>

#include "apiserver/human_duration.h"
#include "apiserver/table_columns.h"
#include "kube/object.h"

namespace firesteel::apiserver::tables {
namespace {

std::int64_t status_number(const json::Value& object, std::string_view key) {
  return json::int_at(object, {"status", key});
}

std::int64_t desired_replicas(const json::Value& object) {
  return json::int_at(object, {"spec", "replicas"}, 1);
}

const json::Value& template_spec(const json::Value& object) {
  static const json::Value kNone;
  const json::Value* found = json::find(object, {"spec", "template", "spec"});
  return found == nullptr ? kNone : *found;
}

// Containers, Images and, when asked, Selector: the wide columns of everything that has a pod
// template.
void add_template_cells(json::Array& cells, const json::Value& object, bool selector) {
  cells.emplace_back(container_names(template_spec(object)));
  cells.emplace_back(container_images(template_spec(object)));
  if (selector) cells.emplace_back(selector_text(json::find(object, {"spec", "selector"})));
}

json::Array deployment_cells(const json::Value& object, TimePoint now) {
  json::Array cells{json::Value(kube::name_of(object)),
                    json::Value(fmt::format("{}/{}", status_number(object, "readyReplicas"),
                                            desired_replicas(object))),
                    json::Value(status_number(object, "updatedReplicas")),
                    json::Value(status_number(object, "availableReplicas")),
                    json::Value(age(object, now))};
  add_template_cells(cells, object, true);
  return cells;
}

json::Array replica_set_cells(const json::Value& object, TimePoint now) {
  json::Array cells{json::Value(kube::name_of(object)), json::Value(desired_replicas(object)),
                    json::Value(status_number(object, "replicas")),
                    json::Value(status_number(object, "readyReplicas")),
                    json::Value(age(object, now))};
  add_template_cells(cells, object, true);
  return cells;
}

json::Array replication_controller_cells(const json::Value& object, TimePoint now) {
  json::Array cells = replica_set_cells(object, now);
  cells.back() = labels_text(json::object_at(object, {"spec", "selector"}));
  return cells;
}

json::Array stateful_set_cells(const json::Value& object, TimePoint now) {
  json::Array cells{json::Value(kube::name_of(object)),
                    json::Value(fmt::format("{}/{}", status_number(object, "readyReplicas"),
                                            desired_replicas(object))),
                    json::Value(age(object, now))};
  add_template_cells(cells, object, false);
  return cells;
}

json::Array daemon_set_cells(const json::Value& object, TimePoint now) {
  json::Array cells{
      json::Value(kube::name_of(object)),
      json::Value(status_number(object, "desiredNumberScheduled")),
      json::Value(status_number(object, "currentNumberScheduled")),
      json::Value(status_number(object, "numberReady")),
      json::Value(status_number(object, "updatedNumberScheduled")),
      json::Value(status_number(object, "numberAvailable")),
      json::Value(labels_text(json::object_at(template_spec(object), {"nodeSelector"}))),
      json::Value(age(object, now))};
  add_template_cells(cells, object, true);
  return cells;
}

std::string job_status(const json::Value& job) {
  const auto is_true = [&](std::string_view type) {
    return std::ranges::any_of(json::array_at(job, {"status", "conditions"}),
                               [&](const json::Value& condition) {
                                 return json::string_at(condition, "type") == type &&
                                        json::string_at(condition, "status") == "True";
                               });
  };
  if (is_true("Complete")) return "Complete";
  if (is_true("Failed")) return "Failed";
  if (kube::is_deleting(job)) return "Terminating";
  for (const std::string_view type : {"Suspended", "FailureTarget", "SuccessCriteriaMet"}) {
    if (is_true(type)) return std::string(type);
  }
  return "Running";
}

std::string job_completions(const json::Value& job) {
  const std::int64_t succeeded = status_number(job, "succeeded");
  const std::int64_t completions = json::int_at(job, {"spec", "completions"}, -1);
  if (completions >= 0) return fmt::format("{}/{}", succeeded, completions);
  const std::int64_t parallelism = json::int_at(job, {"spec", "parallelism"});
  if (parallelism > 1) return fmt::format("{}/1 of {}", succeeded, parallelism);
  return fmt::format("{}/1", succeeded);
}

std::string job_duration(const json::Value& job, TimePoint now) {
  const auto started = parse_time(json::string_at(job, {"status", "startTime"}));
  if (!started) return {};
  const auto completed = parse_time(json::string_at(job, {"status", "completionTime"}));
  return human_duration(completed.value_or(now) - *started);
}

json::Array job_cells(const json::Value& object, TimePoint now) {
  json::Array cells{json::Value(kube::name_of(object)), json::Value(job_status(object)),
                    json::Value(job_completions(object)), json::Value(job_duration(object, now)),
                    json::Value(age(object, now))};
  add_template_cells(cells, object, true);
  return cells;
}

json::Array cron_job_cells(const json::Value& object, TimePoint now) {
  static const json::Value kNone;
  const std::string_view last = json::string_at(object, {"status", "lastScheduleTime"});
  const json::Value* inner = json::find(object, {"spec", "jobTemplate"});
  const json::Value& job = inner == nullptr ? kNone : *inner;
  json::Array cells{
      json::Value(kube::name_of(object)),
      json::Value(json::string_at(object, {"spec", "schedule"})),
      json::Value(or_none(json::string_at(object, {"spec", "timeZone"}))),
      json::Value(json::bool_at(object, {"spec", "suspend"}) ? "True" : "False"),
      json::Value(static_cast<std::int64_t>(json::array_at(object, {"status", "active"}).size())),
      json::Value(last.empty() ? std::string("<none>") : age_of(last, now)),
      json::Value(age(object, now))};
  add_template_cells(cells, job, true);
  return cells;
}

std::vector<PrinterColumn> with_template(std::vector<PrinterColumn> columns, bool selector) {
  columns.insert(columns.begin(), name_column());
  columns.push_back(wide("Containers"));
  columns.push_back(wide("Images"));
  if (selector) columns.push_back(wide("Selector"));
  return columns;
}

}  // namespace

void add_workloads(ByResource& out) {
  const auto number = [](std::string name) { return column(std::move(name), "integer"); };
  out["deployments.apps"] = {
      with_template({column("Ready"), column("Up-to-date"), column("Available"), column("Age")},
                    true),
      deployment_cells};
  const std::vector<PrinterColumn> replicas{number("Desired"), number("Current"), number("Ready"),
                                            column("Age")};
  out["replicasets.apps"] = {with_template(replicas, true), replica_set_cells};
  out["replicationcontrollers"] = {with_template(replicas, true), replication_controller_cells};
  out["statefulsets.apps"] = {with_template({column("Ready"), column("Age")}, false),
                              stateful_set_cells};
  out["daemonsets.apps"] = {
      with_template({number("Desired"), number("Current"), number("Ready"), number("Up-to-date"),
                     number("Available"), column("Node Selector"), column("Age")},
                    true),
      daemon_set_cells};
  out["jobs.batch"] = {
      with_template({column("Status"), column("Completions"), column("Duration"), column("Age")},
                    true),
      job_cells};
  out["cronjobs.batch"] = {
      with_template({column("Schedule"), column("Timezone"), column("Suspend", "boolean"),
                     number("Active"), column("Last Schedule"), column("Age")},
                    true),
      cron_job_cells};
}

}  // namespace firesteel::apiserver::tables
