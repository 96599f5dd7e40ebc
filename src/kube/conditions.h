#pragma once
// status.conditions, as metav1.Condition and apimachinery's meta.SetStatusCondition have them.
// Pure.
#include <string_view>

#include "base/clock.h"
#include "base/json/json.h"

namespace firesteel::kube {

// Adds or changes the condition of this type in `status` (the status object itself, not its
// parent). lastTransitionTime moves only when the condition's status changes. True when anything
// changed. Members it does not know are kept.
bool set_condition(json::Value& status, std::string_view type, std::string_view condition_status,
                   std::string_view reason, std::string_view message, TimePoint now);
// In a status object; null when there is none.
[[nodiscard]] const json::Value* find_condition(const json::Value& status, std::string_view type);
// True when the condition is there and its status is "True".
[[nodiscard]] bool is_condition_true(const json::Value& status, std::string_view type);

}  // namespace firesteel::kube
