#include "base/json/yaml.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"

namespace firesteel::json {
namespace {

std::string first_document(std::string_view text) {
  const auto documents = parse_yaml(text);
  if (!documents) return documents.error().message;
  return documents->empty() ? "(none)" : print((*documents)[0].value);
}

TEST(Yaml, scalars_mean_what_kubernetes_reads) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a: yes", R"({"a":true})"},
      {"a: off", R"({"a":false})"},
      {"a: \"yes\"", R"({"a":"yes"})"},
      {"a: 'on'", R"({"a":"on"})"},
      {"y: n", R"({"true":false})"},  // kubernetes/kubernetes#102308
      {"a: True", R"({"a":true})"},
      {"a: tRUE", R"({"a":"tRUE"})"},
      {"a:", R"({"a":null})"},
      {"a: ~", R"({"a":null})"},
      {"a: 'null'", R"({"a":"null"})"},
      {"a: 12", R"({"a":12})"},
      {"a: -7", R"({"a":-7})"},
      {"a: 0x1F", R"({"a":31})"},
      {"a: 0644", R"({"a":420})"},
      {"a: 0o644", R"({"a":420})"},
      {"a: 1_000", R"({"a":1000})"},
      {"a: 9223372036854775808", R"({"a":9223372036854775808})"},
      {"a: 1.5", R"({"a":1.5})"},
      {"a: 1.0", R"({"a":1})"},
      {"a: 1e3", R"({"a":1000})"},
      {"a: 08", R"({"a":8})"},
      {"a: 3.4.0", R"({"a":"3.4.0"})"},
      {"a: 512m", R"({"a":"512m"})"},
      {"a: 2026-11-22", R"({"a":"2026-11-22"})"},
      {"a: !!str 12", R"({"a":"12"})"},
      {"a: .5", R"({"a":0.5})"},
      {"a:\n-\n", R"({"a":[null]})"},
      {"a: local:///opt/spark/x.jar", R"({"a":"local:///opt/spark/x.jar"})"},
      {"1: a\ntrue: b\n", R"({"1":"a","true":"b"})"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(first_document(text), expected) << text;
}

TEST(Yaml, blocks_anchors_and_merge_keys_are_resolved) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a: |\n  x\n  y\n", R"({"a":"x\ny\n"})"},
      {"a: |-\n  x\n  y\n", R"({"a":"x\ny"})"},
      {"a: >\n  x\n  y\n", R"({"a":"x y\n"})"},
      {"a: &x {b: 1}\nc: *x\n", R"({"a":{"b":1},"c":{"b":1}})"},
      {"a: &x {b: 1, d: 2}\nc:\n  <<: *x\n  d: 3\n", R"({"a":{"b":1,"d":2},"c":{"d":3,"b":1}})"},
      {"c:\n  <<: [{a: 1}, {a: 2, b: 2}]\n", R"({"c":{"a":1,"b":2}})"},
      {"'<<': 1", R"({"<<":1})"},
      {"- a\n- - b\n  - c: d\n", R"(["a",["b",{"c":"d"}]])"},
      {"{\"a\": [1, 2.50]}", R"({"a":[1,2.5]})"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(first_document(text), expected) << text;
}

TEST(Yaml, a_stream_has_many_documents_and_their_lines) {
  const auto documents = parse_yaml("# head\n---\na: 1\n---\n# empty\n---\n\nb: 2\n...\n");
  ASSERT_TRUE(documents.has_value()) << documents.error().message;
  ASSERT_EQ(documents->size(), 2u);
  EXPECT_EQ(print((*documents)[0].value), R"({"a":1})");
  EXPECT_EQ((*documents)[0].line, 3);
  EXPECT_EQ(print((*documents)[1].value), R"({"b":2})");
  EXPECT_EQ((*documents)[1].line, 8);
  EXPECT_TRUE(parse_yaml("")->empty());
  EXPECT_TRUE(parse_yaml("# nothing\n")->empty());
}

TEST(Yaml, malformed_text_is_refused_with_line_and_column) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a: 1\n b: 2\n", "line 2"},
      {"a: [1, 2\n", "line"},
      {"a: 1\nb: 2\na: 3\n", "line 3, column 1: key \"a\" is there twice"},
      {"a: *x\n", "line 1"},
      {"a: &x [*x]\n", "line 1"},
      {"a: .inf\n", "line 1, column 4: .inf cannot be written in JSON"},
      {",,", "line 1, column 1: text that belongs to no document"},
      {"a: !custom b\n", "unsupported tag"},
      {"<<: 1\n", "<< needs a map"},
      {"? [a]\n: b\n", "a key must be"},
      {std::string_view("a: \x04", 4), "control character 0x04"},
      {"a: \xff", "line 1, column 4: invalid UTF-8"},
      {"a: \xe2\x82", "invalid UTF-8"},
  };
  for (const auto& [text, expected] : cases) {
    const auto documents = parse_yaml(text);
    ASSERT_FALSE(documents.has_value()) << text;
    EXPECT_EQ(documents.error().code, ErrorCode::kBadRequest);
    EXPECT_NE(documents.error().message.find(expected), std::string::npos)
        << documents.error().message;
  }
}

TEST(Yaml, aliases_and_nesting_have_limits) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) bomb += "," + before;
    bomb += "]\n";
  }
  const auto documents = parse_yaml(bomb);
  ASSERT_FALSE(documents.has_value());
  EXPECT_NE(documents.error().message.find("more than 1000000 values"), std::string::npos);
  const std::string deep = "a: " + std::string(300, '[') + std::string(300, ']');
  EXPECT_NE(first_document(deep).find("nested deeper than 256"), std::string::npos);
}

