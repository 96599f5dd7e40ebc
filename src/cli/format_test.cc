#include "cli/format.h"

#include <gtest/gtest.h>

#include "cli/console.h"
#include "cli/table.h"

namespace firesteel::cli {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, ReadsWhatPeopleWrite) {
  const std::pair<std::string, std::optional<std::chrono::seconds>> cases[] = {
      {"45", 45s},           {"45s", 45s},           {"10m", 600s},
      {"1h30m", 5400s},      {"2d", 172800s},        {"0", 0s},
      {"", std::nullopt},    {"soon", std::nullopt}, {"1x", std::nullopt},
      {"-1s", std::nullopt}, {"1h30", std::nullopt}, {"99999999999d", std::nullopt},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(parse_duration(text), expected) << text;
}

TEST(HumanDuration, IsKubectls) {
  const std::pair<std::chrono::seconds, std::string> cases[] = {
      {-5s, "0s"},           {0s, "0s"},        {9s, "9s"},          {119s, "119s"},
      {120s, "2m"},          {252s, "4m12s"},   {600s, "10m"},       {10799s, "179m"},
      {10800s, "3h"},        {18720s, "5h12m"}, {28800s, "8h"},      {48h, "2d"},
      {76h, "3d4h"},         {24h * 8, "8d"},   {24h * 729, "729d"}, {24h * 365 * 3 + 24h, "3y1d"},
      {24h * 365 * 9, "9y"},
  };
  for (const auto& [duration, expected] : cases) EXPECT_EQ(human_duration(duration), expected);
}

TEST(AgeSince, HasAWordForNothing) {
  const TimePoint now = *parse_time("2026-11-22T18:00:00Z");
  EXPECT_EQ(age_since("2026-11-22T17:59:00Z", now), "60s");
  EXPECT_EQ(age_since("", now), "<none>");
}

TEST(Table, AlignsByCharactersAndNotByBytesOrColours) {
  Table table({"NAME", "STATE", "X"});
  table.add({"ünïcödé", paint("RUNNING", Tone::kGood, true), "1"});
  table.add({"b", "two\nlines", "22"});
  table.add({"c"});
  EXPECT_EQ(table.print(),
            "NAME      STATE       X\n"
            "ünïcödé   \x1b[32mRUNNING\x1b[0m     1\n"
            "b         two lines   22\n"
            "c\n");
}

TEST(PrintFields, AlignsValuesAndLeavesEmptyOnesOut) {
  EXPECT_EQ(print_fields({{"Name", "pi"}, {"Message", ""}, {"Filled in", "one\ntwo"}}),
            "Name:        pi\n"
            "Filled in:   one\n"
            "             two\n");
}

}  // namespace
}  // namespace firesteel::cli
