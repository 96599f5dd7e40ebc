#include "base/duration.h"

#include <cstdint>

namespace firesteel {
namespace {

constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr std::int64_t kLongest = 36500 * kDay;

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

}  // namespace firesteel
