#pragma once
// Ages and durations as kubectl prints them: 5s, 3m20s, 2d. Pure. Source: apimachinery
// util/duration, HumanDuration.
#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace firesteel::apiserver {

[[nodiscard]] std::string human_duration(std::chrono::nanoseconds duration);
// The age of an RFC 3339 time; "<unknown>" when it is empty, "<invalid>" when it is no time or in
// the future.
[[nodiscard]] std::string age_of(std::string_view timestamp, TimePoint now);

}  // namespace firesteel::apiserver
