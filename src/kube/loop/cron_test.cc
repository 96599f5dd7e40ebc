#include "kube/loop/cron.h"

#include <gtest/gtest.h>

namespace firesteel::kube::loop {
namespace {

void put(std::string& out, std::uint64_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

// A TZif file of version 2 as tzdata's compiler writes its slim form: one type, changes, a footer.
struct Recorded {
  std::vector<std::int64_t> changes;
  std::vector<std::uint8_t> types;    // of each change
  std::vector<std::int32_t> offsets;  // of each type
  std::string footer;
};

std::string tzif(const Recorded& zone) {
  std::string out = std::string("TZif2") + std::string(15, '\0');
  for (const std::uint64_t count : {0, 0, 0, 0, 1, 1}) put(out, count, 4);
  out += std::string(6 + 1, '\0');  // the version 1 block: one type, one character
  out += std::string("TZif2") + std::string(15, '\0');
  for (const std::uint64_t count : {std::size_t{0}, std::size_t{0}, std::size_t{0},
                                    zone.changes.size(), zone.offsets.size(), std::size_t{4}}) {
    put(out, count, 4);
  }
  for (const std::int64_t change : zone.changes) put(out, static_cast<std::uint64_t>(change), 8);
  for (const std::uint8_t type : zone.types) put(out, type, 1);
  for (const std::int32_t offset : zone.offsets) {
    put(out, static_cast<std::uint32_t>(offset), 4);
    put(out, 0, 2);
  }
  return out + std::string("LMT\0", 4) + "\n" + zone.footer + "\n";
}

TimeZone zone_of(std::string_view rule) {
  if (rule.empty()) return TimeZone::utc();
  return TimeZone::parse(tzif({{}, {}, {0}, std::string(rule)})).value();
}

constexpr std::string_view kNewYork = "EST5EDT,M3.2.0,M11.1.0";
constexpr std::string_view kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr std::string_view kLordHowe = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";

struct Case {
  std::string_view schedule, zone, from;
  std::vector<std::string> next;
};

TEST(Cron, FindsTheActivationsInTheirOrder) {
  const Case cases[] = {
      {"*/15 * * * *",
       "",
       "2026-11-22T12:00:00Z",
       {"2026-11-22T12:15:00Z", "2026-11-22T12:30:00Z", "2026-11-22T12:45:00Z",
        "2026-11-22T13:00:00Z"}},
      {"5/20 * * * *",
       "",
       "2026-11-22T12:00:30Z",
       {"2026-11-22T12:05:00Z", "2026-11-22T12:25:00Z", "2026-11-22T12:45:00Z",
        "2026-11-22T13:05:00Z"}},
      {"0 8-10,22 * * MON-fri",
       "",
       "2026-11-20T10:00:00Z",
       {"2026-11-20T22:00:00Z", "2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z"}},
      {"30 6 1 jan,JUL ?",
       "",
       "2026-11-22T12:00:00Z",
       {"2027-01-01T06:30:00Z", "2027-07-01T06:30:00Z"}},
      // Both days restricted: either is enough.
      {"0 0 13 * fri",
       "",
       "2026-11-10T00:00:00Z",
       {"2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z",
        "2026-12-04T00:00:00Z", "2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z"}},
      // A star with a step does not count as a star, one with step 1 does.
      {"0 0 13 * */3",
       "",
       "2026-11-12T00:00:00Z",
       {"2026-11-13T00:00:00Z", "2026-11-14T00:00:00Z", "2026-11-15T00:00:00Z"}},
      {"0 0 13 * */1",
       "",
       "2026-11-12T00:00:00Z",
       {"2026-11-13T00:00:00Z", "2026-12-13T00:00:00Z"}},
      {"0 0 29 2 *", "", "2026-11-12T00:00:00Z", {"2028-02-29T00:00:00Z"}},
      {"0 0 31 * *",
       "",
       "2026-11-12T00:00:00Z",
       {"2026-12-31T00:00:00Z", "2027-01-31T00:00:00Z", "2027-03-31T00:00:00Z"}},
      {"0 0 30 2 *", "", "2026-11-12T00:00:00Z", {"never"}},
      {"@hourly", "", "2026-11-22T12:00:00Z", {"2026-11-22T13:00:00Z"}},
      {"@daily", kBerlin, "2026-11-22T12:00:00Z", {"2026-11-22T23:00:00Z"}},
      {"@weekly", "", "2026-11-22T12:00:00Z", {"2026-11-29T00:00:00Z"}},
      {"@monthly", "", "2026-11-22T12:00:00Z", {"2026-12-01T00:00:00Z"}},
      {"@yearly", "", "2026-11-22T12:00:00Z", {"2027-01-01T00:00:00Z"}},
      {"@every 1h30m",
       "",
       "2026-11-22T12:00:00.7Z",
       {"2026-11-22T13:30:00Z", "2026-11-22T15:00:00Z"}},
      {"@every 10ms", "", "2026-11-22T12:00:00Z", {"2026-11-22T12:00:01Z"}},
      {"CRON_TZ=Asia/Tokyo 0 6 * * *",
       "<+09>-9",
       "2026-11-22T12:00:00Z",
       {"2026-11-22T21:00:00Z", "2026-11-23T21:00:00Z"}},
      // The clock jumps from 2:00 to 3:00: half past two is not there that day.
      {"30 2 * * *",
       kNewYork,
       "2026-03-07T00:00:00Z",
       {"2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z"}},
      {"0 * * * *",
       kNewYork,
       "2026-03-08T05:30:00Z",
       {"2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z"}},
      // The clock goes back from 2:00 to 1:00: half past one is there twice.
      {"30 1 * * *",
       kNewYork,
       "2026-11-01T00:00:00Z",
       {"2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-11-02T06:30:00Z"}},
      {"0 3 * * *",
       kBerlin,
       "2026-10-24T00:00:00Z",
       {"2026-10-24T01:00:00Z", "2026-10-25T02:00:00Z", "2026-10-26T02:00:00Z"}},
      // Half an hour back at 2:00.
      {"45 1 * * *",
       kLordHowe,
       "2026-04-04T00:00:00Z",
       {"2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-05T15:15:00Z"}},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(std::string(each.schedule) + " " + std::string(each.zone));
    const Cron cron = Cron::parse(each.schedule).value();
    const TimeZone zone = zone_of(each.zone);
    TimePoint at = parse_time(each.from).value();
    for (const std::string& expected : each.next) {
      const auto next = cron.next(at, zone);
      EXPECT_EQ(next ? format_time(*next) : "never", expected);
      if (!next) break;
      at = *next;
    }
  }
}

TEST(Cron, SaysWhatIsWrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "empty, expected five fields, @every or @hourly"},
      {"* * * *",
       "found 4 fields in \"* * * *\", expected 5: minute, hour, day of month, month, day of week"},
      {"60 * * * *", "minute: found \"60\", expected 0 to 59"},
      {"* 24 * * *", "hour: found \"24\", expected 0 to 23"},
      {"* * 0 * *", "day of month: found \"0\", expected 1 to 31"},
      {"* * * foo *", "month: found \"foo\", expected 1 to 12"},
      {"* * * * 7", "day of week: found \"7\", expected 0 to 6"},
      {"* * * * fri-mon",
       "day of week: found \"fri-mon\", expected a range that begins before its end"},
      {"*/0 * * * *", "minute: found \"*/0\", expected a step of 1 or more after \"/\""},
      {"1-x * * * *", "minute: found \"1-x\", expected 0 to 59"},
      {", * * * *", "minute: found \",\", expected a value"},
      {"@often",
       "found \"@often\", expected @yearly, @monthly, @weekly, @daily, @hourly or @every with a "
       "duration"},
      {"@every soon", "found \"soon\", expected a duration such as 90s, 10m, 1h30m or 24h"},
      {"@every -5m", "found \"-5m\", expected a duration such as 90s, 10m, 1h30m or 24h"},
  };
  for (const auto& [schedule, message] : cases) {
    const auto cron = Cron::parse(schedule);
    ASSERT_FALSE(cron) << schedule;
    EXPECT_EQ(cron.error().message, message);
  }
}

TEST(Cron, KnowsTheZoneOfItsPrefix) {
  EXPECT_EQ(Cron::parse("TZ=Europe/Berlin @daily").value().zone(), "Europe/Berlin");
  EXPECT_EQ(Cron::parse("CRON_TZ=UTC 0 0 * * *").value().zone(), "UTC");
  EXPECT_EQ(Cron::parse("0 0 * * *").value().zone(), "");
}

TEST(Cron, ReadsDurationsAsGoDoes) {
  EXPECT_EQ(parse_go_duration("1.5h").value(), std::chrono::minutes(90));
  EXPECT_EQ(parse_go_duration("2h45m10s").value(), std::chrono::seconds(9910));
  EXPECT_EQ(parse_go_duration("300ms").value(), std::chrono::milliseconds(300));
  for (const std::string_view bad : {"", "5", "h", "1d", "-1s", "1..5s", "0s", "9999999h"}) {
    EXPECT_FALSE(parse_go_duration(bad)) << bad;
  }
}

TEST(TimeZone, UsesTheRecordedChangesAndThenTheRule) {
  // New York's last recorded change is made to be 1 November 2020, 6:00 UTC, back to standard time.
  const std::string data =
      tzif({{1583650800, 1604210400}, {1, 2}, {-17762, -14400, -18000}, std::string(kNewYork)});
  const TimeZone zone = TimeZone::parse(data).value();
  const std::pair<std::string_view, int> cases[] = {
      {"1800-01-01T00:00:00Z", -17762}, {"2020-03-08T06:59:59Z", -17762},
      {"2020-03-08T07:00:00Z", -14400}, {"2020-11-01T06:00:00Z", -18000},
      {"2026-07-01T00:00:00Z", -14400}, {"2026-11-01T05:59:59Z", -14400},
      {"2026-11-01T06:00:00Z", -18000}, {"2026-12-31T23:59:59Z", -18000},
      {"2099-07-01T00:00:00Z", -14400}};
  for (const auto& [time, offset] : cases) {
    EXPECT_EQ(zone.at(parse_time(time).value()).offset.count(), offset) << time;
  }
  EXPECT_EQ(format_time(*zone.at(parse_time("2026-07-01T00:00:00Z").value()).until),
            "2026-11-01T06:00:00Z");
}

TEST(TimeZone, ReadsEveryFormOfRule) {
  struct Rule {
    std::string_view text, time;
    int offset;
  };
  const Rule cases[] = {{"UTC0", "2026-01-01T00:00:00Z", 0},
                        {"<+0330>-3:30", "2026-01-01T00:00:00Z", 12600},
                        {"AAA3BBB,J60/0,J300/0", "2026-03-01T03:00:00Z", -7200},
                        {"AAA3BBB,J60/0,J300/0", "2024-03-01T02:59:59Z", -10800},
                        {"AAA3BBB2:30,59/0,300/0", "2024-02-29T03:00:00Z", -9000},
                        // Southern: summer over the end of the year.
                        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00Z", 39600},
                        // Ireland: winter time counts as the exception.
                        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-12-01T00:00:00Z", 0},
                        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z", 3600},
                        // The change on the evening before, and in Greenland by a negative time.
                        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600},
                        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200}};
  for (const Rule& each : cases) {
    EXPECT_EQ(zone_of(each.text).at(parse_time(each.time).value()).offset.count(), each.offset)
        << each.text << " " << each.time;
  }
  for (const std::string_view bad :
       {"", "EST", "5", "EST5EDT", "EST5EDT,M13.1.0,M1.1.0", "EST5EDT,M3.2.0",
        "EST5EDT,M3.2.0,M11"
        ".1.0x",
        "<+1", "EST200"}) {
    EXPECT_FALSE(parse_posix_rule(bad)) << bad;
  }
}

TEST(TimeZone, SurvivesDamagedData) {
  const std::string whole = tzif({{1583650800}, {0}, {0}, "UTC0"});
  for (std::size_t length = 0; length + 7 < whole.size(); ++length) {
    EXPECT_FALSE(TimeZone::parse(std::string_view(whole).substr(0, length))) << length;
  }
  EXPECT_FALSE(TimeZone::parse("TZif"));
  EXPECT_FALSE(TimeZone::parse(tzif({{1, 0}, {0, 0}, {0}, "UTC0"}))) << "out of order";
  EXPECT_FALSE(TimeZone::parse(tzif({{1}, {7}, {0}, "UTC0"}))) << "no such type";
}

}  // namespace
}  // namespace firesteel::kube::loop
