#include "spark/ignored.h"

#include <fmt/format.h>

namespace firesteel::spark {
namespace {

struct Ignored {
  std::string_view path;  // below spec: "monitoring.metricsProperties"
  std::string_view why;
};

const json::Value* member(const json::Value& spec, std::string_view path) {
  const json::Value* at = &spec;
  while (at != nullptr && !path.empty()) {
    const std::string_view name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    at = json::find(*at, name);
  }
  return at == nullptr || at->is_null() ? nullptr : at;
}

constexpr Ignored kNeverRead[] = {
    {"failureRetries", "has no effect; use spec.restartPolicy"},
    {"retryInterval", "has no effect; use spec.restartPolicy"},
};

constexpr Ignored kWithoutPrometheus[] = {
    {"monitoring", "has no effect without prometheus"},
};

constexpr Ignored kWithoutDynamicAllocation[] = {
    {"dynamicAllocation", "has no effect: enabled is not true"},
};

constexpr Ignored kWithoutScheduler[] = {
    {"batchSchedulerOptions", "has no effect: only batchScheduler volcano and yunikorn have any"},
};

constexpr Ignored kOfYunikorn[] = {
    {"batchSchedulerOptions.priorityClassName", "has no effect: YuniKorn has no pod groups"},
    {"batchSchedulerOptions.resources", "has no effect: YuniKorn takes what the pods request"},
};

}  // namespace

std::vector<Problem> ignored_settings(const json::Value& application, const App& app) {
  std::vector<Problem> out;
  const json::Value* spec = json::find(application, "spec");
  if (spec == nullptr) return out;
  const auto add = [&](const auto& table) {
    for (const Ignored& one : table) {
      if (member(*spec, one.path) == nullptr) continue;
      out.push_back({fmt::format("spec.{}", one.path), std::string(one.why), "FieldValueInvalid"});
    }
  };
  add(kNeverRead);
  if (app.monitoring && !app.monitoring->prometheus) add(kWithoutPrometheus);
  const bool dynamic = app.dynamic_allocation && app.dynamic_allocation->enabled;
  const json::Value* block = member(*spec, "dynamicAllocation");
  if (!dynamic && block != nullptr && block->is_object() && block->get_object().size() > 1) {
    add(kWithoutDynamicAllocation);
  }
  if (app.batch_scheduler == "yunikorn") add(kOfYunikorn);
  if (app.batch_scheduler != "yunikorn" && app.batch_scheduler != "volcano") add(kWithoutScheduler);
  return out;
}

}  // namespace firesteel::spark
