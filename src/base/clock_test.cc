#include "base/clock.h"

#include <gtest/gtest.h>

namespace firesteel {
namespace {

using std::chrono::nanoseconds;

TimePoint at(std::int64_t nanos) {
  return TimePoint(nanoseconds(nanos));
}

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(Clock, times_are_read_as_rfc_3339) {
  struct Case {
    std::string_view text;
    std::int64_t nanos;
  };
  const Case cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-11-22T17:39:33Z", 1795369173 * kSecond},
      {"2026-11-22t17:39:33z", 1795369173 * kSecond},
      {"2026-11-22T18:39:33+01:00", 1795369173 * kSecond},
      {"2026-11-22T12:09:33-05:30", 1795369173 * kSecond},
      {"2026-11-22T17:39:33.5Z", 1795369173 * kSecond + 500'000'000},
      {"2026-11-22T17:39:33.123456789Z", 1795369173 * kSecond + 123456789},
      {"2024-02-29T00:00:00Z", 1709164800 * kSecond},
  };
  for (const Case& each : cases) {
    const auto time = parse_time(each.text);
    ASSERT_TRUE(time.has_value()) << each.text;
    EXPECT_EQ(time->time_since_epoch().count(), each.nanos) << each.text;
  }
}

TEST(Clock, what_is_not_a_time_is_refused) {
  for (const std::string_view text :
       {"", "2026", "2026-11-22", "2026-11-22T17:39:33", "2026-13-22T17:39:33Z",
        "2026-02-30T17:39:33Z", "2026-11-22T24:39:33Z", "2026-11-22T17:60:33Z",
        "2026-11-22T17:39:33.Z", "2026-11-22T17:39:33Zx", "2026-11-22 17:39:33Z",
        "2026-11-22T17:39:33+0100"}) {
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  }
}

TEST(Clock, times_are_printed_as_kubernetes_prints_them) {
  const TimePoint time = at(1795369173 * kSecond + 123456789);
  EXPECT_EQ(format_time(time), "2026-11-22T17:39:33Z");
  EXPECT_EQ(format_micro_time(time), "2026-11-22T17:39:33.123456Z");
  EXPECT_EQ(format_nano_time(time), "2026-11-22T17:39:33.123456789Z");
  EXPECT_EQ(format_time(at(-1)), "1969-12-31T23:59:59Z");
}

TEST(Clock, a_manual_clock_moves_only_when_told) {
  ManualClock clock(at(0));
  EXPECT_EQ(clock.now(), at(0));
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(clock.now(), at(2 * kSecond));
}

}  // namespace
}  // namespace firesteel
