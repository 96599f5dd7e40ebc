#include "kube/schema.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "base/json/yaml.h"

namespace firesteel::kube {
namespace {

// A document that is only null counts as empty.
json::Value yaml(std::string_view text) {
  const auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return documents && !documents->empty() ? documents->front().value : json::Value();
}

// The schema of spec, the rest of the object around it.
Schema schema_of(std::string_view spec) {
  json::Value root(json::Object{{"type", "object"}});
  json::make_object(root, {"properties"})["spec"] = yaml(spec);
  auto schema = Schema::parse(root);
  EXPECT_TRUE(schema.has_value()) << (schema ? "" : schema.error().message);
  return *schema;
}

std::string problems_of(std::string_view schema, std::string_view spec) {
  json::Value object(json::Object{{"spec", yaml(spec)}});
  std::string out;
  for (const Problem& problem : schema_of(schema).validate(object)) {
    if (!out.empty()) out += "\n";
    out += problem.path + ": " + problem.message;
  }
  return out;
}

struct Case {
  std::string_view schema;
  std::string_view spec;
  std::string_view expected;
};
constexpr Case kCases[] = {
    {"{type: object, properties: {driver: {type: object, properties: {cores: {type: integer}}}}}",
     "{driver: {cores: two}}",
     "spec.driver.cores: Invalid value: \"string\": spec.driver.cores in body must be of type "
     "integer: \"string\""},
    {"{type: string, enum: [Java, Python, Scala, R]}", "Cobol",
     "spec: Unsupported value: \"Cobol\": supported values: \"Java\", \"Python\", \"Scala\", "
     "\"R\""},
    {"{type: object, required: [type, mode]}", "{mode: x}", "spec.type: Required value"},
    {"{type: integer, minimum: 1}", "0",
     "spec: Invalid value: 0: spec in body should be greater than or equal to 1"},
    {"{type: integer, minimum: 0, exclusiveMinimum: true}", "0",
     "spec: Invalid value: 0: spec in body should be greater than 0"},
    {"{type: number, maximum: 1.5}", "2",
     "spec: Invalid value: 2: spec in body should be less than or equal to 1.5"},
    {"{type: integer, multipleOf: 5}", "7",
     "spec: Invalid value: 7: spec in body should be a multiple of 5"},
    {"{type: integer, format: int32}", "3000000000",
     "spec: Invalid value: 3000000000: spec in body must be of type int32: 3000000000"},
    {"{type: integer, format: int64}", "3000000000", ""},
    {"{type: integer}", "1.5",
     "spec: Invalid value: \"number\": spec in body must be of type integer: \"number\""},
    {"{type: string, minLength: 2, maxLength: 3}", "é",
     "spec: Invalid value: \"é\": spec in body should be at least 2 chars long"},
    {"{type: string, minLength: 2, maxLength: 3}", "éééé",
     "spec: Too long: may not be more than 3 bytes"},
    {"{type: string, pattern: '^[a-z]+$'}", "A",
     "spec: Invalid value: \"A\": spec in body should match '^[a-z]+$'"},
    {"{type: string, format: date-time}", "'yesterday'",
     "spec: Invalid value: \"yesterday\": spec in body must be of type date-time: \"yesterday\""},
    {"{type: array, items: {type: string}, minItems: 1}", "[]",
     "spec: Invalid value: 0: spec in body should have at least 1 items"},
    {"{type: array, items: {type: string}, maxItems: 1}", "[a, b]",
     "spec: Too many: 2: must have at most 1 items"},
    {"{type: array, items: {type: string}}", "[a, 1]",
     "spec[1]: Invalid value: \"integer\": spec[1] in body must be of type string: \"integer\""},
    {"{type: object, additionalProperties: {type: string}}", "{a: b, c: 1}",
     "spec.c: Invalid value: \"integer\": spec.c in body must be of type string: \"integer\""},
    {"{type: object, minProperties: 1}", "{}",
     "spec: Invalid value: 0: spec in body should have at least 1 properties"},
    {"{x-kubernetes-int-or-string: true}", "[1]",
     "spec: Invalid value: \"array\": spec in body must be of type integer,string: \"array\""},
    {"{x-kubernetes-int-or-string: true}", "50%", ""},
    {"{type: string, nullable: true}", "null", ""},
    {"{type: string}", "null",
     "spec: Invalid value: \"null\": spec in body must be of type string: \"null\""},
    {"{type: array, items: {type: object, properties: {id: {type: string}}}, "
     "x-kubernetes-list-type:"
     " map, x-kubernetes-list-map-keys: [id]}",
     "[{id: a}, {id: b}, {id: a}]", "spec[2]: Duplicate value: {\"id\":\"a\"}"},
    {"{type: array, items: {type: string}, x-kubernetes-list-type: set}", "[a, a]",
     "spec[1]: Duplicate value: \"a\""},
    {"{type: object, oneOf: [{required: [a]}, {required: [b]}]}", "{}",
     "spec: Invalid value: \"object\": spec in body must validate one and only one schema "
     "(oneOf). "
     "Found none valid"},
    {"{type: object, oneOf: [{required: [a]}, {required: [b]}]}", "{a: 1}", ""},
    {"{type: object, anyOf: [{required: [a]}, {required: [b]}]}", "{}",
     "spec: Invalid value: \"object\": spec in body must validate at least one schema (anyOf)"},
    {"{type: object, not: {required: [a]}}", "{a: 1}",
     "spec: Invalid value: \"object\": spec in body must not validate the schema (not)"},
    {"{type: integer, allOf: [{minimum: 3}, {maximum: 5}]}", "6",
     "spec: Invalid value: 6: spec in body should be less than or equal to 5"},
    {"{type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: "
     "true}",
     "{kind: Pod}", "spec.apiVersion: Required value"},
    {"{type: object, required: [a], properties: {b: {type: integer}}}", "{b: x}",
     "spec.a: Required value\nspec.b: Invalid value: \"string\": spec.b in body must be of type "
     "integer: \"string\""},
};

TEST(Schema, values_are_validated_in_kubernetes_words) {
  for (const Case& each : kCases) {
    EXPECT_EQ(problems_of(each.schema, each.spec), each.expected) << each.schema;
  }
}

TEST(Schema, unknown_fields_are_pruned_and_named) {
  const Schema schema = schema_of(R"(
type: object
properties:
  known: {type: string}
  free: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {a: {type: object}}}
  map: {type: object, additionalProperties: {type: object, properties: {x: {type: string}}}}
  any: {type: object, additionalProperties: true}
  list: {type: array, items: {type: object, properties: {id: {type: string}}}}
  pod: {type: object, x-kubernetes-embedded-resource: true, properties: {spec: {type: object}}}
)");
  json::Value object = yaml(R"(
apiVersion: a/v1
kind: A
metadata: {name: x, labels: {l: m}}
other: 1
spec:
  known: a
  unknown: {b: c}
  free: {a: {gone: 1}, b: {kept: 1}}
  map: {k: {x: a, z: b}}
  any: {deep: {er: 1}}
  list: [{id: a}, {id: b, bad: 1}]
  pod: {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {gone: 1}, status: {}}
)");
  const auto removed = schema.prune(object);
  EXPECT_EQ(removed, (std::vector<std::string>{"spec.free.a.gone", "spec.map.k.z",
                                               "spec.list[1].bad", "spec.pod.spec.gone",
                                               "spec.pod.status", "spec.unknown", "other"}));
  EXPECT_EQ(json::print(object),
            R"({"apiVersion":"a/v1","kind":"A","metadata":{"name":"x","labels":{"l":"m"}},"spec":)"
            R"({"known":"a","free":{"a":{},"b":{"kept":1}},"map":{"k":{"x":"a"}},)"
            R"("any":{"deep":{"er":1}},"list":[{"id":"a"},{"id":"b"}],)"
            R"("pod":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{}}}})");
}

TEST(Schema, defaults_fill_what_is_missing) {
  const Schema schema = schema_of(R"(
type: object
default: {driver: {}}
properties:
  mode: {type: string, default: cluster}
  driver:
    type: object
    properties: {cores: {type: integer, default: 1}}
  list: {type: array, items: {type: object, properties: {id: {type: string, default: x}}}}
  note: {type: string, nullable: true, default: note}
  plain: {type: string}
  map: {type: object, additionalProperties: {type: string}}
)");
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"{}", R"({"spec":{"driver":{"cores":1},"mode":"cluster","note":"note"}})"},
      {"{spec: {}}", R"({"spec":{"mode":"cluster","note":"note"}})"},
      {"{spec: {mode: null, note: null, plain: null, map: {a: null, b: c}}}",
       R"({"spec":{"map":{"b":"c"},"mode":"cluster","note":null}})"},
      {"{spec: {mode: client, note: a, list: [{}, {id: b}]}}",
       R"({"spec":{"list":[{"id":"x"},{"id":"b"}],"mode":"client","note":"a"}})"},
  };
  for (const auto& [text, expected] : cases) {
    json::Value object = yaml(text);
    schema.apply_defaults(object);
    EXPECT_EQ(json::print_canonical(object), expected);
  }
}

