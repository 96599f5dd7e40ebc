#include "spark/pod_settings.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "base/json/yaml.h"
#include "spark/defaults.h"
#include "spark/names.h"
#include "spark/submission.h"

namespace firesteel::spark {
namespace {

// Everything that the Kubeflow operator's webhook patches into pods, in its order (reference
// kubeflow-operator.md, d.3), for both roles: the driver's pod, and the template of executors.
struct Patch {
  std::string_view what;
  std::string_view spec;  // YAML, merged into spec; ROLE stands for driver or executor
  std::string_view path;  // in the pod; "C" is Spark's container
  std::string_view item;  // JSON that stands there, or in the list there
};

constexpr Patch kPatches[] = {
    {"env", "ROLE: {env: [{name: A, value: '1'}]}", "C.env", R"({"name":"A","value":"1"})"},
    {"env from a Secret", "ROLE: {env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]}",
     "C.env", R"({"name":"A","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}})"},
    {"envFrom", "ROLE: {envFrom: [{secretRef: {name: s}}]}", "C.envFrom",
     R"({"secretRef":{"name":"s"}})"},
    {"hadoopConfigMap: volume", "hadoopConfigMap: h", "spec.volumes",
     R"({"name":"hadoop-configmap-volume","configMap":{"name":"h"}})"},
    {"hadoopConfigMap: mount", "hadoopConfigMap: h", "C.volumeMounts",
     R"({"name":"hadoop-configmap-volume","mountPath":"/etc/hadoop/conf","readOnly":true})"},
    {"hadoopConfigMap: variable", "hadoopConfigMap: h", "C.env",
     R"({"name":"HADOOP_CONF_DIR","value":"/etc/hadoop/conf"})"},
    {"sparkConfigMap: volume", "sparkConfigMap: c", "spec.volumes",
     R"({"name":"spark-configmap-volume","configMap":{"name":"c"}})"},
    {"sparkConfigMap: mount", "sparkConfigMap: c", "C.volumeMounts",
     R"({"name":"spark-configmap-volume","mountPath":"/etc/spark/conf","readOnly":true})"},
    {"sparkConfigMap: variable", "sparkConfigMap: c", "C.env",
     R"({"name":"SPARK_CONF_DIR","value":"/etc/spark/conf"})"},
    {"configMaps: volume", "ROLE: {configMaps: [{name: m, path: /m}]}", "spec.volumes",
     R"({"name":"m-vol","configMap":{"name":"m"}})"},
    {"configMaps: mount", "ROLE: {configMaps: [{name: m, path: /m}]}", "C.volumeMounts",
     R"({"name":"m-vol","mountPath":"/m","readOnly":true})"},
    {"volumes",
     "volumes: [{name: v, emptyDir: {}}], ROLE: {volumeMounts: [{name: v, mountPath: /v}]}",
     "spec.volumes", R"({"name":"v","emptyDir":{}})"},
    {"volumeMounts",
     "volumes: [{name: v, emptyDir: {}}], ROLE: {volumeMounts: [{name: v, mountPath: /v}]}",
     "C.volumeMounts", R"({"name":"v","mountPath":"/v"})"},
    {"ports", "ROLE: {ports: [{name: p, containerPort: 5005, protocol: TCP}]}", "C.ports",
     R"({"name":"p","containerPort":5005,"protocol":"TCP"})"},
    {"hostNetwork", "ROLE: {hostNetwork: true}", "spec.hostNetwork", "true"},
    {"hostNetwork: names", "ROLE: {hostNetwork: true}", "spec.dnsPolicy",
     R"("ClusterFirstWithHostNet")"},
    {"hostAliases", "ROLE: {hostAliases: [{ip: 10.0.0.1, hostnames: [db]}]}", "spec.hostAliases",
     R"({"ip":"10.0.0.1","hostnames":["db"]})"},
    {"initContainers", "ROLE: {initContainers: [{name: i, image: b}]}", "spec.initContainers",
     R"({"name":"i","image":"b"})"},
    {"sidecars", "ROLE: {sidecars: [{name: i, image: b}]}", "spec.containers",
     R"({"name":"i","image":"b"})"},
    {"dnsConfig", "ROLE: {dnsConfig: {searches: [a]}}", "spec.dnsConfig", R"({"searches":["a"]})"},
    {"priorityClassName", "ROLE: {priorityClassName: high}", "spec.priorityClassName", R"("high")"},
    {"affinity", "ROLE: {affinity: {nodeAffinity: {}}}", "spec.affinity", R"({"nodeAffinity":{}})"},
    {"tolerations", "ROLE: {tolerations: [{operator: Exists}]}", "spec.tolerations",
     R"({"operator":"Exists"})"},
    {"gpu", "ROLE: {gpu: {name: nvidia.com/gpu, quantity: 2}}", "C.resources.limits",
     R"({"nvidia.com/gpu":"2"})"},
    {"Prometheus: volume", "monitoring: MONITORING", "spec.volumes",
     R"({"name":"app-prom-conf-vol","configMap":{"name":"app-prom-conf"}})"},
    {"Prometheus: mount", "monitoring: MONITORING", "C.volumeMounts",
     R"({"name":"app-prom-conf-vol","mountPath":"/etc/metrics/conf","readOnly":true})"},
    {"Prometheus: port", "monitoring: MONITORING", "C.ports",
     R"({"name":"jmx-exporter","containerPort":8090,"protocol":"TCP"})"},
    {"securityContext", "ROLE: {securityContext: {readOnlyRootFilesystem: true}}",
     "C.securityContext", R"({"readOnlyRootFilesystem":true})"},
    {"podSecurityContext", "ROLE: {podSecurityContext: {fsGroup: 185}}", "spec.securityContext",
     R"({"fsGroup":185})"},
    {"terminationGracePeriodSeconds", "ROLE: {terminationGracePeriodSeconds: 9}",
     "spec.terminationGracePeriodSeconds", "9"},
    {"lifecycle", "ROLE: {lifecycle: {preStop: {exec: {command: [sync]}}}}", "C.lifecycle",
     R"({"preStop":{"exec":{"command":["sync"]}}})"},
    {"shareProcessNamespace", "ROLE: {shareProcessNamespace: true}", "spec.shareProcessNamespace",
     "true"},
};

