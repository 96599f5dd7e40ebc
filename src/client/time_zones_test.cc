#include "client/time_zones.h"

#include <gtest/gtest.h>

#include "kube/loop/cron.h"

namespace firesteel::client {
namespace {

std::string next(TimeZones& zones, const std::string& zone, std::string_view schedule,
                 std::string_view from) {
  const auto cron = kube::loop::Cron::parse(schedule).value();
  const auto found = zones.find(zone);
  if (!found) return found.error().message;
  return format_time(cron.next(parse_time(from).value(), **found).value());
}

// The machine's own data, which may be of tzdata's fat or slim kind.
TEST(TimeZones, ReadsTheMachinesZones) {
  TimeZones zones;
  EXPECT_EQ(next(zones, "UTC", "@daily", "2026-11-22T12:00:00Z"), "2026-11-23T00:00:00Z");
  EXPECT_EQ(next(zones, "Europe/Berlin", "@daily", "2026-11-22T12:00:00Z"), "2026-11-22T23:00:00Z");
  EXPECT_EQ(next(zones, "Europe/Berlin", "@daily", "2026-07-22T12:00:00Z"), "2026-07-22T22:00:00Z");
  EXPECT_EQ(next(zones, "Europe/Berlin", "@daily", "2060-07-22T12:00:00Z"), "2060-07-22T22:00:00Z");
  EXPECT_EQ(next(zones, "Asia/Kolkata", "0 6 * * *", "2026-11-22T12:00:00Z"),
            "2026-11-23T00:30:00Z");
  EXPECT_EQ(next(zones, "America/New_York", "30 2 * * *", "2026-03-08T00:00:00Z"),
            "2026-03-09T06:30:00Z");
  EXPECT_EQ(next(zones, "Australia/Lord_Howe", "45 1 * * *", "2026-04-04T14:50:00Z"),
            "2026-04-04T15:15:00Z");
}

TEST(TimeZones, RefusesWhatIsNoZone) {
  TimeZones zones;
  for (const std::string name :
       {"Mars/Olympus", "../../etc/passwd", "/etc/localtime", "tzdata.zi", "Europe/", "Europe"}) {
    const auto found = zones.find(name);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().message,
              "found \"" + name + "\", expected a zone such as UTC or Europe/Berlin");
  }
}

TEST(TimeZones, SaysThatTheDataIsMissingAndTakesUtcForLocal) {
  TimeZones zones("/nonexistent", "/nonexistent/localtime");
  EXPECT_EQ(next(zones, "", "@daily", "2026-11-22T12:00:00Z"), "2026-11-23T00:00:00Z");
  EXPECT_EQ(next(zones, "UTC", "@daily", "2026-11-22T12:00:00Z"), "2026-11-23T00:00:00Z");
  EXPECT_EQ(
      zones.find("Europe/Berlin").error().message,
      "no zone \"Europe/Berlin\": the operator has no time zone data in /nonexistent; install "
      "tzdata, or use UTC");
}

}  // namespace
}  // namespace firesteel::client
