#include "base/json/duplicates.h"

#include <gtest/gtest.h>

namespace firesteel::json {
namespace {

TEST(Duplicates, members_that_stand_twice_are_named_by_path) {
  struct Case {
    std::string_view text;
    std::vector<std::string> expected;
  };
  const Case cases[] = {
      {"{}", {}},
      {R"("a")", {}},
      {R"({"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]})", {}},
      {R"({"a":1,"a":2})", {"a"}},
      {R"({"a":1,"a":2,"a":3})", {"a"}},
      {R"({"d":{"a":1,"b":2,"a":3}})", {"d.a"}},
      {R"({"s":{"c":[{"n":1},{"n":1,"x":[],"n":2}]}})", {"s.c[1].n"}},
      {R"([[{"a":1,"a":{"b":1,"b":2}}]])", {"[0][0].a", "[0][0].a.b"}},
      {R"({"a\"b":1,"a\"b":2,"x":"a\\","x":"}"})", {"a\"b", "x"}},
      {R"({"a":{"x":1},"a":{"y":1}})", {"a"}},
      {R"({"\u0061":1,"a":2})", {"a"}},
  };
  for (const Case& each : cases)
    EXPECT_EQ(duplicate_members(each.text), each.expected) << each.text;
}

}  // namespace
}  // namespace firesteel::json
