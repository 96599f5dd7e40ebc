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

// How long until it has been ready for `min_ready`, zero or less when it has; nothing when it is
// not ready.
[[nodiscard]] std::optional<std::chrono::nanoseconds> available_in(const json::Value& pod,
                                                                   std::chrono::seconds min_ready,
                                                                   TimePoint now);

// A new pod from a template, controlled by `owner`: namespace, generateName "<owner>-".
[[nodiscard]] json::Value pod_from_template(const json::Value& owner, json::Value pod_template);

// In a status: a count of zero is left out, as Go's omitempty does.
void put_count(json::Object& status, std::string_view name, std::int64_t count);

}  // namespace firesteel::cluster
