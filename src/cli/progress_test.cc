#include "cli/progress.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cli/table.h"

namespace firesteel::cli {
namespace {

TEST(CutToWidth, KeepsWholeCharactersAndSaysThatItCut) {
  struct Case {
    std::string text;
    std::size_t width;
    std::string expected;
  };
  const Case cases[] = {
      {"driver", 6, "driver"},   {"driver pod", 8, "drive..."}, {"", 0, ""},
      {"äöüßäöü", 7, "äöüßäöü"}, {"äöüßäöüß", 7, "äöüß..."},    {"driver", 2, ".."},
      {"driver", 0, ""}};
  for (const Case& one : cases) {
    EXPECT_EQ(cut_to_width(one.text, one.width), one.expected) << one.text;
  }
}

TEST(BarOf, FillsWithTheFraction) {
  EXPECT_EQ(bar_of(0, 4, false), "----");
  EXPECT_EQ(bar_of(0.5, 4, false), "##--");
  EXPECT_EQ(bar_of(0.99, 4, false), "###-");
  EXPECT_EQ(bar_of(1, 4, false), "####");
  EXPECT_EQ(bar_of(7, 4, false), "####");
  EXPECT_EQ(bar_of(-1, 4, false), "----");
  EXPECT_EQ(bar_of(std::nan(""), 4, false), "----");
  EXPECT_EQ(display_width(bar_of(0.5, 28, true)), 28U);
}

TEST(ProgressLine, FitsTheTerminal) {
  const std::chrono::seconds elapsed(12);
  EXPECT_EQ(
      progress_line(elapsed, "RUNNING", Tone::kGood, "driver pi-driver, 1/2 executors", 200, false),
      "   12s  RUNNING          driver pi-driver, 1/2 executors");
  EXPECT_EQ(progress_line(elapsed, "COMPLETED", Tone::kGood, "", 200, false), "   12s  COMPLETED");
  const std::string cut =
      progress_line(elapsed, "RUNNING", Tone::kGood, "driver pi-driver, 1/2 executors", 40, true);
  EXPECT_LE(display_width(cut), 40U);
  EXPECT_TRUE(cut.ends_with("...")) << cut;
}

}  // namespace
}  // namespace firesteel::cli
