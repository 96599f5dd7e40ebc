#include "apiserver/priority.h"

#include <fmt/format.h>

#include "apiserver/defaults.h"
#include "kube/object.h"

namespace firesteel::apiserver {

namespace {

const kube::Resource kPriorityClasses{"scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass",
                                      kube::Scope::kCluster};
constexpr std::string_view kSystemPrefix = "system-";

std::unexpected<Error> refuse(const json::Value& pod, std::string_view why) {
  return fail(ErrorCode::kForbidden,
              fmt::format("pods \"{}\" is forbidden: {}", kube::name_of(pod), why));
}

// Of several defaults (which only a race can make) the lowest counts.
json::Document default_class(const ObjectSource& objects) {
  json::Document found;
  for (json::Document& each : objects.list(kPriorityClasses, "")) {
    if (!json::bool_at(*each, {"globalDefault"})) continue;
    if (found == nullptr || json::int_at(*each, {"value"}) < json::int_at(*found, {"value"})) {
      found = std::move(each);
    }
  }
  return found;
}

}  // namespace

Result<void> admit_priority(const ObjectSource& objects, json::Value& pod) {
  json::Object& spec = json::make_object(pod, {"spec"});
  const std::string name(json::string_at(pod, {"spec", "priorityClassName"}));
  const json::Document found =
      name.empty() ? default_class(objects) : objects.get(kPriorityClasses, "", name);
  if (!name.empty() && found == nullptr) {
    return refuse(pod, fmt::format("no PriorityClass with name {} was found", name));
  }
  std::int64_t priority = 0;
  std::string preemption = "PreemptLowerPriority";
  if (found != nullptr) {
    spec["priorityClassName"] = kube::name_of(*found);
    priority = json::int_at(*found, {"value"});
    const std::string_view policy = json::string_at(*found, "preemptionPolicy");
    if (!policy.empty()) preemption = policy;
  }
  const json::Value* given = json::find(pod, {"spec", "priority"});
  if (given != nullptr && !given->is_null() &&
      json::int_at(pod, {"spec", "priority"}) != priority) {
    return refuse(pod, fmt::format("the integer value of priority ({}) must not be provided in pod "
                                   "spec; priority admission controller computed {} from the given "
                                   "PriorityClass name",
                                   json::int_at(pod, {"spec", "priority"}), priority));
  }
  spec["priority"] = priority;
  set_default(spec, "preemptionPolicy", json::String(preemption));
  return {};
}

std::vector<Problem> validate_priority_class(const json::Value& object, const json::Value* before) {
  std::vector<Problem> problems;
  const std::string_view name = kube::name_of(object);
  const std::int64_t value = json::int_at(object, {"value"});
  const bool known_system = name == "system-cluster-critical" || name == "system-node-critical";
  if (name.starts_with(kSystemPrefix)) {
    if (!known_system) {
      problems.push_back({"metadata.name",
                          "Forbidden: priority class names with 'system-' prefix are reserved for "
                          "system use only. error: " +
                              fmt::format("{} is not a known system priority class", name),
                          "FieldValueForbidden"});
    }
  } else if (value > kHighestUserPriority) {
    problems.push_back({"value",
                        fmt::format("Forbidden: maximum allowed value of a user defined priority "
                                    "is {}",
                                    kHighestUserPriority),
                        "FieldValueForbidden"});
  }
  const std::string_view policy = json::string_at(object, "preemptionPolicy");
  if (!policy.empty() && policy != "Never" && policy != "PreemptLowerPriority") {
    problems.push_back({"preemptionPolicy",
                        fmt::format("Unsupported value: \"{}\": supported values: "
                                    "\"PreemptLowerPriority\", \"Never\"",
                                    policy),
                        "FieldValueNotSupported"});
  }
  if (before != nullptr && json::int_at(*before, {"value"}) != value) {
    problems.push_back(
        {"value", "Forbidden: may not be changed in an update.", "FieldValueForbidden"});
  }
  return problems;
}

Result<void> admit_priority_class(const ObjectSource& objects, const json::Value& object) {
  if (!json::bool_at(object, {"globalDefault"})) return {};
  const json::Document other = default_class(objects);
  if (other == nullptr || kube::name_of(*other) == kube::name_of(object)) return {};
  return fail(ErrorCode::kForbidden,
              fmt::format("priorityclasses.scheduling.k8s.io \"{}\" is forbidden: PriorityClass {} "
                          "is already marked as default. Only one default can exist",
                          kube::name_of(object), kube::name_of(*other)));
}

}  // namespace firesteel::apiserver
