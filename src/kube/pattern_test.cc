#include "kube/pattern.h"

#include <gtest/gtest.h>

namespace firesteel::kube {
namespace {

TEST(Pattern, re2_syntax_matches_as_its_author_meant) {
  struct Case {
    std::string_view pattern;
    std::string_view text;
    bool matched;
  };
  const Case cases[] = {
      {R"(^\d+$)", "123", true},
      {R"(^\d+$)", "12a", false},
      {R"(^\w+$)", "a_1", true},
      {R"(\s)", "a b", true},
      {R"(^\S+\D$)", "a1", false},
      {R"(^[\d.]+$)", "1.2", true},
      {R"(^[\w\-]+$)", "a-b", true},
      {R"(^[a\]b]+$)", "a]b", true},
      {R"(^[^\]]+$)", "a]", false},
      {R"(^[+\-.]$)", "-", true},
      {R"(^[+\-.]$)", ",", false},
      {R"(^[\^a]+$)", "^a", true},
      {R"(^[\^]$)", "^", true},
      {R"(^[-a]$)", "-", true},
      {R"(^[a\\]$)", "\\", true},
      {R"(^(?:ab)+$)", "abab", true},
      {R"(^a*?b+?$)", "aab", true},
      {R"(^a{2,3}$)", "aaaa", false},
      {R"(^a{2,}$)", "aaaa", true},
      {R"(^(0|[1-9][0-9]*)(\.[0-9]+)?(Ki|Mi|m)?$)", "1.5Mi", true},
      {R"(^a\.b$)", "axb", false},
      {R"(^a\/b$)", "a/b", true},
      {R"(\Aa\z)", "a", true},
      {"^[[:alpha:]]+$", "ab", true},
      {"b", "abc", true},
      {"", "", true},
      {"^a|b$", "xb", true},
      {R"(^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$)", "1h30m", true},
      // controller-gen's for a resource.Quantity
      {R"(^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|)"
       R"(([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$)",
       "512Mi", true},
  };
  for (const Case& each : cases) {
    const auto pattern = Pattern::compile(each.pattern);
    ASSERT_TRUE(pattern.has_value()) << pattern.error().message;
    EXPECT_EQ(pattern->matches(each.text), each.matched) << each.pattern << " " << each.text;
  }
}

TEST(Pattern, what_cannot_be_kept_is_refused) {
  const std::string deep = std::string(100'000, '(') + "a" + std::string(100'000, ')');
  std::string doubling = "a";  // x+ stands for xx*: each group twice its inside
  for (int i = 0; i < 40; ++i) doubling = "(" + doubling + ")+";
  const std::vector<std::string> cases = {
      R"((?=a))", R"((?i)a)", R"((a)\1)", R"(\bword\b)", R"(\pL)",  "[a",
      "(a",       "a)",       "a{2",      "a{5,2}",      "a{2000}", "((a{1000}){1000}){1000}",
      "\\",       "(?P<n>a)", R"([\D])",  "a++",         "a**",     "+a",
      "(*a)",     "a|*",      deep,       doubling};
  for (const std::string& text : cases) {
    const auto pattern = Pattern::compile(text);
    ASSERT_FALSE(pattern.has_value()) << text.substr(0, 100);
    EXPECT_EQ(pattern.error().code, ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace firesteel::kube
