#include "kube/conditions.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"

namespace firesteel::kube {
namespace {

TEST(Conditions, the_transition_time_moves_only_with_the_status) {
  const TimePoint first = *parse_time("2026-01-01T00:00:00Z");
  const TimePoint later = *parse_time("2026-01-02T00:00:00Z");
  json::Value status;
  EXPECT_TRUE(set_condition(status, "Ready", "False", "Starting", "wait", first));
  EXPECT_FALSE(set_condition(status, "Ready", "False", "Starting", "wait", later));
  EXPECT_TRUE(set_condition(status, "Ready", "False", "Slow", "still", later));
  EXPECT_EQ(json::string_at(*find_condition(status, "Ready"), "lastTransitionTime"),
            "2026-01-01T00:00:00Z");
  EXPECT_FALSE(is_condition_true(status, "Ready"));
  EXPECT_TRUE(set_condition(status, "Ready", "True", "Done", "", later));
  EXPECT_EQ(json::string_at(*find_condition(status, "Ready"), "lastTransitionTime"),
            "2026-01-02T00:00:00Z");
  EXPECT_TRUE(is_condition_true(status, "Ready"));
  EXPECT_EQ(find_condition(status, "Other"), nullptr);
}

TEST(Conditions, other_conditions_and_members_are_kept) {
  json::Value status = *json::parse(R"({"x":1,"conditions":[{"type":"A","status":"True","mine":7},)"
                                    R"({"type":"B","status":"True"}]})");
  set_condition(status, "A", "True", "r", "m", TimePoint{});
  EXPECT_EQ(json::print(status),
            R"({"x":1,"conditions":[{"type":"A","status":"True","mine":7,"reason":"r",)"
            R"("message":"m"},{"type":"B","status":"True"}]})");
}

}  // namespace
}  // namespace firesteel::kube
