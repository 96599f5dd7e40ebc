#pragma once
// How people write durations. Pure.
#include <chrono>
#include <optional>
#include <string_view>

namespace firesteel {

// "45", "45s", "10m", "1h30m", "2d"; nothing if it is not one or negative.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace firesteel
