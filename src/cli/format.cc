#include "cli/format.h"

#include <fmt/core.h>

namespace firesteel::cli {

namespace {

constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;

// "4m12s", or "4m" when the smaller part is zero.
std::string two_parts(std::int64_t large, std::string_view large_unit, std::int64_t small,
                      std::string_view small_unit) {
  return small == 0 ? fmt::format("{}{}", large, large_unit)
                    : fmt::format("{}{}{}{}", large, large_unit, small, small_unit);
}

}  // namespace

std::string human_duration(std::chrono::nanoseconds elapsed) {
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(elapsed).count();
  if (seconds <= 0) return "0s";
  if (seconds < 2 * kMinute) return fmt::format("{}s", seconds);
  const std::int64_t minutes = seconds / kMinute;
  if (minutes < 10) return two_parts(minutes, "m", seconds % kMinute, "s");
  if (minutes < 180) return fmt::format("{}m", minutes);
  const std::int64_t hours = seconds / kHour;
  if (hours < 8) return two_parts(hours, "h", minutes % 60, "m");
  if (hours < 48) return fmt::format("{}h", hours);
  const std::int64_t days = hours / 24;
  if (days < 8) return two_parts(days, "d", hours % 24, "h");
  if (days < 2 * 365) return fmt::format("{}d", days);
  if (days < 8 * 365) return two_parts(days / 365, "y", days % 365, "d");
  return fmt::format("{}y", days / 365);
}

std::string age_since(std::string_view time, TimePoint now) {
  const std::optional<TimePoint> start = parse_time(time);
  return start ? human_duration(now - *start) : "<none>";
}

}  // namespace firesteel::cli
