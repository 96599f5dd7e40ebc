#include "base/json/patch.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"

namespace firesteel::json {
namespace {

struct Case {
  std::string_view document;
  std::string_view patch;
  std::string_view expected;  // "" = refused
};

// The examples of RFC 6902, appendix A, and the traps of its test suite.
TEST(JsonPatch, operations_apply_as_rfc_6902_says) {
  const Case cases[] = {
      {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])",
       R"({"baz":"qux","foo":"bar"})"},
      {R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])",
       R"({"foo":["bar","qux","baz"]})"},
      {R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])", R"({"foo":"bar"})"},
      {R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])",
       R"({"foo":["bar","baz"]})"},
      {R"({"baz":"qux"})", R"([{"op":"replace","path":"/baz","value":"boo"}])", R"({"baz":"boo"})"},
      {R"({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}})",
       R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])",
       R"({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})"},
      {R"({"foo":["all","grass","cows","eat"]})",
       R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])",
       R"({"foo":["all","cows","eat","grass"]})"},
      {R"({"a":{"b":1}})", R"([{"op":"copy","from":"/a","path":"/c"}])",
       R"({"a":{"b":1},"c":{"b":1}})"},
      {R"({"baz":"qux"})", R"([{"op":"test","path":"/baz","value":"qux"}])", R"({"baz":"qux"})"},
      {R"({"baz":"qux"})", R"([{"op":"test","path":"/baz","value":"bar"}])", ""},
      {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz/bat","value":"qux"}])", ""},
      {R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc"]}])",
       R"({"foo":["bar",["abc"]]})"},
      {R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10}])", R"({"/":9,"~1":10})"},
      {R"({"foo":1})", R"([{"op":"add","path":"","value":{"x":2}}])", R"({"x":2})"},
      {R"({"foo":[1]})", R"([{"op":"add","path":"/foo/2","value":2}])", ""},
      {R"({"foo":[1]})", R"([{"op":"replace","path":"/foo/01","value":2}])", ""},
      {R"({"foo":1})", R"([{"op":"remove","path":"/bar"}])", ""},
      {R"({"foo":1})", R"([{"op":"replace","path":"/bar","value":1}])", ""},
      {R"({"foo":1})", R"([{"op":"spam","path":"/foo"}])", ""},
      {R"({"foo":1})", R"([{"op":"add","path":"/foo"}])", ""},
      {R"({"foo":1})", R"([{"op":"add","path":"foo","value":1}])", ""},
      {R"({"a":{"b":{}}})", R"([{"op":"move","from":"/a","path":"/a/b/c"}])", ""},
      {R"({"foo":1})", R"({"op":"remove","path":"/foo"})", ""},
      {R"({"foo":1})", R"([{"op":"add","path":"/a","value":null}])", R"({"a":null,"foo":1})"},
  };
  for (const Case& each : cases) {
    const auto result = apply_json_patch(*parse(each.document), *parse(each.patch));
    const std::string text = result ? print_canonical(*result) : "";
    EXPECT_EQ(text, each.expected) << each.document << " " << each.patch;
  }
}

// RFC 7386, appendix A.
TEST(MergePatch, patches_apply_as_rfc_7386_says) {
  const Case cases[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", R"(null)", R"(null)"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"a":1,"e":null})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(print_canonical(apply_merge_patch(*parse(each.document), *parse(each.patch))),
              each.expected)
        << each.document << " " << each.patch;
  }
}

TEST(MergePatch, a_made_patch_leads_from_one_document_to_the_other) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"a":1})", R"({"a":1})"},
      {R"({"a":1,"b":{"c":2,"d":3}})", R"({"b":{"c":2,"e":[1]},"f":"x"})"},
      {R"({"a":[1,2]})", R"({"a":[2,1]})"},
      {R"({"a":{"b":1}})", R"({"a":7})"},
  };
  for (const auto& [from, to] : cases) {
    const Value patch = make_merge_patch(*parse(from), *parse(to));
    EXPECT_EQ(apply_merge_patch(*parse(from), patch), *parse(to)) << print(patch);
  }
  EXPECT_EQ(make_merge_patch(*parse("{\"a\":1}"), *parse("{\"a\":1}")), Value(Object()));
}

}  // namespace
}  // namespace firesteel::json
