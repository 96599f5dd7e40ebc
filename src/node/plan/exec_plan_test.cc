#include "node/plan/exec_plan.h"

#include <gtest/gtest.h>

#include "base/json/parse.h"

namespace firesteel::node::plan {
namespace {

json::Document document(std::string_view text) {
  Result<json::Value> value = json::parse(text);
  EXPECT_TRUE(value.has_value()) << text;
  return std::make_shared<const json::Value>(value ? std::move(*value) : json::Value());
}

Resolved resolved() {
  Resolved known;
  ImageConfig image;
  image.entrypoint = {"/opt/entrypoint.sh"};
  image.command = {"default"};
  image.env = {{"PATH", "/opt/spark/bin:/usr/bin"}, {"SPARK_HOME", "/opt/spark"}};
  image.working_directory = "/opt/spark/work-dir";
  image.user = image.group = 185;
  image.home = "/opt/spark";
  known.images["c"] = image;
  known.pod_ip = "127.9.0.2";
  known.node_name = "node-1";
  known.api_host = "127.0.0.1";
  known.api_port = "6443";
  known.config_maps["map"] = document(R"({"data":{"a":"1","b":"two","bad key":"x"},
                                         "binaryData":{"bin":"AAE="}})");
  known.secrets["secret"] = document(R"({"data":{"password":"aHVudGVyMg=="}})");
  known.tokens[References::Token{"", 3607}] = "the-token";
  return known;
}

json::Document pod(std::string_view container, std::string_view volumes = "[]",
                   std::string_view more = "") {
  return document(fmt::format(
      R"({{"metadata":{{"name":"driver","namespace":"ns","uid":"u-1","labels":{{"app":"x","b":"y"}},
        "annotations":{{"note":"n"}}}},"spec":{{"serviceAccountName":"sa","containers":[{{"name":"c",
        "image":"i"{}}}],"volumes":{}{}}}}})",
      container, volumes, more));
}

std::string env_of(const Container& container, std::string_view name) {
  for (const auto& [known, value] : container.env)
    if (known == name) return value;
  return "<none>";
}

TEST(ExecPlan, CommandAndArgsReplaceTheImagesOwn) {
  using Words = std::vector<std::string>;
  const std::vector<std::pair<std::string, Words>> cases = {
      {"", {"/opt/entrypoint.sh", "default"}},
      {R"x(,"args":["driver","$(KUBERNETES_SERVICE_PORT)"])x",
       {"/opt/entrypoint.sh", "driver", "6443"}},
      {R"(,"command":["sh"])", {"sh"}},
      {R"x(,"command":["sh"],"args":["-c","$$(X) $(X) $Y"])x", {"sh", "-c", "$(X) $(X) $Y"}}};
  for (const auto& [container, expected] : cases) {
    const Result<ExecPlan> plan = make_plan(*pod(container), resolved());
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    EXPECT_EQ(plan->containers[0].argv, expected) << container;
  }
}

TEST(ExecPlan, EnvironmentIsKubelets) {
  const std::string container =
      R"x(,"envFrom":[{"configMapRef":{"name":"map"}},{"prefix":"S_","secretRef":{"name":"secret"}}],
       "env":[{"name":"ONE","value":"1"},{"name":"TWO","value":"$(ONE)2"},{"name":"ONE","value":"later"},
       {"name":"IP","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}},
       {"name":"LABEL","valueFrom":{"fieldRef":{"fieldPath":"metadata.labels['app']"}}},
       {"name":"PASS","valueFrom":{"secretKeyRef":{"name":"secret","key":"password"}}},
       {"name":"MAY","valueFrom":{"configMapKeyRef":{"name":"none","key":"k","optional":true}}},
       {"name":"MEMORY","valueFrom":{"resourceFieldRef":{"resource":"limits.memory","divisor":"1Mi"}}},
       {"name":"CPU","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu"}}}],
       "resources":{"limits":{"memory":"1Gi","cpu":"1500m"}})x";
  const Result<ExecPlan> plan = make_plan(*pod(container), resolved());
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  const Container& made = plan->containers[0];
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"ONE", "later"},
      {"TWO", "12"},
      {"IP", "127.9.0.2"},
      {"LABEL", "x"},
      {"a", "1"},
      {"b", "two"},
      {"bad key", "<none>"},
      {"S_password", "hunter2"},
      {"PASS", "hunter2"},
      {"MAY", "<none>"},
      {"MEMORY", "1024"},
      {"CPU", "2"},
      {"PATH", "/opt/spark/bin:/usr/bin"},
      {"HOME", "/opt/spark"},
      {"HOSTNAME", "driver"},
      {"KUBERNETES_SERVICE_HOST", "127.0.0.1"},
      {"SPARK_HOME", "/opt/spark"}};
  for (const auto& [name, value] : expected) EXPECT_EQ(env_of(made, name), value) << name;
  EXPECT_EQ(made.memory_limit, 1024 * 1024 * 1024);
  EXPECT_EQ(made.cpu_limit, 1500);
  EXPECT_EQ(made.user, 185);
}

