#include "kube/selector.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"

namespace firesteel::kube {
namespace {

TEST(LabelSelector, the_string_form_selects) {
  struct Case {
    std::string_view selector;
    std::string_view labels;
    bool selected;
  };
  const Case cases[] = {
      {"", R"({})", true},
      {"a=b", R"({"a":"b","c":"d"})", true},
      {"a==b", R"({"a":"b"})", true},
      {"a=b", R"({"a":"c"})", false},
      {"a=b", R"({})", false},
      {"a=", R"({"a":""})", true},
      {"a=", R"({})", false},
      {"a!=b", R"({"a":"c"})", true},
      {"a!=b", R"({})", true},
      {"a!=b", R"({"a":"b"})", false},
      {"a in (b, c)", R"({"a":"c"})", true},
      {"a in (b, c)", R"({"a":"d"})", false},
      {"a in (b,)", R"({"a":""})", true},
      {"a notin (b,c)", R"({"a":"d"})", true},
      {"a notin (b,c)", R"({})", true},
      {"a notin (b,c)", R"({"a":"b"})", false},
      {"a", R"({"a":""})", true},
      {"a", R"({"b":""})", false},
      {"!a", R"({"b":""})", true},
      {"!a", R"({"a":""})", false},
      {"a=b,c in (d,e),!f", R"({"a":"b","c":"e"})", true},
      {"a=b,c in (d,e),!f", R"({"a":"b","c":"e","f":""})", false},
      {"a>3", R"({"a":"4"})", true},
      {"a<3", R"({"a":"4"})", false},
      {"a>3", R"({"a":"x"})", false},
      {"spark-role in (executor)", R"({"spark-role":"executor"})", true},
      {"sparkoperator.k8s.io/app-name=pi", R"({"sparkoperator.k8s.io/app-name":"pi"})", true},
  };
  for (const Case& each : cases) {
    const auto selector = LabelSelector::parse(each.selector);
    ASSERT_TRUE(selector.has_value()) << each.selector << ": " << selector.error().message;
    EXPECT_EQ(selector->matches(json::parse(each.labels)->get_object()), each.selected)
        << each.selector << " " << each.labels;
  }
}

TEST(LabelSelector, malformed_text_is_refused) {
  for (const std::string_view text :
       {"a=b,", "=b", "a in b", "a in (b", "a in (b c)", "a b", "!a=b", "a=b=c", "a>x", "a/b/c=d",
        "a=-", "(a)", "a in (b))", "a,,b"}) {
    const auto selector = LabelSelector::parse(text);
    ASSERT_FALSE(selector.has_value()) << text;
    EXPECT_EQ(selector.error().code, ErrorCode::kBadRequest) << text;
  }
  EXPECT_EQ(LabelSelector::parse("a=b,").error().message,
            "unable to parse requirement: found '', expected: identifier after ','");
}

TEST(LabelSelector, the_object_form_selects_and_has_a_text) {
  const auto selector = from_label_selector(*json::parse(
      R"({"matchLabels":{"b":"1"},"matchExpressions":[
          {"key":"a","operator":"In","values":["y","x"]},
          {"key":"c","operator":"DoesNotExist"}]})"));
  ASSERT_TRUE(selector.has_value()) << selector.error().message;
  EXPECT_EQ(selector->text(), "a in (x,y),b=1,!c");
  EXPECT_TRUE(selector->matches(json::parse(R"({"a":"x","b":"1"})")->get_object()));
  EXPECT_FALSE(selector->matches(json::parse(R"({"a":"x","b":"2"})")->get_object()));
  EXPECT_TRUE(from_label_selector(json::Object())->matches(json::Object()));
  EXPECT_TRUE(from_label_selector(json::Object())->selects_everything());
  EXPECT_FALSE(from_label_selector(nullptr)->matches(json::Object()));
}

TEST(LabelSelector, a_wrong_object_form_is_refused_with_paths) {
  const auto selector = LabelSelector::from_json(
      *json::parse(R"({"matchLabels":{"b":1},"matchExpressions":[{"key":"a","operator":"In"},
          {"key":"b","operator":"Exists","values":["x"]},{"key":"c","operator":"Like"}]})"));
  ASSERT_FALSE(selector.has_value());
  std::vector<std::string> paths;
  for (const Problem& problem : selector.error().problems) paths.push_back(problem.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"spec.selector.matchLabels",
                                             "spec.selector.matchExpressions[0].values",
                                             "spec.selector.matchExpressions[1].values",
                                             "spec.selector.matchExpressions[2].operator"}));
}

TEST(FieldSelector, fields_select) {
  constexpr std::string_view kSupported[] = {"metadata.name", "spec.nodeName", "status.phase",
                                             "spec.unschedulable"};
  const json::Value pod = *json::parse(
      R"({"metadata":{"name":"a,b"},"spec":{"unschedulable":true},"status":{"phase":"Running"}})");
  const std::pair<std::string_view, bool> cases[] = {
      {"", true},
      {"status.phase=Running", true},
      {"status.phase==Running", true},
      {"status.phase!=Running", false},
      {"status.phase!=Failed,metadata.name=a\\,b", true},
      {"spec.nodeName=", true},
      {"spec.nodeName=x", false},
      {"spec.unschedulable=true", true},
  };
  for (const auto& [text, selected] : cases) {
    const auto selector = FieldSelector::parse(text, kSupported);
    ASSERT_TRUE(selector.has_value()) << text << ": " << selector.error().message;
    EXPECT_EQ(selector->matches(pod), selected) << text;
  }
  const auto named = FieldSelector::parse("metadata.name=x,status.phase!=y", kSupported);
  EXPECT_EQ(*named->required_value("metadata.name"), "x");
  EXPECT_EQ(named->required_value("status.phase"), nullptr);
}

TEST(FieldSelector, an_unsupported_or_malformed_one_is_refused) {
  constexpr std::string_view kSupported[] = {"metadata.name"};
  for (const std::string_view text :
       {"spec.foo=1", "metadata.name", "=x", "metadata.name=a=b", "metadata.name=a\\x"}) {
    const auto selector = FieldSelector::parse(text, kSupported);
    ASSERT_FALSE(selector.has_value()) << text;
    EXPECT_EQ(selector.error().code, ErrorCode::kBadRequest);
  }
  EXPECT_TRUE(FieldSelector::parse("spec.foo=1", kSupported)
                  .error()
                  .message.starts_with("field label not supported: spec.foo"));
}

}  // namespace
}  // namespace firesteel::kube