// What reaches executors by a property instead, which the driver turns into their pods.
constexpr Patch kProperties[] = {
    {"schedulerName", "ROLE: {schedulerName: s}", "spark.kubernetes.ROLE.scheduler.name", "s"},
    {"nodeSelector", "ROLE: {nodeSelector: {a: b}}", "spark.kubernetes.ROLE.node.selector.a", "b"},
    {"labels", "ROLE: {labels: {a: b}}", "spark.kubernetes.ROLE.label.a", "b"},
    {"annotations", "ROLE: {annotations: {a: b}}", "spark.kubernetes.ROLE.annotation.a", "b"},
    {"serviceAccount", "ROLE: {serviceAccount: s}",
     "spark.kubernetes.authenticate.ROLE.serviceAccountName", "s"},
    {"secrets", "ROLE: {secrets: [{name: s, path: /s, secretType: Generic}]}",
     "spark.kubernetes.ROLE.secrets.s", "/s"},
    {"envSecretKeyRefs", "ROLE: {envSecretKeyRefs: {A: {name: s, key: k}}}",
     "spark.kubernetes.ROLE.secretKeyRef.A", "s:k"},
    {"coreLimit", "ROLE: {coreLimit: 1200m}", "spark.kubernetes.ROLE.limit.cores", "1200m"},
    {"Prometheus: annotation", "monitoring: MONITORING",
     "spark.kubernetes.ROLE.annotation.prometheus.io/port", "8090"},
};

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what)) {
    text.replace(at, what.size(), with);
  }
  return text;
}

Submission built(std::string_view spec, std::string_view role) {
  const std::string more = replaced(
      replaced(std::string(spec), "ROLE", role), "MONITORING",
      "{exposeDriverMetrics: true, exposeExecutorMetrics: true, prometheus: {jmxExporterJar: /j}}");
  const auto documents = json::parse_yaml(fmt::format(
      "{{metadata: {{name: app, namespace: jobs}}, spec: {{type: Scala, mainClass: "
      "org.example.Main, "
      "sparkVersion: 3.5.9, mainApplicationFile: 'local:///a.jar', image: 'team/spark:1', {}}}}}",
      more));
  EXPECT_TRUE(documents.has_value()) << more;
  AttemptInputs inputs;
  inputs.unique_id = "a1b2c30199f0e1d2";
  auto out = build_submission(apply_defaults(documents->front().value), inputs);
  EXPECT_TRUE(out.has_value()) << more << out.error().message;
  return out.has_value() ? std::move(*out) : Submission();
}

json::Value pod_of(const Submission& submission, std::string_view role) {
  if (role == kRoleDriver) return submission.driver_pod;
  for (const json::Value& object : submission.dependents) {
    const std::string_view text = json::string_at(object, {"data", kPodTemplateKey});
    if (!text.empty()) return *json::parse(text);
  }
  return {};
}

