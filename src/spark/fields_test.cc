// No field of the API is silently ignored: each one that the Kubeflow operator has is described, is
// in the CRD with the same type and bounds, and has the effect that testdata/fields.txt states.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/json/print.h"
#include "spark/crd.h"
#include "spark/defaults.h"
#include "spark/description.h"
#include "spark/field_facts_fixture.h"
#include "spark/submission.h"
#include "spark/validate.h"

namespace firesteel::spark {
namespace {

// Everything that a field needs beside itself to have an effect.
constexpr std::string_view kApplication = R"({"metadata":{"name":"app","namespace":"jobs"},"spec":{
  "type":"Scala","sparkVersion":"3.5.9","image":"example/spark:1","mainClass":"org.example.Main",
  "mainApplicationFile":"local:///app.jar","dynamicAllocation":{"enabled":true},
  "monitoring":{"exposeDriverMetrics":true,"exposeExecutorMetrics":true,
                "prometheus":{"jmxExporterJar":"/agent.jar"}},
  "volumes":[{"name":"data","emptyDir":{}},{"name":"scratch","emptyDir":{}}],
  "driver":ROLE,"executor":ROLE}})";
constexpr std::string_view kRole = R"({"configMaps":[{"name":"map","path":"/map"}],
  "secrets":[{"name":"secret","path":"/secret","secretType":"Generic"}],
  "gpu":{"name":"nvidia.com/gpu","quantity":1},
  "ports":[{"name":"debug","protocol":"TCP","containerPort":5005}],
  "volumeMounts":[{"name":"data","mountPath":"/data"}]})";

json::Value application(std::string_view scheduler) {
  std::string text(kApplication);
  for (std::size_t at = text.find("ROLE"); at != std::string::npos; at = text.find("ROLE")) {
    text.replace(at, 4, kRole);
  }
  json::Value value = *json::parse(text);
  if (!scheduler.empty()) set_field(value, "spec.batchScheduler", json::Value(scheduler));
  return value;
}

std::string objects_of(const json::Value& application) {
  AttemptInputs inputs;
  inputs.submission_id = "11111111-2222-3333-4444-555555555555";
  inputs.application_id = "spark-0123456789abcdef0123456789abcdef";
  inputs.unique_id = "a1b2c30199f0e1d2";
  inputs.kubernetes_master = "https://kubernetes.default.svc:443";
  const auto built = build_submission(apply_defaults(application), inputs);
  if (!built) return "refused: " + built.error().message;
  std::string text = json::print(built->driver_pod);
  for (const json::Value& object : built->dependents) text += json::print(object);
  return text;
}

bool changes_an_object(const std::string& path, const json::Value& value) {
  for (const std::string_view scheduler : {"", "volcano"}) {
    json::Value changed = application(scheduler);
    const std::string before = objects_of(changed);
    set_field(changed, path, value);
    const std::string after = objects_of(changed);
    EXPECT_FALSE(before.starts_with("refused")) << before;
    EXPECT_FALSE(after.starts_with("refused")) << path << ": " << after;
    if (before != after) return true;
  }
  return false;
}

bool has(const std::vector<Problem>& problems, std::string_view path) {
  return std::ranges::find(problems, path, &Problem::path) != problems.end();
}

void check_effect(const FieldFact& fact) {
  if (fact.effect == "operator") {
    EXPECT_FALSE(fact.rest.empty()) << fact.path;
    return;
  }
  const auto value = json::parse(fact.rest);
  ASSERT_TRUE(value.has_value()) << fact.path << ": " << fact.rest;
  json::Value changed = application("");
  set_field(changed, fact.path, *value);
  if (fact.effect == "built") {
    EXPECT_TRUE(changes_an_object(fact.path, *value)) << fact.path << " changes nothing";
  } else if (fact.effect == "warned") {
    const std::size_t before = validate(application("")).warnings.size();
    EXPECT_GT(validate(changed).warnings.size(), before) << fact.path;
  } else if (fact.effect == "refused") {
    EXPECT_TRUE(has(validate(changed).problems, fact.path)) << fact.path;
  } else {
    EXPECT_EQ(fact.effect, "ui") << fact.path;  // operator/decide/ui_test.cc
  }
}

const json::Value* schema_at(const json::Value& crd, std::string_view path) {
  const json::Value* at =
      json::find(json::array_at(crd, {"spec", "versions"})[0], {"schema", "openAPIV3Schema"});
  while (at != nullptr && !path.empty()) {
    std::string_view name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    const bool list = name.ends_with("[]");
    if (list) name.remove_suffix(2);
    at = json::find(*at, {"properties", name});
    if (at != nullptr && list) at = json::find(*at, "items");
  }
  return at;
}

// A schema in the words of fields.txt.
std::string words_of(const json::Value& schema) {
  const std::string type(json::string_at(schema, "type"));
  const auto bound = [&](std::string_view key) {
    const json::Value* at = json::find(schema, key);
    return at == nullptr ? std::string() : json::print(*at);
  };
  if (type == "array") {
    return fmt::format("list:{}", json::string_at(schema, {"items", "type"}));
  }
  if (const json::Value* of = json::find(schema, "additionalProperties")) {
    const std::string_view inner = json::string_at(*of, "type");
    return fmt::format("map:{}", inner.empty() ? "quantity" : inner);
  }
  if (type == "integer") {
    const std::string range = bound("minimum") + ".." + bound("maximum");
    return fmt::format("{}{}", json::string_at(schema, "format"), range == ".." ? "" : ":" + range);
  }
  if (json::string_at(schema, "format") == "date-time") return "time";
  std::string values;
  for (const json::Value& one : json::array_at(schema, {"enum"})) {
    values += (values.empty() ? ":" : "|") + std::string(json::view(one.get_string()));
  }
  return type + values;
}

