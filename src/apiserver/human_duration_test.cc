#include "apiserver/human_duration.h"

#include <gtest/gtest.h>

namespace firesteel::apiserver {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(HumanDuration, PrintsAsKubectl) {
  const std::pair<std::chrono::nanoseconds, std::string_view> cases[] = {
      {seconds(-5), "<invalid>"},
      {milliseconds(-1500), "0s"},
      {milliseconds(-500), "0s"},
      {seconds(0), "0s"},
      {milliseconds(1999), "1s"},
      {seconds(5), "5s"},
      {seconds(119), "119s"},
      {seconds(120), "2m"},
      {seconds(200), "3m20s"},
      {minutes(9) + seconds(59), "9m59s"},
      {minutes(10) + seconds(30), "10m"},
      {minutes(179), "179m"},
      {minutes(180), "3h"},
      {minutes(185), "3h5m"},
      {hours(7) + minutes(59), "7h59m"},
      {hours(8) + minutes(59), "8h"},
      {hours(47), "47h"},
      {hours(48), "2d"},
      {hours(50), "2d2h"},
      {hours(24 * 8 - 1), "7d23h"},
      {hours(24 * 8), "8d"},
      {hours(24 * 729), "729d"},
      {hours(24 * 730), "2y"},
      {hours(24 * 740), "2y10d"},
      {hours(24 * 365 * 8 + 24), "8y"},
  };
  for (const auto& [duration, expected] : cases) EXPECT_EQ(human_duration(duration), expected);
}

TEST(HumanDuration, AgeOfATimestamp) {
  const TimePoint now = *parse_time("2026-11-22T12:00:00Z");
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "<unknown>"},
      {"yesterday", "<invalid>"},
      {"2026-11-22T11:59:30Z", "30s"},
      {"2026-11-22T11:59:30.500000Z", "29s"},
      {"2026-11-20T12:00:00+02:00", "2d2h"},
      {"2027-01-01T00:00:00Z", "<invalid>"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(age_of(text, now), expected) << text;
}

}  // namespace
}  // namespace firesteel::apiserver