TEST(ExecPlan, VolumesBecomeFiles) {
  const Result<ExecPlan> plan =
      make_plan(*pod(R"(,"volumeMounts":[{"name":"conf","mountPath":"/opt/spark/conf"},
                             {"name":"data","mountPath":"/var/data/x","subPath":"sub","readOnly":true}])",
                     R"([{"name":"conf","configMap":{"name":"map","defaultMode":256,
               "items":[{"key":"a","path":"spark.properties","mode":420}]}},
              {"name":"data","emptyDir":{}},
              {"name":"fast","emptyDir":{"medium":"Memory","sizeLimit":"1Mi"}},
              {"name":"host","hostPath":{"path":"/srv","type":"Directory"}},
              {"name":"all","projected":{"sources":[
                {"serviceAccountToken":{"path":"token","expirationSeconds":3607}},
                {"secret":{"name":"secret"}},
                {"configMap":{"name":"map","items":[{"key":"bin","path":"deep/bin"}]}},
                {"downwardAPI":{"items":[{"path":"namespace","fieldRef":{"fieldPath":"metadata.namespace"}},
                                         {"path":"labels","fieldRef":{"fieldPath":"metadata.labels"}}]}}]}}])"),
                resolved());
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  const std::vector<Volume>& volumes = plan->volumes;
  EXPECT_EQ(volumes[0].files, (std::vector<File>{{"spark.properties", "1", 0644}}));
  EXPECT_EQ(volumes[1].kind, VolumeKind::kEmptyDir);
  EXPECT_EQ(volumes[2].kind, VolumeKind::kMemoryDir);
  EXPECT_EQ(volumes[2].size_limit, 1024 * 1024);
  EXPECT_EQ(volumes[3].host_path, "/srv");
  EXPECT_EQ(volumes[4].files, (std::vector<File>{{"token", "the-token", 0600},
                                                 {"password", "hunter2", 0644},
                                                 {"deep/bin", std::string("\0\1", 2), 0644},
                                                 {"namespace", "ns", 0644},
                                                 {"labels", "app=\"x\"\nb=\"y\"", 0644}}));
  EXPECT_TRUE(volumes[4].has_token);
  EXPECT_EQ(plan->containers[0].mounts, (std::vector<Mount>{{"conf", "/opt/spark/conf", "", true},
                                                            {"data", "/var/data/x", "sub", true}}));
}

struct Refusal {
  std::string container;
  std::string volumes;
  ErrorCode code;
  std::string_view message;
};

