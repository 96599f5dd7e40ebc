#include "kube/apply.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "base/json/yaml.h"

namespace firesteel::kube {
namespace {

const TimePoint kThen = *parse_time("2026-01-01T00:00:00Z");
const TimePoint kNow = *parse_time("2026-01-02T00:00:00Z");

json::Value yaml(std::string_view text) {
  return (*json::parse_yaml(text))[0].value;
}

std::string without_bookkeeping(json::Value object) {
  json::remove(object.at("metadata").get_object(), "managedFields");
  return json::print_canonical(object);
}

// Applies in turn as the named managers; the object after the last.
Result<ApplyResult> apply_all(const ApplyTypes& types,
                              std::initializer_list<std::pair<std::string, std::string>> steps,
                              bool force_last = false) {
  Result<ApplyResult> result = ApplyResult{};
  const json::Value* live = nullptr;
  json::Value kept;
  std::size_t left = steps.size();
  for (const auto& [manager, text] : steps) {
    const bool force = force_last && --left == 0;
    result = server_side_apply(types, live, yaml(text), manager, force, kNow);
    if (!result) return result;
    kept = result->object;
    live = &kept;
  }
  return result;
}

const ApplyTypes kPodTypes = ApplyTypes::built_in("v1", "Pod");
const ApplyTypes kConfigTypes = ApplyTypes::built_in("v1", "ConfigMap");

TEST(Apply, a_new_object_records_its_fields) {
  const auto result = apply_all(
      kPodTypes, {{"me",
                   "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {a: b}}, spec: "
                   "{containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}}"}});
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_TRUE(result->changed);
  EXPECT_EQ(
      json::print(*json::find(result->object, {"metadata", "managedFields"})),
      R"([{"manager":"me","operation":"Apply","apiVersion":"v1","time":"2026-01-02T00:00:00Z",)"
      R"("fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":)"
      R"({"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:image":{},"f:name":{},"f:ports":)"
      R"({"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}}}}}])");
}

TEST(Apply, the_same_again_changes_nothing) {
  constexpr std::string_view kText =
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: x}}";
  const auto first = server_side_apply(kConfigTypes, nullptr, yaml(kText), "me", false, kThen);
  const auto second =
      server_side_apply(kConfigTypes, &first->object, yaml(kText), "me", false, kNow);
  EXPECT_FALSE(second->changed);
  EXPECT_EQ(second->object, first->object);
  const auto third = server_side_apply(
      kConfigTypes, &first->object,
      yaml("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: w}}"), "me", false,
      kNow);
  EXPECT_TRUE(third->changed);
  EXPECT_EQ(
      json::string_at(json::array_at(third->object, {"metadata", "managedFields"})[0], "time"),
      "2026-01-02T00:00:00Z");
}

TEST(Apply, fields_no_longer_applied_are_removed_unless_another_owns_them) {
  struct Case {
    std::initializer_list<std::pair<std::string, std::string>> steps;
    std::string_view expected;
  };
  const Case cases[] = {
      {{{"me", "{metadata: {name: c}, data: {a: x, b: w}}"},
        {"me", "{metadata: {name: c}, data: {a: x}}"}},
       R"({"data":{"a":"x"},"metadata":{"name":"c"}})"},
      {{{"me", "{metadata: {name: c}, data: {a: x}}"}, {"me", "{metadata: {name: c}}"}},
       R"({"metadata":{"name":"c"}})"},
      {{{"me", "{metadata: {name: c}, data: {a: x, b: w}}"},
        {"you", "{metadata: {name: c}, data: {b: w}}"},
        {"me", "{metadata: {name: c}, data: {a: x}}"}},
       R"({"data":{"a":"x","b":"w"},"metadata":{"name":"c"}})"},
      {{{"me", "{metadata: {name: c}, data: {a: x}}"},
        {"you", "{metadata: {name: c}, data: {b: w}}"}},
       R"({"data":{"a":"x","b":"w"},"metadata":{"name":"c"}})"},
      {{{"me", "{metadata: {name: c}, spec: {containers: [{name: a, image: i}, {name: b}]}}"},
        {"me", "{metadata: {name: c}, spec: {containers: [{name: b}]}}"}},
       R"({"metadata":{"name":"c"},"spec":{"containers":[{"name":"b"}]}})"},
      {{{"me", "{metadata: {name: c}, spec: {containers: [{name: a, image: i, tty: true}]}}"},
        {"you", "{metadata: {name: c}, spec: {containers: [{name: a, stdin: true}]}}"},
        {"me", "{metadata: {name: c}, spec: {containers: [{name: a, image: i}]}}"}},
       R"({"metadata":{"name":"c"},"spec":{"containers":[{"image":"i","name":"a",)"
       R"("stdin":true}]}})"},
      {{{"me", "{metadata: {name: c, finalizers: [x, w]}}"},
        {"you", "{metadata: {name: c, finalizers: [z]}}"},
        {"me", "{metadata: {name: c, finalizers: [w]}}"}},
       R"({"metadata":{"finalizers":["w","z"],"name":"c"}})"},
      {{{"me", "{metadata: {name: c, creationTimestamp: null}, data: {a: null}}"}},
       R"({"data":{},"metadata":{"name":"c"}})"},
  };
  for (const Case& each : cases) {
    const auto result = apply_all(kPodTypes, each.steps);
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_EQ(without_bookkeeping(result->object), each.expected);
  }
}

