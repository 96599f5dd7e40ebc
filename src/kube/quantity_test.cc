#include "kube/quantity.h"

#include <gtest/gtest.h>

namespace firesteel::kube {
namespace {

TEST(Quantity, texts_have_a_canonical_form_and_values) {
  struct Case {
    std::string_view text;
    std::string_view canonical;
    std::int64_t units;
    std::int64_t milli;
  };
  const std::int64_t max = INT64_MAX;
  const Case cases[] = {
      {"0", "0", 0, 0},
      {"1", "1", 1, 1000},
      {"+1", "1", 1, 1000},
      {"-1", "-1", -1, -1000},
      {"500m", "500m", 1, 500},
      {"0.5", "500m", 1, 500},
      {".5", "500m", 1, 500},
      {"5.", "5", 5, 5000},
      {"1500m", "1500m", 2, 1500},
      {"-1500m", "-1500m", -2, -1500},
      {"1000m", "1", 1, 1000},
      {"1k", "1k", 1000, 1'000'000},
      {"1000", "1k", 1000, 1'000'000},
      {"1234", "1234", 1234, 1'234'000},
      {"1Ki", "1Ki", 1024, 1'024'000},
      {"1024Ki", "1Mi", 1048576, 1048576000},
      {"1.5Gi", "1536Mi", 1610612736, 1610612736000},
      {"0.5Ki", "512", 512, 512000},
      {"0.3Ki", "307200m", 308, 307200},
      {"1Ei", "1Ei", 1152921504606846976, max},
      {"8Ei", "9223372036854775807", max, max},
      {"1e3", "1e3", 1000, 1'000'000},
      {"1E3", "1e3", 1000, 1'000'000},
      {"12e6", "12e6", 12'000'000, 12'000'000'000},
      {"1e-3", "1e-3", 1, 1},
      {"100e0", "100", 100, 100'000},
      {"1E", "1E", 1'000'000'000'000'000'000, max},
      {"10E", "9223372036854775807", max, max},
      {"1e100", "9223372036854775807", max, max},
      {"1n", "1n", 1, 1},
      {"0.1n", "1n", 1, 1},
      {"100u", "100u", 1, 1},
      {"0.0000000001", "1n", 1, 1},
      {"99999999999999999999999999999999999999", "9223372036854775807", max, max},
      {"000001", "1", 1, 1000},
      {"0Mi", "0", 0, 0},
  };
  for (const Case& each : cases) {
    const auto quantity = Quantity::parse(each.text);
    ASSERT_TRUE(quantity.has_value()) << each.text << ": " << quantity.error().message;
    EXPECT_EQ(quantity->text(), each.canonical) << each.text;
    EXPECT_EQ(quantity->to_units(), each.units) << each.text;
    EXPECT_EQ(quantity->to_milli(), each.milli) << each.text;
  }
}

TEST(Quantity, what_is_not_a_quantity_is_refused) {
  for (const std::string_view text :
       {"", " 1", "1 ", "1K", "1ki", "1MiB", "one", "1..5", "--1", "1e", "1e+", "1m5", ".", "-",
        "1,5", "0x10", "1Mi1", "1ee3"}) {
    const auto quantity = Quantity::parse(text);
    ASSERT_FALSE(quantity.has_value()) << text;
    EXPECT_EQ(quantity.error().code, ErrorCode::kBadRequest);
  }
  EXPECT_EQ(Quantity::parse("1K").error().message,
            "unable to parse quantity \"1K\": unable to parse quantity's suffix");
}

TEST(Quantity, compare_and_sum_go_by_value) {
  EXPECT_EQ(*Quantity::parse("1Gi"), *Quantity::parse("1024Mi"));
  EXPECT_LT(*Quantity::parse("1G"), *Quantity::parse("1Gi"));
  EXPECT_GT(*Quantity::parse("2"), *Quantity::parse("1999m"));
  Quantity sum = *Quantity::parse("512Mi");
  sum += *Quantity::parse("1Gi");
  EXPECT_EQ(sum.text(), "1536Mi");
  sum -= *Quantity::parse("2Gi");
  EXPECT_EQ(sum.text(), "-512Mi");
  Quantity total;
  total += *Quantity::parse("500m");
  total += *Quantity::parse("1");
  EXPECT_EQ(total.text(), "1500m");
}

TEST(Quantity, numbers_of_a_manifest_are_quantities_too) {
  EXPECT_EQ(Quantity::from_json(2)->text(), "2");
  EXPECT_EQ(Quantity::from_json(0.1)->text(), "100m");
  EXPECT_EQ(Quantity::from_json("1Gi")->to_bytes(), 1073741824);
  EXPECT_FALSE(Quantity::from_json(true).has_value());
  EXPECT_EQ(format_bytes(1610612736), "1536Mi");
  EXPECT_EQ(format_bytes(1000), "1k");
  EXPECT_EQ(Quantity::of_milli(250).text(), "250m");
}

}  // namespace
}  // namespace firesteel::kube