TEST(ExecPlan, WhatIsMissingIsTriedAgainAndWhatIsWrongIsNot) {
  const std::vector<Refusal> cases = {
      {"", R"([{"name":"v","configMap":{"name":"gone"}}])", ErrorCode::kNotFound,
       "MountVolume.SetUp failed for volume \"v\": configmap \"gone\" not found"},
      {"", R"([{"name":"v","secret":{"secretName":"gone"}}])", ErrorCode::kNotFound,
       "MountVolume.SetUp failed for volume \"v\": secret \"gone\" not found"},
      {"", R"([{"name":"v","configMap":{"name":"map","items":[{"key":"z","path":"z"}]}}])",
       ErrorCode::kNotFound, "references non-existent key: z"},
      {R"(,"env":[{"name":"X","valueFrom":{"secretKeyRef":{"name":"secret","key":"z"}}}])", "[]",
       ErrorCode::kNotFound, "couldn't find key z in Secret ns/secret"},
      {"", R"([{"name":"v","persistentVolumeClaim":{"claimName":"gone"}}])", ErrorCode::kNotFound,
       "persistentvolumeclaim \"gone\" not found, or not bound yet"},
      {"", R"([{"name":"v","nfs":{"server":"s"}}])", ErrorCode::kInvalid,
       "is of type nfs, which this node does not have"},
      {R"(,"volumeMounts":[{"name":"none","mountPath":"/x"}])", "[]", ErrorCode::kInvalid,
       "mounts volume \"none\", which the pod does not have"},
      {R"(,"securityContext":{"runAsUser":0,"runAsNonRoot":true})", "[]", ErrorCode::kInvalid,
       "container has runAsNonRoot and image will run as root"},
      {"", R"([{"name":"v","configMap":{"name":"map","items":[{"key":"a","path":"../x"}]}}])",
       ErrorCode::kInvalid, "path ../x leaves the volume"}};
  for (const Refusal& one : cases) {
    const Result<ExecPlan> plan = make_plan(*pod(one.container, one.volumes), resolved());
    ASSERT_FALSE(plan.has_value()) << one.message;
    EXPECT_EQ(plan.error().code, one.code) << plan.error().message;
    EXPECT_NE(plan.error().message.find(one.message), std::string::npos) << plan.error().message;
  }
}

TEST(ExecPlan, ClaimIsTheDirectoryOfItsVolume) {
  Resolved known = resolved();
  known.claims = {{"data", "/volumes/pvc-1"}, {"driver-tmp", "/volumes/pvc-2"}};
  const json::Document document =
      pod(R"(,"volumeMounts":[{"name":"v","mountPath":"/v"},{"name":"tmp","mountPath":"/t"}])",
          R"([{"name":"v","persistentVolumeClaim":{"claimName":"data","readOnly":true}},
          {"name":"tmp","ephemeral":{"volumeClaimTemplate":{}}}])");
  EXPECT_EQ(references_of(*document).claims, (std::vector<std::string>{"data", "driver-tmp"}));
  const Result<ExecPlan> plan = make_plan(*document, known);
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  EXPECT_EQ(plan->volumes[0].host_path, "/volumes/pvc-1");
  EXPECT_EQ(plan->volumes[1].host_path, "/volumes/pvc-2");
  EXPECT_TRUE(plan->containers[0].mounts[0].read_only);
  EXPECT_FALSE(plan->containers[0].mounts[1].read_only);
}

TEST(ExecPlan, ReferencesNameWhatHasToBeFetched) {
  const References found = references_of(*pod(
      R"(,"envFrom":[{"configMapRef":{"name":"m1","optional":true}}],
       "env":[{"name":"X","valueFrom":{"secretKeyRef":{"name":"s1","key":"k"}}}])",
      R"([{"name":"a","configMap":{"name":"m1"}},{"name":"b","secret":{"secretName":"s2","optional":true}},
         {"name":"t","projected":{"sources":[{"serviceAccountToken":{"path":"t","expirationSeconds":3607}},
                                             {"configMap":{"name":"ca"}}]}}])"));
  ASSERT_EQ(found.config_maps.size(), 2U);
  EXPECT_EQ(found.config_maps[0].name, "ca");
  EXPECT_EQ(found.config_maps[1].name, "m1");
  EXPECT_FALSE(found.config_maps[1].optional);
  ASSERT_EQ(found.secrets.size(), 2U);
  EXPECT_TRUE(found.secrets[1].optional);
  ASSERT_EQ(found.tokens.size(), 1U);
  EXPECT_EQ(found.tokens[0].expiration_seconds, 3607);
}

}  // namespace
}  // namespace firesteel::node::plan
