#pragma once
// What the controllers read of pods. Pure.
#include <chrono>
#include <optional>

#include "base/clock.h"
#include "base/json/json.h"

namespace firesteel::cluster {

// Succeeded or Failed: its containers will not run again and it takes no room.
[[nodiscard]] bool is_finished(const json::Value& pod);
// Neither finished nor being deleted: counts as a replica.
[[nodiscard]] bool is_active(const json::Value& pod);
[[nodiscard]] bool is_ready(const json::Value& pod);
// Since when it is ready; nothing when it is not. The epoch when the condition has no time.
[[nodiscard]] std::optional<TimePoint> ready_since(const json::Value& pod);

// A new pod from a template (spec.template of `owner`), controlled by `owner`: namespace,
// generateName "<owner>-".
[[nodiscard]] json::Value pod_from_template(const json::Value& owner);

}  // namespace firesteel::cluster
