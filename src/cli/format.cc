#include "cli/format.h"

#include <fmt/core.h>

namespace firesteel::cli {

namespace {

constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour, kYear = 365 * kDay;
constexpr std::int64_t kLongest = 100 * kYear;

std::int64_t unit_of(char letter) {
  switch (letter) {
    case 's':
      return 1;
    case 'm':
      return kMinute;
    case 'h':
      return kHour;
    case 'd':
      return kDay;
    default:
      return 0;
  }
}

// "4m12s", or "4m" when the smaller part is zero.
std::string two_parts(std::int64_t large, std::string_view large_unit, std::int64_t small,
                      std::string_view small_unit) {
  return small == 0 ? fmt::format("{}{}", large, large_unit)
                    : fmt::format("{}{}{}{}", large, large_unit, small, small_unit);
}

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    std::int64_t number = 0;
    const std::size_t start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      number = number * 10 + (text[at++] - '0');
      if (number > kLongest) return std::nullopt;
    }
    if (at == start) return std::nullopt;
    // A bare number is seconds, but only when it stands alone.
    const bool bare = at == text.size() && start == 0;
    const std::int64_t unit = bare ? 1 : at < text.size() ? unit_of(text[at]) : 0;
    if (unit == 0) return std::nullopt;
    if (!bare) ++at;
    total += number * unit;
    if (total > kLongest) return std::nullopt;
  }
  return std::chrono::seconds(total);
}

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