void add_leaves(const Type& type, const std::string& path, std::set<std::string>& out) {
  for (const Field& field : type.fields) {
    const std::string at = fmt::format("{}.{}", path, field.name);
    const bool list = field.kind == FieldKind::kObjects;
    const bool inner = (list || field.kind == FieldKind::kObject) &&
                       (!field.type->open || path.starts_with("status")) &&
                       !field.type->fields.empty();
    inner ? add_leaves(*field.type, at + (list ? "[]" : ""), out) : void(out.insert(at));
  }
}

TEST(Fields, EveryOneHasTheEffectThatIsStated) {
  for (const FieldFact& fact : field_facts()) {
    if (!fact.path.starts_with("scheduled.")) check_effect(fact);
  }
}

TEST(Fields, EveryOneIsInTheCrdAsTheKubeflowOperatorHasIt) {
  const json::Value application_crd = spark_application_crd();
  const json::Value scheduled_crd = scheduled_spark_application_crd();
  for (const FieldFact& fact : field_facts()) {
    const bool scheduled = fact.path.starts_with("scheduled.");
    const json::Value* schema = scheduled ? schema_at(scheduled_crd, fact.path.substr(10))
                                          : schema_at(application_crd, fact.path);
    ASSERT_NE(schema, nullptr) << fact.path;
    EXPECT_EQ(words_of(*schema), fact.type) << fact.path;
    if (scheduled || !fact.path.starts_with("spec.")) continue;
    const json::Value* inner = schema_at(scheduled_crd, "spec.template" + fact.path.substr(4));
    ASSERT_NE(inner, nullptr) << fact.path;
    EXPECT_EQ(json::print(*inner), json::print(*schema));
  }
}

TEST(Fields, NoneIsDescribedWithoutBeingListed) {
  std::set<std::string> described;
  add_leaves(spark_application_spec_type(), "spec", described);
  add_leaves(spark_application_status_type(), "status", described);
  add_leaves(scheduled_spark_application_spec_type(), "scheduled.spec", described);
  add_leaves(scheduled_spark_application_status_type(), "scheduled.status", described);
  std::erase_if(described, [](const std::string& path) {
    return path.starts_with("scheduled.spec.template.");
  });
  std::set<std::string> listed;
  for (const FieldFact& fact : field_facts()) listed.insert(fact.path);
  EXPECT_EQ(described, listed);
}

// What the Kubeflow CRDs let through, ours let through: stricter rules are validation's, which says
// more than a schema can.
TEST(Fields, StricterBoundsAreLeftToValidation) {
  json::Value strict = application("");
  set_field(strict, "spec.imagePullPolicy", "Sometimes");
  set_field(strict, "spec.timeToLiveSeconds", -1);
  set_field(strict, "spec.driver.ports[].containerPort", 70000);
  set_field(strict, "spec.driver.hostAliases[].hostnames", json::Array{"a"});
  const Validation found = validate(strict);
  for (const std::string_view path :
       {"spec.imagePullPolicy", "spec.timeToLiveSeconds", "spec.driver.ports[0].containerPort",
        "spec.driver.hostAliases[0].ip"}) {
    EXPECT_TRUE(has(found.problems, path)) << path;
  }
  json::Value empty = application("");
  set_field(empty, "spec.imagePullPolicy", "");
  EXPECT_TRUE(validate(empty).ok());
}

TEST(Fields, GangSchedulersLearnWhatAllPodsNeed) {
  json::Value gang = application("yunikorn");
  set_field(gang, "spec.dynamicAllocation", json::Object{{"enabled", false}});
  set_field(gang, "spec.executor.instances", 3);
  set_field(gang, "spec.batchSchedulerOptions.queue", "root.jobs");
  const std::string yunikorn = objects_of(gang);
  EXPECT_NE(yunikorn.find(R"({\"name\":\"spark-executor\",\"minMember\":3,\"minResource\":)"
                          R"({\"cpu\":\"1\",\"memory\":\"1408Mi\"}})"),
            std::string::npos)
      << yunikorn;
  EXPECT_NE(yunikorn.find(R"("queue":"root.jobs")"), std::string::npos);
  set_field(gang, "spec.batchScheduler", "volcano");
  const std::string volcano = objects_of(gang);
  EXPECT_NE(volcano.find(R"("spec":{"minMember":1,"minResources":{"cpu":"4","memory":"5632Mi"},)"
                         R"("queue":"root.jobs"})"),
            std::string::npos)
      << volcano;
  set_field(gang, "spec.driver.annotations",
            json::Object{{"scheduling.k8s.io/group-name", "mine"}});
  EXPECT_EQ(objects_of(gang).find("PodGroup"), std::string::npos);
}

}  // namespace
}  // namespace firesteel::spark
