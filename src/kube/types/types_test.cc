#include "kube/types/types.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"

namespace firesteel::kube {
namespace {

struct Case {
  std::string_view api_version;
  std::string_view kind;
  std::string_view object;
  std::string_view expected;  // the decoded object, or the error
  std::vector<std::string> complaints = {};
};

void check(std::span<const Case> cases) {
  for (const Case& each : cases) {
    const StructType* type = find_kind(each.api_version, each.kind);
    ASSERT_NE(type, nullptr) << each.kind;
    json::Value object = *json::parse(each.object);
    const auto complaints = decode(*type, object);
    EXPECT_EQ(complaints ? json::print(object) : complaints.error().message, each.expected)
        << each.object;
    if (complaints) {
      EXPECT_EQ(*complaints, each.complaints) << each.object;
    }
  }
}

TEST(Types, wrong_types_are_refused_in_the_words_of_kube_apiserver) {
  const Case cases[] = {
      {"v1", "ConfigMap", R"({"data":{"a":1}})",
       "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"},
      {"v1", "ConfigMap", R"({"metadata":{"labels":["x"]}})",
       "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type "
       "map[string]string"},
      {"v1", "ConfigMap", R"({"metadata":"x"})",
       "json: cannot unmarshal string into Go struct field ConfigMap.metadata of type "
       "v1.ObjectMeta"},
      {"v1", "ConfigMap", R"({"binaryData":{"a":"!!!"}})", "illegal base64 data at input byte 0"},
      {"v1", "Secret", R"({"data":{"a":5}})",
       "json: cannot unmarshal number into Go struct field Secret.data of type []uint8"},
      {"apps/v1", "Deployment", R"({"spec":{"replicas":"3"}})",
       "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type "
       "int32"},
      {"apps/v1", "Deployment",
       R"({"spec":{"template":{"spec":{"containers":[{"env":[{"value":1}]}]}}}})",
       "json: cannot unmarshal number into Go struct field "
       "EnvVar.spec.template.spec.containers.env.value of type string"},
      {"v1", "Pod", R"({"spec":{"containers":{}}})",
       "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type "
       "[]v1.Container"},
      {"v1", "Pod", R"({"spec":{"containers":["x"]}})",
       "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type "
       "v1.Container"},
      {"v1", "Pod", R"({"spec":{"containers":[{"ports":[{"containerPort":5.5}]}]}})",
       "json: cannot unmarshal number 5.5 into Go struct field "
       "ContainerPort.spec.containers.ports.containerPort of type int32"},
      {"v1", "Pod", R"({"spec":{"containers":[{"resources":{"limits":"x"}}]}})",
       "json: cannot unmarshal string into Go struct field "
       "ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList"},
      {"v1", "Pod", R"({"spec":{"restartPolicy":1}})",
       "json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type "
       "v1.RestartPolicy"},
  };
  check(cases);
}

TEST(Types, unknown_fields_are_dropped_and_reported) {
  const Case cases[] = {
      {"v1",
       "ConfigMap",
       R"({"data":{"x":"1"},"extra":1,"metadata":{"odd":2}})",
       R"({"data":{"x":"1"},"metadata":{}})",
       {R"(unknown field "extra")", R"(unknown field "metadata.odd")"}},
      {"rbac.authorization.k8s.io/v1",
       "Role",
       R"({"rules":[{"verbs":["get"],"x":1}]})",
       R"({"rules":[{"verbs":["get"]}],"metadata":{}})",
       {R"(unknown field "rules[0].x")"}},
  };
  check(cases);
}

TEST(Types, an_object_takes_the_form_that_kube_apiserver_stores) {
  const Case cases[] = {
      // Empty lists, maps and strings are left out, as are nulls; nulls in a map are zero values.
      {"v1", "ConfigMap",
       R"({"metadata":{"labels":{},"name":""},"data":{"a":null},"immutable":null})",
       R"({"metadata":{},"data":{"a":""}})"},
      {"v1", "ServiceAccount", R"({"metadata":{},"secrets":[]})", R"({"metadata":{}})"},
      // What Go always writes is there.
      {"rbac.authorization.k8s.io/v1", "Role", R"({"metadata":{}})",
       R"({"metadata":{},"rules":null})"},
      // A pointer keeps its zero.
      {"apps/v1", "ReplicaSet",
       R"({"metadata":{},"spec":{"replicas":0,"minReadySeconds":0,)"
       R"("selector":{},"template":{"spec":{"containers":[]}}}})",
       R"({"metadata":{},"spec":{"replicas":0,"selector":{},"template":{"spec":{"containers":[]},)"
       R"("metadata":{}}},"status":{"replicas":0}})"},
      {"v1", "LimitRange",
       R"({"metadata":{},"spec":{"limits":[{"type":"Pod","max":{"cpu":0.5,)"
       R"("memory":"1024Mi"}}]}})",
       R"({"metadata":{},"spec":{"limits":[{"type":"Pod","max":{"cpu":"500m","memory":"1Gi"}}]}})"},
  };
  check(cases);
}

TEST(Types, doubled_members_are_reported_where_they_count) {
  json::Value object =
      *json::parse(R"({"metadata":{"name":"x"},"data":{"a":"2"},"extra":{"a":1}})");
  const auto complaints =
      decode(*find_kind("v1", "ConfigMap"), object, {"data.a", "extra.a", "metadata"});
  ASSERT_TRUE(complaints.has_value());
  EXPECT_EQ(*complaints, (Complaints{R"(duplicate field "metadata")", R"(duplicate field "data.a")",
                                     R"(unknown field "extra")"}));
}

TEST(Types, kinds_of_one_name_are_told_apart_by_their_group) {
  EXPECT_NE(find_kind("v1", "Event")->field("involvedObject"), nullptr);
  EXPECT_NE(find_kind("events.k8s.io/v1", "Event")->field("regarding"), nullptr);
  EXPECT_EQ(find_kind("v2", "Event"), nullptr);
  EXPECT_EQ(find_kind("v1", "PodSpec"), nullptr) << "a structure is no kind";
}

}  // namespace
}  // namespace firesteel::kube
