#pragma once
// How people write and read durations, ages and outputs. Pure.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/duration.h"

namespace firesteel::cli {

// As kubectl prints ages: "9s", "4m12s", "35m", "5h12m", "3d4h", "200d", "3y"; negative is "0s".
// Source: apimachinery/pkg/util/duration, HumanDuration.
[[nodiscard]] std::string human_duration(std::chrono::nanoseconds elapsed);

// The age of an RFC 3339 time; "<none>" when it is missing or malformed.
[[nodiscard]] std::string age_since(std::string_view time, TimePoint now);

}  // namespace firesteel::cli