TEST(Apply, a_field_of_another_manager_is_a_conflict_unless_forced) {
  const std::initializer_list<std::pair<std::string, std::string>> steps = {
      {"you", "{apiVersion: v1, metadata: {name: c}, data: {a: x, b: w}}"},
      {"me", "{apiVersion: v1, metadata: {name: c}, data: {a: z, b: w}}"}};
  const auto refused = apply_all(kConfigTypes, steps);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(refused.error().message,
            "Apply failed with 1 conflict: conflict with \"you\": .data.a");
  ASSERT_EQ(refused.error().problems.size(), 1u);
  EXPECT_EQ(refused.error().problems[0],
            (Problem{".data.a", "conflict with \"you\"", "FieldManagerConflict"}));
  const auto forced = apply_all(kConfigTypes, steps, true);
  ASSERT_TRUE(forced.has_value());
  EXPECT_EQ(json::string_at(forced->object, {"data", "a"}), "z");
  const auto after = server_side_apply(kConfigTypes, &forced->object, yaml("{metadata: {name: c}}"),
                                       "you", false, kNow);
  EXPECT_EQ(without_bookkeeping(after->object),
            R"({"apiVersion":"v1","data":{"a":"z","b":"w"},"metadata":{"name":"c"}})");
}

TEST(Apply, list_conflicts_name_the_item) {
  const auto refused =
      apply_all(kPodTypes, {{"you", "{apiVersion: v1, spec: {containers: [{name: a, image: i}]}}"},
                            {"me", "{apiVersion: v1, spec: {containers: [{name: a, image: j}]}}"}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().problems.at(0).path, ".spec.containers[name=\"a\"].image");
}

TEST(Apply, malformed_requests_are_refused) {
  for (const std::string_view text :
       {"[]", "{metadata: {managedFields: [{manager: x}]}}", "{spec: {containers: [{image: a}]}}",
        "{spec: {containers: [{name: a}, {name: a}]}}"}) {
    const auto result = server_side_apply(kPodTypes, nullptr, yaml(text), "me", false, kNow);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::kBadRequest) << text;
  }
  const json::Value live = yaml("{metadata: {name: a, uid: u, resourceVersion: '2'}}");
  for (const std::string_view text :
       {"{metadata: {name: a, resourceVersion: '1'}}", "{metadata: {name: a, uid: v}}"}) {
    const auto result = server_side_apply(kPodTypes, &live, yaml(text), "me", false, kNow);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::kConflict) << text;
  }
}

