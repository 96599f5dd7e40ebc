#include "base/json/json.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "base/json/utf8.h"

namespace firesteel::json {
namespace {

TEST(Json, what_is_read_is_printed_again) {
  for (const std::string_view text :
       {"null", "true", "0", "-1", "9223372036854775807", "18446744073709551615", "0.1", "1e+300",
        "1e+308", "5e-324", "1.2345678901234566e+116", "0.30000000000000004", "\"\"",
        R"("a\"b\\c\nd\u0001/é")", "[]", "{}", R"({"b":1,"a":[1,{"c":null}]})"}) {
    const auto value = parse(text);
    ASSERT_TRUE(value.has_value()) << text << ": " << value.error().message;
    EXPECT_EQ(print(*value), text);
  }
}

TEST(Json, malformed_text_is_refused_with_its_place) {
  struct Case {
    std::string_view text;
    std::string_view place;
  };
  const Case cases[] = {{"", "line 1, column 1"},
                        {"{\n  \"a\": x}", "line 2, column 8"},
                        {"{} {}", "line 1, column 4"},
                        {"[1,]", "line 1, column 4"},
                        {"1e400", ""},
                        {"{\"a\":1", "line 1"}};
  for (const Case& each : cases) {
    const auto value = parse(each.text);
    ASSERT_FALSE(value.has_value()) << each.text;
    EXPECT_EQ(value.error().code, ErrorCode::kBadRequest);
    EXPECT_NE(value.error().message.find(each.place), std::string::npos) << value.error().message;
  }
}

TEST(Json, nesting_has_a_limit) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse(nested(kMaxDepth)).has_value());
  EXPECT_FALSE(parse(nested(kMaxDepth + 1)).has_value());
}

TEST(Json, of_equal_keys_the_last_wins) {
  EXPECT_EQ(print(*parse(R"({"a":1,"a":2})")), R"({"a":2})");
}

TEST(Json, canonical_text_sorts_members_and_pretty_text_indents) {
  const Value value = *parse(R"({"b":[1,2],"a":{}})");
  EXPECT_EQ(print_canonical(value), R"({"a":{},"b":[1,2]})");
  EXPECT_EQ(print_pretty(value), "{\n  \"b\": [\n    1,\n    2\n  ],\n  \"a\": {}\n}");
}

TEST(Json, accessors_give_a_default_for_what_is_not_there) {
  const Value value = *parse(R"({"a":{"s":"x","i":3,"d":4.0,"b":true,"l":[1]}})");
  EXPECT_EQ(string_at(value, {"a", "s"}), "x");
  EXPECT_EQ(string_at(value, {"a", "i"}), "");
  EXPECT_EQ(int_at(value, {"a", "i"}), 3);
  EXPECT_EQ(int_at(value, {"a", "d"}), 4);
  EXPECT_EQ(int_at(value, {"a", "s"}, 9), 9);
  EXPECT_TRUE(bool_at(value, {"a", "b"}));
  EXPECT_EQ(array_at(value, {"a", "l"}).size(), 1u);
  EXPECT_TRUE(array_at(value, {"a", "s", "t"}).empty());
  EXPECT_TRUE(object_at(value, {"z"}).empty());
  EXPECT_EQ(find(value, {"a", "z", "y"}), nullptr);
}

TEST(Json, objects_are_made_on_the_way_and_members_removed_in_order) {
  Value value;
  make_object(value, {"a", "b"})["c"] = 1;
  EXPECT_EQ(print(value), R"({"a":{"b":{"c":1}}})");
  Value flat = *parse(R"({"a":1,"b":2,"c":3})");
  EXPECT_TRUE(remove(flat.get_object(), "a"));
  EXPECT_FALSE(remove(flat.get_object(), "a"));
  EXPECT_EQ(print(flat), R"({"b":2,"c":3})");
}

TEST(Json, utf8_is_what_can_be_read_back) {
  struct Case {
    std::string_view text;
    std::size_t prefix;
  };
  const Case cases[] = {{"", 0},
                        {"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10},
                        {"ab\xff", 2},
                        {"\xc0\x80", 0},          // overlong
                        {"a\xe0\x80\x80", 1},     // overlong
                        {"\xed\xa0\x80", 0},      // a surrogate
                        {"\xf4\x90\x80\x80", 0},  // beyond U+10FFFF
                        {"\xf4\x8f\xbf\xbf\xe2\x82", 4}};
  for (const Case& each : cases) {
    EXPECT_EQ(utf8_prefix(each.text), each.prefix);
    const std::string quoted = '"' + std::string(each.text) + '"';
    EXPECT_EQ(parse(quoted).has_value(), is_utf8(each.text)) << quoted;
    EXPECT_TRUE(is_utf8(replace_broken_utf8(each.text)));
  }
  EXPECT_EQ(replace_broken_utf8("a\xff"
                                "b\xe2\x82"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace firesteel::json
