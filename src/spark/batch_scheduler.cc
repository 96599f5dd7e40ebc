#include "spark/batch_scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json/print.h"
#include "spark/memory.h"
#include "spark/names.h"

namespace firesteel::spark {
namespace {

constexpr std::string_view kVolcano = "volcano";
constexpr std::string_view kYunikorn = "yunikorn";
constexpr std::string_view kGroupAnnotation = "scheduling.k8s.io/group-name";
constexpr std::string_view kTaskGroup = "yunikorn.apache.org/task-group-name";
constexpr std::string_view kTaskGroups = "yunikorn.apache.org/task-groups";
constexpr std::string_view kQueueLabel = "queue";
constexpr std::string_view kOrigin = "spec.batchScheduler";
constexpr std::string_view kRoles[] = {kRoleDriver, kRoleExecutor};

std::int64_t number(const Conf& conf, std::string_view key, std::int64_t otherwise) {
  const std::string text = conf.get(key);
  std::int64_t value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Executors at the start: SchedulerBackendUtils.getInitialTargetExecutorNumber.
std::int64_t executors(const Conf& conf) {
  const std::int64_t instances = number(conf, "spark.executor.instances", 0);
  if (!conf.is_true("spark.dynamicAllocation.enabled")) return instances;
  const std::int64_t least = number(conf, "spark.dynamicAllocation.minExecutors", 0);
  return std::max({instances, least, number(conf, "spark.dynamicAllocation.initialExecutors", 0)});
}

// What one pod requests.
struct Request {
  std::int64_t cpu_millis = 0;
  std::int64_t memory_mib = 0;

  [[nodiscard]] json::Object quantities() const {
    const bool whole = cpu_millis % 1000 == 0;
    return {{"cpu", whole ? fmt::format("{}", cpu_millis / 1000) : fmt::format("{}m", cpu_millis)},
            {"memory", fmt::format("{}Mi", memory_mib)}};
  }
};

// Nothing for what is unreadable: it is refused elsewhere.
Request request_of(const SubmissionContext& context, bool driver) {
  const Conf& conf = context.conf;
  const bool non_jvm = context.program.non_jvm();
  const VersionRules& rules = *context.version.rules;
  const auto memory =
      driver ? driver_memory(conf, non_jvm, rules) : executor_memory(conf, non_jvm, rules);
  const PodCores cores = driver ? driver_cores(conf) : executor_cores(conf);
  return {quantity_millis(cores.request).value_or(0), memory ? memory->total_mib() : 0};
}

json::Object task_group(const SubmissionContext& context, bool driver, std::int64_t members) {
  const PodRole& role =
      driver ? static_cast<const PodRole&>(context.app.driver) : context.app.executor;
  json::Object group{{"name", driver ? "spark-driver" : "spark-executor"},
                     {"minMember", members},
                     {"minResource", request_of(context, driver).quantities()}};
  json::Object selector;
  for (const StringMap* part : {&context.app.node_selector, &role.node_selector}) {
    for (const auto& [key, value] : *part) selector[key] = value;
  }
  if (!selector.empty()) group["nodeSelector"] = std::move(selector);
  for (const std::string_view field : {"tolerations", "affinity", "labels"}) {
    const json::Value* value = json::find(role.raw, field);
    if (value != nullptr && !value->is_null()) group[field] = *value;
  }
  return group;
}

void add_yunikorn(SubmissionContext& context) {
  json::Array groups;
  groups.push_back(task_group(context, true, 1));
  // A group of no members is not valid.
  const std::int64_t members = executors(context.conf);
  if (members > 0) groups.push_back(task_group(context, false, members));
  for (const std::string_view role : kRoles) {
    const std::string prefix = fmt::format("spark.kubernetes.{}.", role);
    context.conf.set(fmt::format("{}annotation.{}", prefix, kTaskGroup),
                     fmt::format("spark-{}", role), std::string(kOrigin));
    if (context.app.batch_queue.empty()) continue;
    context.conf.set(fmt::format("{}label.{}", prefix, kQueueLabel), context.app.batch_queue,
                     "spec.batchSchedulerOptions.queue");
  }
  context.conf.set(fmt::format("spark.kubernetes.driver.annotation.{}", kTaskGroups),
                   json::print(groups), std::string(kOrigin));
}

}  // namespace

std::string pod_group_name(std::string_view application) {
  return fmt::format("spark-{}-pg", application);
}

void add_batch_scheduling(SubmissionContext& context) {
  if (context.app.batch_scheduler == kYunikorn) return add_yunikorn(context);
  if (context.app.batch_scheduler != kVolcano) return;
  for (const std::string_view role : kRoles) {
    context.conf.set_if_missing(
        fmt::format("spark.kubernetes.{}.annotation.{}", role, kGroupAnnotation),
        pod_group_name(context.app.name), std::string(kOrigin));
  }
}

bool needs_pod_group(const SubmissionContext& context) {
  const std::string key = fmt::format("spark.kubernetes.driver.annotation.{}", kGroupAnnotation);
  return context.app.batch_scheduler == kVolcano &&
         context.conf.get(key) == pod_group_name(context.app.name);
}

json::Value pod_group(const SubmissionContext& context) {
  const App& app = context.app;
  Request all = request_of(context, true);
  const Request one = request_of(context, false);
  const std::int64_t count = executors(context.conf);
  all.cpu_millis += count * one.cpu_millis;
  all.memory_mib += count * one.memory_mib;
  json::Object spec{
      {"minMember", 1},
      {"minResources", app.batch_resources.empty() ? all.quantities() : app.batch_resources}};
  if (!app.batch_queue.empty()) spec["queue"] = app.batch_queue;
  if (!app.batch_priority_class.empty()) spec["priorityClassName"] = app.batch_priority_class;
  return json::Object{
      {"apiVersion", "scheduling.volcano.sh/v1beta1"},
      {"kind", "PodGroup"},
      {"metadata",
       json::Object{{"name", pod_group_name(app.name)},
                    {"namespace", app.space},
                    {"labels", json::Object{{kLabelAppName, app.name},
                                            {kLabelSubmissionId, context.inputs.submission_id}}}}},
      {"spec", std::move(spec)}};
}

}  // namespace firesteel::spark
