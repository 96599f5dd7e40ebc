#include "apiserver/human_duration.h"

namespace firesteel::apiserver {
namespace {

// "3m20s", or "3m" when the smaller part is zero.
std::string two_units(std::int64_t large, char large_unit, std::int64_t small, char small_unit) {
  if (small == 0) return fmt::format("{}{}", large, large_unit);
  return fmt::format("{}{}{}{}", large, large_unit, small, small_unit);
}

}  // namespace

std::string human_duration(std::chrono::nanoseconds duration) {
  // Truncated towards zero, as Go converts: clocks that differ by less than two seconds are
  // forgiven.
  const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 60 * 2) return fmt::format("{}s", seconds);
  const std::int64_t minutes = seconds / 60;
  if (minutes < 10) return two_units(minutes, 'm', seconds % 60, 's');
  if (minutes < 60 * 3) return fmt::format("{}m", minutes);
  const std::int64_t hours = minutes / 60;
  if (hours < 8) return two_units(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return fmt::format("{}h", hours);
  const std::int64_t days = hours / 24;
  if (hours < 24 * 8) return two_units(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return fmt::format("{}d", days);
  const std::int64_t years = days / 365;
  if (days < 365 * 8) return two_units(years, 'y', days % 365, 'd');
  return fmt::format("{}y", years);
}

std::string age_of(std::string_view timestamp, TimePoint now) {
  if (timestamp.empty()) return "<unknown>";
  const std::optional<TimePoint> time = parse_time(timestamp);
  if (!time) return "<invalid>";
  return human_duration(now - *time);
}

}  // namespace firesteel::apiserver
