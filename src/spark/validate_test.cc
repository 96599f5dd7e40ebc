#include "spark/validate.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/fd.h"
#include "base/json/patch.h"
#include "base/json/yaml.h"

namespace firesteel::spark {
namespace {

json::Value yaml(std::string_view text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << documents.error().message << "\n" << text;
  return documents.has_value() ? documents->front().value : json::Value();
}

constexpr std::string_view kGood = R"(
metadata: {name: pi, namespace: jobs}
spec:
  type: Scala
  mode: cluster
  image: apache/spark:3.5.9
  mainClass: org.apache.spark.examples.SparkPi
  driver: {cores: 1, memory: 512m}
  executor: {cores: 1, instances: 1, memory: 512m}
)";

struct Case {
  std::string patch;  // merged into the good application
  std::string path;   // "" = nothing to complain about
  std::string part;   // of the message
};

void check(const std::vector<Problem>& found, const Case& expected) {
  if (expected.path.empty()) {
    EXPECT_TRUE(found.empty()) << expected.patch << ": " << found.front().path << ": "
                               << found.front().message;
    return;
  }
  const auto at = std::ranges::find(found, expected.path, &Problem::path);
  ASSERT_NE(at, found.end()) << expected.patch << " should name " << expected.path
                             << (found.empty() ? "" : ", found " + found.front().path);
  EXPECT_NE(at->message.find(expected.part), std::string::npos) << at->message;
}

Validation validated(const std::string& patch) {
  return validate(json::apply_merge_patch(yaml(kGood), yaml(patch)));
}

const std::string k63(63, 'a');
const std::string k64(64, 'a');

TEST(Validate, NamesEveryProblemWithItsPath) {
  const std::vector<Case> cases = {
      {"{}", "", ""},
      {"{metadata: {name: " + k63 + "}}", "", ""},
      {"{metadata: {name: " + k64 + "}}", "metadata.name", "(64 characters), expected at most 63"},
      {"{metadata: {name: 1a}}", "metadata.name", "starting with a letter"},
      {"{metadata: {name: a.b}}", "metadata.name", "lower-case letters"},
      {"{metadata: {name: a-}}", "metadata.name", "not ending with '-'"},
      {"{metadata: {name: null, generateName: a-}}", "", ""},
      {"{metadata: {labels: {spark-role: x}}}", "metadata.labels[spark-role]",
       "reserved for Spark bookkeeping operations"},
      {"{spec: null}", "spec", "missing, expected an object"},
      {"{spec: {type: Ruby}}", "spec.type",
       "found \"Ruby\", expected one of Java, Python, Scala, R"},
      {"{spec: {type: python}}", "spec.type", "did you mean Python?"},
      {"{spec: {type: null}}", "spec.type", "missing"},
      {"{spec: {driver: null}}", "spec.driver", "missing"},
      {"{spec: {mode: client}}", "spec.mode", "expected cluster"},
      {"{spec: {driver: {cores: 0}}}", "spec.driver.cores", "found 0, expected 1 or more"},
      {"{spec: {driver: {cores: '1'}}}", "spec.driver.cores",
       "found \"1\", expected a whole number"},
      {"{spec: {driver: {cores: 1.5}}}", "spec.driver.cores", "found 1.5, expected a whole number"},
      {"{spec: {executor: {instances: 3000000000}}}", "spec.executor.instances",
       "2147483647 or less"},
      {"{spec: {executor: {instances: 18446744073709551615}}}", "spec.executor.instances",
       "or less"},
      {"{spec: {driver: {memory: 512}}}", "spec.driver.memory",
       "found 512, expected a string such as"},
      {"{spec: {driver: {memory: 1.5g}}}", "spec.driver.memory", "expected a Java size"},
      {"{spec: {driver: {memory: 1Gi}}}", "spec.driver.memory", "expected a Java size"},
      {"{spec: {driver: {memory: 0m}}}", "spec.driver.memory", "expected 1m or more"},
      {"{spec: {executor: {memory: -1g}}}", "spec.executor.memory", "expected a Java size"},
      {"{spec: {executor: {memoryOverhead: lots}}}", "spec.executor.memoryOverhead", "Java size"},
      {"{spec: {driver: {coreLimit: 1200n}}}", "spec.driver.coreLimit",
       "expected the request of 1"},
      {"{spec: {driver: {coreLimit: 1200x}}}", "spec.driver.coreLimit", "expected a CPU quantity"},
      {"{spec: {driver: {coreLimit: 1200m}}}", "", ""},
      {"{spec: {driver: {coreLimit: 900m}}}", "spec.driver.coreLimit", "limit below the request"},
      {"{spec: {driver: {coreLimit: 900m, coreRequest: 500m}}}", "", ""},
      {"{spec: {restartPolicy: {type: Sometimes}}}", "spec.restartPolicy.type",
       "expected one of Never"},
      {"{spec: {restartPolicy: {onFailureRetries: -1}}}", "spec.restartPolicy.onFailureRetries",
       "0 or more"},
      {"{spec: {nodeSelector: {a: b}, driver: {nodeSelector: {c: d}}}}", "spec.driver.nodeSelector",
       "only one of the two"},
      {"{spec: {nodeSelector: {a: b}, executor: {nodeSelector: {c: d}}}}",
       "spec.executor.nodeSelector", "only one of the two"},
      {"{spec: {sparkConf: {spark.master: local}}}", "spec.sparkConf[spark.master]",
       "is not allowed"},
      {"{spec: {sparkConf: {spark.kubernetes.container.image: x}}}",
       "spec.sparkConf[spark.kubernetes.container.image]", "use spec.image"},
      {"{spec: {sparkConf: {spark.kubernetes.namespace: other}}}",
       "spec.sparkConf[spark.kubernetes.namespace]", "is not allowed"},
      {"{spec: {sparkConf: {spark.kubernetes.namespace: jobs}}}", "", ""},
      {"{spec: {sparkConf: {spark.ui.enabled: false}}}", "spec.sparkConf[spark.ui.enabled]",
       "found false, expected a string (put it in quotes)"},
      {"{spec: {arguments: [a, 1]}}", "spec.arguments[1]", "found 1, expected a string"},
      {"{spec: {arguments: a}}", "spec.arguments", "found \"a\", expected a list"},
      {"{spec: {volumes: [{name: a, emptyDir: {}}, {name: a, emptyDir: {}}]}}",
       "spec.volumes[1].name", "twice"},
      {"{spec: {volumes: [{emptyDir: {}}]}}", "spec.volumes[0].name", "missing"},
      {"{spec: {volumes: [{name: spark-local-dir-1, secret: {}}]}}", "spec.volumes[0]",
       "expected emptyDir"},
      {"{spec: {volumes: [{name: data, emptyDir: {}}], driver: {volumeMounts: [{name: dta, "
       "mountPath: /d}]}}}",
       "spec.driver.volumeMounts[0].name", "did you mean data?"},
      {"{spec: {monitoring: {exposeDriverMetrics: true}}}", "spec.monitoring.exposeExecutorMetrics",
       "missing"},
      {"{spec: {driverIngressOptions: [{servicePort: 80, servicePortName: a}]}}",
       "spec.driverIngressOptions[0].ingressURLFormat", "missing"},
      {"{spec: {dynamicAllocation: {enabled: true, minExecutors: 3, maxExecutors: 2}}}",
       "spec.dynamicAllocation.minExecutors", "maxExecutors (2) or less"},
      {"{spec: {sparkConf: {spark.kubernetes.executor.deleteOnTerminaton: 'false'}}}",
       "spec.sparkConf[spark.kubernetes.executor.deleteOnTerminaton]",
       "did you mean spark.kubernetes.executor.deleteOnTermination?"},
      {"{spec: {dynamicAllocation: {enabled: true}, sparkConf: {spark.dynamicAllocation.enabled: "
       "'false'}}}",
       "spec.sparkConf[spark.dynamicAllocation.enabled]", "spec.dynamicAllocation.enabled: true"},
      {"{spec: {sparkConf: {spark.dynamicAllocation.enabled: 'true', "
       "spark.dynamicAllocation.minExecutors: '5', spark.dynamicAllocation.maxExecutors: '2'}}}",
       "spec.sparkConf[spark.dynamicAllocation.minExecutors]", "found 5, expected"},
      {"{spec: {sparkConf: {spark.dynamicAllocation.enabled: 'true', "
       "spark.dynamicAllocation.maxExecutors: none}}}",
       "spec.sparkConf[spark.dynamicAllocation.maxExecutors]", "expected a whole number"},
      {"{spec: {dynamicAllocation: {enabled: true, maxExecutors: 2}, executor: {instances: 3}}}",
       "spec.executor.instances", "found 3, expected"},
      {"{spec: {dynamicAllocation: {enabled: true, shuffleTrackingEnabled: false}}}",
       "spec.dynamicAllocation.shuffleTrackingEnabled", "shuffle"},
      {"{spec: {sparkConf: {spark.kubernetes.executor.volumes.emptyDir.a.mount.path: /a, "
       "spark.kubernetes.executor.volumes.emptyDir.a.options.sizeLimit: 10g}}}",
       "spec.sparkConf[spark.kubernetes.executor.volumes.emptyDir.a.options.sizeLimit]",
       "such as 10Gi"},
      {"{spec: {sparkConf: {spark.kubernetes.driver.volumes.emptyDir.a.mount.path: /a, "
       "spark.kubernetes.driver.volumes.emptyDir.a.options.sizeLimit: 2048m}}}",
       "spec.sparkConf[spark.kubernetes.driver.volumes.emptyDir.a.options.sizeLimit]",
       "thousandths"},
      {"{spec: {volumes: [{name: a, emptyDir: {}}, {name: b, emptyDir: {}}], driver: "
       "{volumeMounts: [{name: a, mountPath: /d}, {name: b, mountPath: /d}]}}}",
       "spec.driver.volumeMounts[1].mountPath", "Found duplicated mountPath: '/d'"},
      {"{spec: {driver: {configMaps: [{name: c, path: /opt/spark/conf}]}}}",
       "spec.driver.configMaps[0].path", "Found duplicated mountPath"},
      {"{spec: {volumes: [{name: a, emptyDir: {}}], executor: {secrets: [{name: s, path: /d, "
       "secretType: Generic}], volumeMounts: [{name: a, mountPath: /d}]}}}",
       "spec.executor.volumeMounts[0].mountPath", "in the executor's container"},
      {"{spec: {sparkConf: {spark.firesteel.podSecurity: baseline}}}",
       "spec.sparkConf[spark.firesteel.podSecurity]", "expected one of privileged | restricted"},
      {"{spec: {sparkConf: {spark.firesteel.podsecurity: privileged}}}",
       "spec.sparkConf[spark.firesteel.podsecurity]", "expected spark.firesteel.podSecurity"},
      {"{spec: {executor: {secrets: [{name: a.b, path: /d, secretType: Generic}]}}}",
       "spec.executor.secrets[0]", "Spark calls a volume a.b-volume"},
      {"{spec: {sparkConf: {spark.kubernetes.executor.podNamePrefix: Exec_}}}",
       "spec.sparkConf[spark.kubernetes.executor.podNamePrefix]", "executors are called after it"},
      {"{spec: {image: null}}", "spec.image", "Must specify the driver container image"},
      {"{spec: {mainClass: org.example.Main}}", "spec.mainApplicationFile", "missing"},
  };
  for (const Case& one : cases) check(validated(one.patch).problems, one);
}

TEST(Validate, ReportsAllProblemsAtOnce) {
  const Validation out = validated(
      "{metadata: {name: BAD}, spec: {mode: client, driver: {memory: x}, executor: {memory: y}}}");
  EXPECT_EQ(out.problems.size(), 4U);
  const Error error = to_error(out, yaml("{kind: SparkApplication, metadata: {name: BAD}}"));
  EXPECT_EQ(error.code, ErrorCode::kInvalid);
  EXPECT_TRUE(error.message.starts_with(
      "SparkApplication.sparkoperator.k8s.io \"BAD\" is invalid: [metadata.name: found \"BAD\""))
      << error.message;
}

TEST(Validate, WarnsOfWhatHasNoEffect) {
  const std::vector<Case> cases = {
      {"{}", "", ""},
      {"{spec: {driver: {memroy: 1g}}}", "spec.driver.memroy", "did you mean memory?"},
      {"{spec: {xyzzyplugh: 1}}", "spec.xyzzyplugh", "unknown field"},
      {"{spec: {driver: {memory: 1gb}}}", "", ""},
      {"{spec: {executor: {memoryLimit: 4g}}}", "", ""},
      {"{spec: {executor: {memoryLimit: 512m}}}", "spec", "a limit cannot be lower"},
      {"{spec: {sparkConf: {fs.s3a.endpoint: x}}}", "spec.sparkConf[fs.s3a.endpoint]",
       "do not start with"},
      {"{spec: {sparkConf: {spark.kubernetes.driver.label.anything: x}}}", "", ""},
      {"{spec: {sparkConf: {spark.driver.memory: 4g}}}", "spec.sparkConf[spark.driver.memory]",
       "has no effect: spec.driver.memory decides"},
      {"{spec: {failureRetries: 3}}", "spec.failureRetries", "use spec.restartPolicy"},
      {"{spec: {sparkVersion: 3.4.1}}", "spec", "the tag of image"},
      {"{spec: {sparkVersion: 5.0.0, image: x}}", "spec", "Spark 5.0 is not known"},
      {"{spec: {image: 'my/image:latest'}}", "spec", "Set spec.sparkVersion"},
      {"{spec: {type: Python, mainApplicationFile: 'local:///a'}}", "spec.mainApplicationFile",
       "end in .py"},
  };
  for (const Case& one : cases) {
    const Validation out = validated(one.patch);
    EXPECT_TRUE(out.ok()) << one.patch << " " << out.problems.front().path
                          << out.problems.front().message;
    check(out.warnings, one);
  }
}

TEST(Validate, AcceptsThePrintedManifestsWithoutAWord) {
  for (const std::string name :
       {"spark-pi-test", "data-processing-test", "sample-spark-job", "iceberg-etl-test"}) {
    const auto text = read_file(std::string(FIRESTEEL_SOURCE_DIR) +
                                "/kubernetes/apps/data-platform/examples/" + name + ".yaml");
    ASSERT_TRUE(text.has_value());
    const Validation out = validate(yaml(*text));
    check(out.problems, {name, "", ""});
    check(out.warnings, {name, "", ""});
  }
}

// Replaces every member of `node` in turn by values of a wrong type, and calls `check` with the
// whole document.
void for_each_damage(json::Value& root, json::Value& node,
                     const std::function<void(const json::Value&)>& check) {
  const std::vector<json::Value> damages = {nullptr,  1,    -1.5,          "",
                                            "\xff\n", true, json::Array{}, json::Object{}};
  const auto damage = [&](json::Value& member) {
    const json::Value kept = member;
    for (const json::Value& value : damages) {
      member = value;
      check(root);
    }
    member = kept;
    for_each_damage(root, member, check);
  };
  if (node.is_object()) {
    for (auto& member : node.get_object()) damage(member.value());
  } else if (node.is_array()) {
    for (json::Value& item : node.get_array()) damage(item);
  }
}

TEST(Validate, SurvivesEveryWrongType) {
  const auto text =
      read_file(std::string(FIRESTEEL_SOURCE_DIR) + "/src/spark/testdata/all-settings.yaml");
  ASSERT_TRUE(text.has_value());
  json::Value application = yaml(*text);
  const Validation whole = validate(application);
  check(whole.problems, {"all-settings", "", ""});
  std::size_t refused = 0;
  for_each_damage(application, application, [&](const json::Value& damaged) {
    const Validation out = validate(damaged);
    if (!out.ok()) ++refused;
    for (const Problem& problem : out.problems) EXPECT_FALSE(problem.path.empty());
  });
  EXPECT_GT(refused, 500U);
}

TEST(Validate, FindsTheProblemsOfAScheduledTemplate) {
  json::Value application = yaml(kGood);
  json::Value scheduled =
      yaml("{metadata: {name: nightly, namespace: jobs}, spec: {schedule: '@daily'}}");
  json::make_object(scheduled, {"spec"})["template"] = *json::find(application, "spec");
  check(validate_scheduled(scheduled).problems, {"good", "", ""});
  json::make_object(scheduled, {"spec", "template", "driver"})["memory"] = "1x";
  json::make_object(scheduled, {"spec"})["concurrencyPolicy"] = "Sometimes";
  const Validation out = validate_scheduled(scheduled);
  check(out.problems, {"memory", "spec.template.driver.memory", "Java size"});
  check(out.problems, {"policy", "spec.concurrencyPolicy", "expected one of Allow"});
}

}  // namespace
}  // namespace firesteel::spark
