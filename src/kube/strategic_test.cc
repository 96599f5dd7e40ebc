#include "kube/strategic.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"

namespace firesteel::kube {
namespace {

struct Case {
  std::string_view kind;
  std::string_view document;
  std::string_view patch;
  std::string_view expected;  // "" = refused
};

void check(std::span<const Case> cases) {
  for (const Case& each : cases) {
    const auto result =
        apply_strategic_merge_patch(each.kind == "Deployment" ? "apps/v1" : "v1", each.kind,
                                    *json::parse(each.document), *json::parse(each.patch));
    const std::string text = result ? json::print(*result) : "";
    EXPECT_EQ(text, each.expected) << each.document << "\n" << each.patch;
    if (!result) {
      EXPECT_EQ(result.error().code, ErrorCode::kBadRequest);
    }
  }
}

TEST(StrategicMerge, maps_are_merged_and_nulls_remove) {
  const Case cases[] = {
      {"Pod", R"({"metadata":{"labels":{"a":"1","b":"2"}}})",
       R"({"metadata":{"labels":{"a":"x","b":null,"c":"3"}}})",
       R"({"metadata":{"labels":{"a":"x","c":"3"}}})"},
      {"Pod", R"({})", R"({"metadata":{"labels":{"a":null,"b":"1"}}})",
       R"({"metadata":{"labels":{"b":"1"}}})"},
      {"ConfigMap", R"({"data":{"a":"1"}})", R"({"data":{"$patch":"replace","b":"2"}})",
       R"({"data":{"b":"2"}})"},
      {"ConfigMap", R"({"data":{"a":"1"}})", R"({"data":{"$patch":"delete"}})", R"({"data":{}})"},
      {"ConfigMap", R"({"data":{"a":"1"}})", R"({"data":{"$patch":"erase"}})", ""},
      {"Deployment", R"({"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"x":1}}}})",
       R"({"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}})",
       R"({"spec":{"strategy":{"type":"Recreate"}}})"},
      {"Deployment", R"({"spec":{"strategy":{}}})",
       R"({"spec":{"strategy":{"$retainKeys":["x"],"type":"Recreate"}}})", ""},
      {"Pod", R"({})", R"([])", ""},
  };
  check(cases);
}

TEST(StrategicMerge, lists_are_merged_by_their_key) {
  const Case cases[] = {
      {"Pod",
       R"({"spec":{"containers":[{"name":"a","image":"1","env":[{"name":"X","value":"1"}]}]}})",
       R"({"spec":{"containers":[{"name":"a","env":[{"name":"Y","value":"2"}]},{"name":"b"}]}})",
       R"({"spec":{"containers":[{"name":"a","image":"1","env":[{"name":"Y","value":"2"},)"
       R"({"name":"X","value":"1"}]},{"name":"b"}]}})"},
      {"Deployment", R"({"spec":{"template":{"spec":{"containers":[{"name":"a","x":1}]}}}})",
       R"({"spec":{"template":{"spec":{"containers":[{"name":"a","y":2}]}}}})",
       R"({"spec":{"template":{"spec":{"containers":[{"name":"a","x":1,"y":2}]}}}})"},
      {"Pod", R"({"spec":{"containers":[{"name":"a"},{"name":"b"}]}})",
       R"({"spec":{"containers":[{"name":"a","$patch":"delete"}]}})",
       R"({"spec":{"containers":[{"name":"b"}]}})"},
      {"Pod", R"({"spec":{"containers":[{"name":"a"}]}})",
       R"({"spec":{"containers":[{"$patch":"replace"},{"name":"b"}]}})",
       R"({"spec":{"containers":[{"name":"b"}]}})"},
      {"Pod", R"({"spec":{"containers":[{"name":"a"}]}})", R"({"spec":{"containers":[{"x":1}]}})",
       ""},
      {"Service", R"({"spec":{"ports":[{"port":80,"name":"x"}]}})",
       R"({"spec":{"ports":[{"port":80,"targetPort":8080},{"port":81}]}})",
       R"({"spec":{"ports":[{"port":80,"name":"x","targetPort":8080},{"port":81}]}})"},
      {"Pod", R"({"spec":{"containers":[{"name":"a","ports":[{"containerPort":1}]}]}})",
       R"({"spec":{"containers":[{"name":"a","ports":[{"containerPort":2}]}]}})",
       R"({"spec":{"containers":[{"name":"a","ports":[{"containerPort":2},)"
       R"({"containerPort":1}]}]}})"},
      {"Pod", R"({"status":{"conditions":[{"type":"Ready","status":"False","m":1}]}})",
       R"({"status":{"conditions":[{"type":"Ready","status":"True"}]}})",
       R"({"status":{"conditions":[{"type":"Ready","status":"True","m":1}]}})"},
      {"Pod", R"({"spec":{"tolerations":[{"key":"a"}]}})",
       R"({"spec":{"tolerations":[{"key":"b"}]}})", R"({"spec":{"tolerations":[{"key":"b"}]}})"},
      {"Node", R"({"spec":{"taints":[{"key":"a"},{"key":"b"}]}})",
       R"({"spec":{"taints":[{"key":"b"}]}})", R"({"spec":{"taints":[{"key":"b"}]}})"},
      {"Pod", R"({"spec":{"containers":[{"name":"a","args":["x","y"]}]}})",
       R"({"spec":{"containers":[{"name":"a","args":["z"]}]}})",
       R"({"spec":{"containers":[{"name":"a","args":["z"]}]}})"},
      {"Pod", R"({"metadata":{"finalizers":["a","b"]}})",
       R"({"metadata":{"finalizers":["b","c"]}})", R"({"metadata":{"finalizers":["a","b","c"]}})"},
      {"Pod", R"({"metadata":{"finalizers":["a","b"]}})",
       R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["a"]}})",
       R"({"metadata":{"finalizers":["b"]}})"},
      {"Pod", R"({"metadata":{"ownerReferences":[{"uid":"1","name":"a"}]}})",
       R"({"metadata":{"ownerReferences":[{"uid":"2"},{"uid":"1","$patch":"delete"}]}})",
       R"({"metadata":{"ownerReferences":[{"uid":"2"}]}})"},
      {"ServiceAccount", R"({"imagePullSecrets":[{"name":"a"}]})",
       R"({"imagePullSecrets":[{"name":"b"}]})", R"({"imagePullSecrets":[{"name":"b"}]})"},
  };
  check(cases);
}

TEST(StrategicMerge, lists_follow_the_wanted_order) {
  const Case cases[] = {
      {"Pod", R"({"spec":{"containers":[{"name":"a"},{"name":"b"},{"name":"c"}]}})",
       R"({"spec":{"$setElementOrder/containers":[{"name":"c"},{"name":"a"}],)"
       R"("containers":[{"name":"a","x":1}]}})",
       R"({"spec":{"containers":[{"name":"b"},{"name":"c"},{"name":"a","x":1}]}})"},
      {"Pod", R"({"spec":{"containers":[{"name":"a"},{"name":"b"}]}})",
       R"({"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]}})",
       R"({"spec":{"containers":[{"name":"b"},{"name":"a"}]}})"},
      {"Pod", R"({"spec":{"containers":[{"name":"a"}]}})",
       R"({"spec":{"$setElementOrder/containers":[{"name":"n"},{"name":"a"}],)"
       R"("containers":[{"name":"n"}]}})",
       R"({"spec":{"containers":[{"name":"n"},{"name":"a"}]}})"},
  };
  check(cases);
}

}  // namespace
}  // namespace firesteel::kube