TEST(Schema, what_is_not_structural_or_not_supported_is_refused) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"{properties: {a: {type: string}}}", "type"},
      {"{type: object, properties: {a: {}}}", "properties[a].type"},
      {"{type: object, properties: {a: {type: text}}}", "properties[a].type"},
      {"{type: object, properties: {a: {type: array}}}", "properties[a].items"},
      {"{type: object, properties: {a: {type: string, pattern: '(?=x)'}}}",
       "properties[a].pattern"},
      {"{type: object, x-kubernetes-validations: [{rule: 'true'}]}", "x-kubernetes-validations"},
      {"{type: object, properties: {a: {$ref: '#/x'}}}", "properties[a].$ref"},
      {"{type: object, properties: {a: {type: string, maxLength: -1}}}", "properties[a].maxLength"},
      {"{type: object, properties: {a: {type: array, items: {type: string}, "
       "x-kubernetes-list-type: "
       "map}}}",
       "properties[a].x-kubernetes-list-map-keys"},
      {"{type: string}", "type"},
      {"[]", ""},
  };
  for (const auto& [text, path] : cases) {
    const auto schema = Schema::parse(yaml(text));
    ASSERT_FALSE(schema.has_value()) << text;
    EXPECT_EQ(schema.error().code, ErrorCode::kInvalid);
    const bool named = std::any_of(schema.error().problems.begin(), schema.error().problems.end(),
                                   [&](const Problem& each) { return each.path == path; });
    EXPECT_TRUE(named) << text << " " << schema.error().message;
  }
}

}  // namespace
}  // namespace firesteel::kube
