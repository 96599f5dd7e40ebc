#pragma once
// A time zone's rules from the bytes of a TZif file (RFC 9636), versions 1 to 4, and the POSIX rule
// in its footer for the times after the last recorded change. Immutable; any thread. Pure.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace firesteel::kube::loop {

// "EST5EDT,M3.2.0,M11.1.0": how offsets change in every year. Source: RFC 9636, section 3.3.
struct PosixRule {
  struct Change {
    enum class Kind { kMonthWeekDay, kJulian, kZeroBased };
    Kind kind = Kind::kMonthWeekDay;
    int month = 0, week = 0, day = 0;
    std::chrono::seconds at{7200};  // local time of the change, -167 to 167 hours
  };
  std::chrono::seconds standard{0};  // east of Greenwich
  std::optional<std::chrono::seconds> daylight;
  Change begin, end;  // of daylight saving
};
// Errors: kBadRequest saying what was expected.
[[nodiscard]] Result<PosixRule> parse_posix_rule(std::string_view text);

class TimeZone {
 public:
  // A stretch of time without a change of the offset.
  struct Span {
    std::chrono::seconds offset;     // local time = UTC + offset
    std::optional<TimePoint> until;  // the first moment after it; nothing: for ever
  };

  [[nodiscard]] static TimeZone utc() { return {}; }
  // Errors: kBadRequest for what is no TZif.
  [[nodiscard]] static Result<TimeZone> parse(std::string_view tzif);

  [[nodiscard]] Span at(TimePoint time) const;

 private:
  using Seconds = std::int64_t;  // since 1970 in UTC

  [[nodiscard]] Span by_rule(Seconds time) const;

  std::vector<Seconds> changes_;
  std::vector<std::chrono::seconds> offsets_;  // after each change
  std::chrono::seconds first_{0};              // before the first change
  std::optional<PosixRule> rule_;              // after the last change
};

}  // namespace firesteel::kube::loop
