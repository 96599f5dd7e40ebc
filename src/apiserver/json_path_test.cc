#include "apiserver/json_path.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"

namespace firesteel::apiserver {
namespace {

std::string found(std::string_view path, const json::Value& root) {
  const Result<JsonPath> parsed = JsonPath::parse(path);
  if (!parsed) return "error";
  std::string out;
  for (const json::Value* value : parsed->find(root)) {
    if (!out.empty()) out += ' ';
    out += json::print(*value);
  }
  return out;
}

TEST(JsonPath, FindsWhatKubectlFinds) {
  const json::Value root = *json::parse(R"({
    "spec": {"a": {"b": [{"c": 1}, {"c": 2}, {"c": 3}]}, "empty": null},
    "metadata": {"annotations": {"example.com/x": "y"}, "labels": {"a": "1", "b": "2"}},
    "status": {"conditions": [
      {"type": "Synced", "status": "False", "n": 1},
      {"type": "Ready", "status": "True", "n": 5}]}})");
  const std::pair<std::string_view, std::string_view> cases[] = {
      {".spec.a.b[0].c", "1"},
      {"spec.a.b[0].c", "1"},
      {"{.spec.a.b[0].c}", "1"},
      {"$.spec.a.b[0].c", "1"},
      {".spec.a.b[-1].c", "3"},
      {".spec.a.b[3].c", ""},
      {".spec.a.b[-4].c", ""},
      {".spec.a.b[*].c", "1 2 3"},
      {".spec.a.b[1:].c", "2 3"},
      {".spec.a.b[0:2].c", "1 2"},
      {".spec.a['b'][1]['c']", "2"},
      {".spec[\"a\"].b[1].c", "2"},
      {".metadata.annotations['example.com/x']", "\"y\""},
      {".metadata.annotations.example\\.com/x", "\"y\""},
      {".metadata.labels.*", "\"1\" \"2\""},
      {".spec.empty", "null"},
      {".spec.missing.more", ""},
      {".spec.a.b.c", ""},
      {".status.conditions[?(@.type==\"Ready\")].status", "\"True\""},
      {".status.conditions[?(@.type == 'Ready')].status", "\"True\""},
      {".status.conditions[?(@.type!='Ready')].status", "\"False\""},
      {".status.conditions[?(@.n>1)].type", "\"Ready\""},
      {".status.conditions[?(@.n<=1)].type", "\"Synced\""},
      {".status.conditions[?(@.n)].n", "1 5"},
      {".status.conditions[?(@['type']==\"Ready\")].n", "5"},
      {".status.conditions[?(@.type==\"None\")].status", ""},
      {"..c", "1 2 3"},
  };
  for (const auto& [path, expected] : cases) EXPECT_EQ(found(path, root), expected) << path;
}

TEST(JsonPath, RefusesWhatItCannotRead) {
  for (const std::string_view path :
       {".a[", ".a[]", ".a[x]", ".a['b]", ".a[?(@.b==)]", ".a[?(@.b=='c']", ".a[?(b)]", ".a]x"}) {
    EXPECT_FALSE(JsonPath::parse(path)) << path;
  }
  EXPECT_FALSE(JsonPath::parse(std::string(5000, 'a')));
}

}  // namespace
}  // namespace firesteel::apiserver
