#pragma once
// PriorityClass: its own rules, and what it does to a new pod. Source: Kubernetes'
// plugin/pkg/admission/priority and scheduling/validation.
#include "apiserver/object_source.h"
#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::apiserver {

inline constexpr std::int64_t kHighestUserPriority = 1'000'000'000;

// spec.priority, priorityClassName and preemptionPolicy of a new pod, by its class or by the one
// that is globalDefault. Errors: kForbidden for a class that is not there, and for a priority that
// differs from its class's.
[[nodiscard]] Result<void> admit_priority(const ObjectSource& objects, json::Value& pod);
// All problems of a class at once. `before` is null on creation.
[[nodiscard]] std::vector<Problem> validate_priority_class(const json::Value& object,
                                                           const json::Value* before);
// Errors: kForbidden when another class is the default already.
[[nodiscard]] Result<void> admit_priority_class(const ObjectSource& objects,
                                                const json::Value& object);

}  // namespace firesteel::apiserver