TEST(Apply, custom_types_follow_their_schema) {
  const auto schema = Schema::parse(yaml(R"(
type: object
properties:
  spec:
    type: object
    properties:
      keyed:
        type: array
        x-kubernetes-list-type: map
        x-kubernetes-list-map-keys: [id]
        items: {type: object, properties: {id: {type: integer}, v: {type: string}}}
      plain: {type: array, items: {type: string}}
      whole: {type: object, x-kubernetes-map-type: atomic, additionalProperties: {type: string}}
)"));
  ASSERT_TRUE(schema.has_value()) << schema.error().message;
  const auto result = apply_all(
      ApplyTypes::custom(*schema),
      {{"a", "{metadata: {}, spec: {keyed: [{id: 1, v: x}]}}"},
       {"b", "{metadata: {}, spec: {keyed: [{id: 2, v: w}], plain: [p], whole: {k: v}}}"}});
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(without_bookkeeping(result->object),
            R"({"metadata":{},"spec":{"keyed":[{"id":1,"v":"x"},{"id":2,"v":"w"}],"plain":["p"],)"
            R"("whole":{"k":"v"}}})");
  const auto refused =
      server_side_apply(ApplyTypes::custom(*schema), &result->object,
                        yaml("{spec: {whole: {l: w}, plain: [q]}}"), "a", false, kNow);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().problems.size(), 2u);
}

TEST(TrackUpdate, changes_belong_to_who_made_them) {
  json::Value created = yaml("{apiVersion: v1, metadata: {name: c}, data: {a: x, b: w}}");
  track_update(kConfigTypes, created, nullptr, "creator", "", kThen);
  json::Value updated = created;
  updated.at("data").get_object() = json::Object{{"a", "z"}, {"c", "n"}};
  track_update(kConfigTypes, updated, &created, "editor", "", kNow);
  EXPECT_EQ(json::print(*json::find(updated, {"metadata", "managedFields"})),
            R"([{"manager":"editor","operation":"Update","apiVersion":"v1","time":)"
            R"("2026-01-02T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{},)"
            R"("f:c":{}}}}])");
  json::Value same = updated;
  json::remove(same.at("metadata").get_object(), "managedFields");
  track_update(kConfigTypes, same, &updated, "other", "", kNow);
  EXPECT_EQ(same, updated);
  json::Value reset = updated;
  reset.at("metadata").at("managedFields") = json::Array();
  track_update(kConfigTypes, reset, &updated, "other", "", kNow);
  EXPECT_EQ(json::find(reset, {"metadata", "managedFields"}), nullptr);
}

TEST(TrackUpdate, a_later_apply_meets_the_updaters_fields) {
  json::Value live = yaml("{apiVersion: v1, metadata: {name: c}, data: {a: x}}");
  track_update(kConfigTypes, live, nullptr, "kubectl-create", "", kThen);
  const json::Value wanted = yaml("{apiVersion: v1, metadata: {name: c}, data: {a: z}}");
  EXPECT_FALSE(server_side_apply(kConfigTypes, &live, wanted, "me", false, kNow).has_value());
  EXPECT_TRUE(server_side_apply(kConfigTypes, &live, wanted, "me", true, kNow).has_value());
  json::remove(live.at("metadata").get_object(), "managedFields");
  const auto refused = server_side_apply(kConfigTypes, &live, wanted, "me", false, kNow);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("before-first-apply"), std::string::npos);
}

TEST(TrackUpdate, status_writes_have_entries_of_their_own_and_old_ones_are_folded) {
  json::Value object = yaml("{apiVersion: v1, metadata: {name: c}, data: {x: '0'}}");
  track_update(kConfigTypes, object, nullptr, "m", "", kThen);
  for (int i = 0; i < 15; ++i) {
    json::Value next = object;
    json::make_object(next, {"data"})["k" + std::to_string(i)] = i;
    track_update(kConfigTypes, next, &object, "m" + std::to_string(i), i == 0 ? "status" : "",
                 kThen + std::chrono::hours(i));
    object = std::move(next);
  }
  const json::Array& entries = json::array_at(object, {"metadata", "managedFields"});
  EXPECT_LE(entries.size(), 12u);
  std::size_t fields = 0;
  for (const json::Value& entry : entries)
    fields += json::object_at(entry, {"fieldsV1", "f:data"}).size();
  EXPECT_EQ(fields, 16u);
}

}  // namespace
}  // namespace firesteel::kube