TEST(Yaml, fields_have_lines) {
  constexpr std::string_view kText =
      "kind: A\n---\nspec:\n  driver:\n    cores: x\n  volumes:\n  - name: a\n  - name: b\n"
      "    hostPath: {path: /x}\n  conf:\n    spark.foo.bar: 1\n";
  const std::pair<std::string_view, int> cases[] = {{"spec.driver.cores", 5},
                                                    {"spec.volumes[1].name", 8},
                                                    {"spec.volumes[1].hostPath.path", 9},
                                                    {"spec.conf.spark.foo.bar", 11},
                                                    {"spec.conf[spark.foo.bar]", 11},
                                                    {"spec.driver.memory", 4},
                                                    {"spec.volumes[7].name", 6},
                                                    {"status.x", 3},
                                                    {"spec", 3}};
  for (const auto& [path, line] : cases) EXPECT_EQ(line_of(kText, 3, path), line) << path;
  EXPECT_EQ(line_of(kText, 1, "kind"), 1);
  EXPECT_EQ(line_of("a: [", 1, "a"), 1);
  EXPECT_EQ(line_of(",,", 2, "a"), 2);
}

TEST(Yaml, what_is_printed_reads_back_the_same) {
  const std::string_view cases[] = {
      R"({"a":{"b":[{"c":1,"d":[1,[2,{"e":null}]]},{}],"f":{}},"g":[]})",
      R"({"a":"yes","b":"1","c":"1.0","d":"","e":" x","f":"x ","g":"a: b","h":"#x","i":"a #b"})",
      R"({"a":"- x","b":"-x","c":"?","d":"2026-11-22","e":"1:30","f":"~","g":"null","h":"0x1"})",
      R"({"a":"x\ny\n","b":"x\ny","c":"x\ny\n\n","d":" x\ny","e":"\n","f":"x \ny","g":"a\tb"})",
      R"({"a":"\u0001\u007f\"\\é","true":1,"12":2,"a b":3,"":4,"=":"=","<<":"<<","k:":1})",
      R"(["x","---","...","--- a","*a","&a","!a","%a","@a","`a","{a","[a","a]","a,b","|",">"])",
      R"({"a":[[["x"]],"line1\nline2"],"b":true,"c":null,"d":-0.5,"e":18446744073709551615})",
      R"("text")",
      "12",
      "[]",
      "{}",
      R"("a\nb")"};
  for (const std::string_view text : cases) {
    const auto value = parse(text);
    ASSERT_TRUE(value.has_value()) << text;
    const std::string yaml = print_yaml(*value);
    EXPECT_EQ(first_document(yaml), print(*value)) << yaml;
  }
}

TEST(Yaml, printed_text_is_readable) {
  EXPECT_EQ(print_yaml(*parse(R"({"kind":"Pod","spec":{"containers":[{"name":"a","args":["x","on"],
                                "env":[]}],"script":"a\nb\n"}})")),
            "kind: Pod\nspec:\n  containers:\n  - name: a\n    args:\n    - x\n    - \"on\"\n"
            "    env: []\n  script: |\n    a\n    b\n");
  EXPECT_EQ(print_yaml(Value("next\xc2\x85line\xe2\x80\xa8")), "\"next\\u0085line\\u2028\"\n");
  EXPECT_EQ(first_document("\"next\\Nline\\_\"\n"), "\"next\xc2\x85line\xc2\xa0\"");
  EXPECT_EQ(first_document("\"next\\u0085line\"\n"), "\"next\xc2\x85line\"");
}

}  // namespace
}  // namespace firesteel::json