const json::Value* value_at(const json::Value& pod, std::string_view path, std::string_view name) {
  const json::Value* at = &pod;
  if (path.starts_with("C.")) {
    path.remove_prefix(2);
    for (const json::Value& container : json::array_at(pod, {"spec", "containers"})) {
      if (json::string_at(container, "name") == name) at = &container;
    }
  }
  while (at != nullptr && !path.empty()) {
    const std::size_t dot = path.find('.');
    at = json::find(*at, path.substr(0, dot));
    path = dot == path.npos ? std::string_view() : path.substr(dot + 1);
  }
  return at;
}

bool holds(const json::Value& value, const json::Value& item) {
  if (value.is_array())
    return std::ranges::find(value.get_array(), item) != value.get_array().end();
  if (!item.is_object() || !value.is_object()) return value == item;
  return std::ranges::all_of(item.get_object(), [&](const auto& member) {
    const json::Value* found = json::find(value, member.key());
    return found != nullptr && *found == member.value();
  });
}

TEST(PodSettings, HaveAllThatTheWebhookPatchesIntoDriversAndExecutors) {
  for (const std::string_view role : {kRoleDriver, kRoleExecutor}) {
    for (const Patch& patch : kPatches) {
      const json::Value pod = pod_of(built(patch.spec, role), role);
      const json::Value* found =
          value_at(pod, patch.path, role == kRoleDriver ? kDriverContainer : kExecutorContainer);
      ASSERT_NE(found, nullptr) << role << " " << patch.what << json::print(pod);
      EXPECT_TRUE(holds(*found, *json::parse(patch.item)))
          << role << " " << patch.what << ": " << json::print(*found);
    }
    for (const Patch& patch : kProperties) {
      EXPECT_EQ(built(patch.spec, role).conf.get(replaced(std::string(patch.path), "ROLE", role)),
                patch.item)
          << role << " " << patch.what;
    }
  }
}

TEST(PodSettings, RaiseTheMemoryLimitOfDriversAndExecutors) {
  const Submission driver = built("driver: {memoryLimit: 4g}", "driver");
  EXPECT_EQ(*value_at(driver.driver_pod, "C.resources.limits.memory", kDriverContainer),
            json::Value("4096Mi"));
  const auto overhead = [](std::string_view limit) {
    const Submission out = built(fmt::format("executor: {{memory: 1g{}}}", limit), "executor");
    return out.conf.get("spark.executor.memoryOverhead");
  };
  EXPECT_EQ(overhead(""), "");
  EXPECT_EQ(overhead(", memoryLimit: 4g"), "3072m");
  EXPECT_EQ(overhead(", memoryLimit: 4Gi"), "3072m");
  EXPECT_EQ(overhead(", memoryLimit: 4g, memoryOverhead: 512m"), "3072m");
  EXPECT_EQ(overhead(", memoryLimit: 1g"), "") << "a limit cannot be below the request";
}

TEST(PodSettings, FindSparksContainerInATemplate) {
  struct Case {
    std::string_view containers;
    std::string_view conf;
    std::string_view chosen;
  };
  for (const Case& one : {
           Case{"[]", "{}", kExecutorContainer},
           Case{"[{image: b}]", "{}", kExecutorContainer},
           Case{"[{name: main}, {name: side}]", "{}", "main"},
           Case{"[{name: side}, {name: executor}]", "{}", "executor"},
           Case{"[{name: executor}, {name: spark-kubernetes-executor}]", "{}", kExecutorContainer},
           Case{"[{name: side}, {name: mine}]",
                "{spark.kubernetes.executor.podTemplateContainerName: mine}", "mine"},
       }) {
    const Submission out = built(
        fmt::format("sparkConf: {}, executor: {{env: [{{name: A, value: '1'}}], template: {{spec: "
                    "{{containers: {}}}}}}}",
                    one.conf, one.containers),
        "executor");
    EXPECT_EQ(out.conf.get("spark.kubernetes.executor.podTemplateContainerName"), one.chosen);
    const json::Value pod = pod_of(out, "executor");
    const json::Value* env = value_at(pod, "C.env", one.chosen);
    ASSERT_NE(env, nullptr) << one.containers << json::print(pod);
  }
}

TEST(PodSettings, GiveTheDriversSettingsToTheContainerThatATemplateNamesOtherwise) {
  const Submission out = built(
      "driver: {env: [{name: A, value: '1'}], template: {spec: {containers: [{name: main}, {name: "
      "side, image: b}]}}}",
      "driver");
  EXPECT_EQ(json::array_at(out.driver_pod, {"spec", "containers"}).size(), 2U);
  const json::Value* env = value_at(out.driver_pod, "C.env", "main");
  ASSERT_NE(env, nullptr);
  EXPECT_TRUE(holds(*env, *json::parse(R"({"name":"A","value":"1"})")));
}

}  // namespace
}  // namespace firesteel::spark
