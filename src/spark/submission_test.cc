#include "spark/submission.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/fd.h"
#include "base/json/parse.h"
#include "base/json/print.h"
#include "base/json/yaml.h"
#include "kube/object.h"
#include "spark/defaults.h"
#include "spark/names.h"

namespace firesteel::spark {
namespace {

const std::string kExamples =
    std::string(FIRESTEEL_SOURCE_DIR) + "/kubernetes/apps/data-platform/examples/";

AttemptInputs inputs() {
  AttemptInputs out;
  out.submission_id = "11111111-2222-3333-4444-555555555555";
  out.application_id = "spark-0123456789abcdef0123456789abcdef";
  out.unique_id = "a1b2c30199f0e1d2";
  out.local_dir_id = "66666666-7777-8888-9999-000000000000";
  out.submitted_at = *parse_time("2026-11-22T17:39:33Z");
  out.kubernetes_master = "https://10.96.0.1:443";
  return out;
}

json::Value from_yaml(std::string_view text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << documents.error().message;
  return documents.has_value() ? documents->front().value : json::Value();
}

json::Value example(const std::string& file) {
  const auto text = read_file(kExamples + file);
  EXPECT_TRUE(text.has_value());
  json::Value out = from_yaml(text.value_or(""));
  json::make_object(out, {"metadata"})["uid"] = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
  return out;
}

Submission built(const json::Value& application, const AttemptInputs& with = inputs()) {
  auto out = build_submission(apply_defaults(application), with);
  EXPECT_TRUE(out.has_value()) << out.error().message;
  return out.has_value() ? std::move(*out) : Submission();
}

std::string printed(const Submission& submission) {
  std::string out = fmt::format("# driver {}, Spark {} ({})\n", submission.driver_pod_name,
                                submission.spark_version, submission.spark_version_source);
  for (const std::string& line : submission.inferred) out += "# inferred: " + line + "\n";
  for (const std::string& line : submission.warnings) out += "# warning: " + line + "\n";
  out += json::print_yaml(submission.driver_pod);
  for (const json::Value& object : submission.dependents) {
    out += "---\n" + json::print_yaml(object);
  }
  return out;
}

void check_golden(const std::string& name, const std::string& found) {
  const std::string path =
      std::string(FIRESTEEL_SOURCE_DIR) + "/src/spark/testdata/" + name + ".golden";
  if (getenv("UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file_atomically(path, found, 0644).has_value());
    return;
  }
  const auto expected = read_file(path);
  ASSERT_TRUE(expected.has_value()) << "run again with UPDATE_GOLDEN=1";
  EXPECT_EQ(found, *expected) << name;
}

TEST(Submission, MatchesTheGoldenOfEveryPrintedManifest) {
  for (const std::string name :
       {"spark-pi-test", "data-processing-test", "sample-spark-job", "iceberg-etl-test"}) {
    check_golden(name, printed(built(example(name + ".yaml"))));
  }
}

TEST(Submission, MatchesTheGoldenOfEveryMinorVersion) {
  for (const std::string version : {"3.5.9", "4.0.5", "4.1.4", "4.2.1", "4.3.0"}) {
    json::Value application = example("spark-pi-test.yaml");
    json::make_object(application, {"spec"})["image"] = "apache/spark:" + version;
    AttemptInputs with = inputs();
    with.network_policy = true;
    check_golden("spark-pi-" + version.substr(0, 3), printed(built(application, with)));
  }
}

// Everything that spec.driver and spec.executor can say, in one application.
TEST(Submission, MatchesTheGoldenOfAllPodSettings) {
  const auto text =
      read_file(std::string(FIRESTEEL_SOURCE_DIR) + "/src/spark/testdata/all-settings.yaml");
  ASSERT_TRUE(text.has_value());
  check_golden("all-settings", printed(built(from_yaml(*text))));
}

void check_mounts(const json::Value& pod, const std::string& what) {
  std::vector<std::string_view> volumes;
  for (const json::Value& volume : json::array_at(pod, {"spec", "volumes"})) {
    volumes.push_back(json::string_at(volume, "name"));
  }
  for (const json::Value& container : json::array_at(pod, {"spec", "containers"})) {
    for (const json::Value& mount : json::array_at(container, {"volumeMounts"})) {
      const std::string_view name = json::string_at(mount, "name");
      const bool by_spark = name.starts_with(kLocalVolumePrefix);  // executors: from conf
      EXPECT_TRUE(by_spark || std::ranges::find(volumes, name) != volumes.end()) << what << name;
    }
  }
}

TEST(Submission, MountsOnlyVolumesThatThePodHas) {
  std::vector<json::Value> applications;
  for (const std::string name : {"spark-pi-test", "sample-spark-job", "iceberg-etl-test"}) {
    applications.push_back(example(name + ".yaml"));
  }
  const auto text =
      read_file(std::string(FIRESTEEL_SOURCE_DIR) + "/src/spark/testdata/all-settings.yaml");
  applications.push_back(from_yaml(text.value_or("")));
  for (const json::Value& application : applications) {
    const Submission out = built(application);
    check_mounts(out.driver_pod, "driver ");
    for (const json::Value& object : out.dependents) {
      const std::string_view pod_template = json::string_at(object, {"data", kPodTemplateKey});
      if (!pod_template.empty()) check_mounts(*json::parse(pod_template), "executor ");
    }
  }
}

TEST(Submission, IsTheSameWhenBuiltTwice) {
  const json::Value application = example("sample-spark-job.yaml");
  EXPECT_EQ(printed(built(application)), printed(built(application)));
}

TEST(Submission, GivesExecutorsNoTemplateUnlessOneIsNeeded) {
  json::Value application = example("spark-pi-test.yaml");
  json::make_object(application, {"spec"})["sparkConf"] =
      json::Object{{"spark.firesteel.podSecurity", "privileged"}};
  const Submission plain = built(application);
  EXPECT_FALSE(plain.conf.has("spark.kubernetes.executor.podTemplateFile"));
  ASSERT_EQ(plain.dependents.size(), 2U);
  EXPECT_EQ(json::string_at(plain.dependents[0], "kind"), "Service");
  EXPECT_EQ(json::string_at(plain.dependents[1], "kind"), "ConfigMap");
}

TEST(Submission, TellsTheDriverWhereTheApiIsWhenThatIsNotTheDefault) {
  const auto driver_master = [](std::string master) {
    AttemptInputs with = inputs();
    with.kubernetes_master = std::move(master);
    return built(example("spark-pi-test.yaml"), with).conf.get("spark.kubernetes.driver.master");
  };
  EXPECT_EQ(driver_master("https://10.96.0.1:443"), "");
  EXPECT_EQ(driver_master("https://kubernetes.default.svc"), "");
  EXPECT_EQ(driver_master("https://[fd00::1]:443"), "");
  EXPECT_EQ(driver_master("https://127.0.0.1:6443"), "https://127.0.0.1:6443");
}

TEST(Submission, FallsBackToAShortServiceNameAtTheEdge) {
  const auto service = [](std::size_t length) {
    json::Value application = example("spark-pi-test.yaml");
    json::make_object(application, {"metadata"})["name"] = std::string(length, 'a');
    const Submission out = built(application);
    const std::string name(kube::name_of(out.dependents[0]));
    EXPECT_EQ(out.conf.get("spark.driver.host"), name + ".data-platform.svc");
    return name;
  };
  EXPECT_EQ(service(35), std::string(35, 'a') + "-a1b2c30199f0e1d2-driver-svc");
  EXPECT_EQ(service(36), "spark-a1b2c30199f0e1d2-driver-svc");
  EXPECT_EQ(service(63), "spark-a1b2c30199f0e1d2-driver-svc");
}

TEST(Submission, UsesTheConfiguredServiceAccountOnlyWhenNoneIsGiven) {
  AttemptInputs with = inputs();
  with.default_service_account = "spark-operator-spark";
  const Submission inferred = built(example("spark-pi-test.yaml"), with);
  EXPECT_EQ(json::string_at(inferred.driver_pod, {"spec", "serviceAccountName"}),
            "spark-operator-spark");
  EXPECT_TRUE(std::ranges::any_of(inferred.inferred, [](const std::string& line) {
    return line.find("serviceAccount is missing") != std::string::npos;
  }));
  json::Value application = example("spark-pi-test.yaml");
  json::make_object(application, {"spec", "driver"})["serviceAccount"] = "mine";
  const Submission given = built(application, with);
  EXPECT_EQ(json::string_at(given.driver_pod, {"spec", "serviceAccountName"}), "mine");
  EXPECT_FALSE(given.conf.has("spark.kubernetes.authenticate.executor.serviceAccountName"));
}

TEST(Submission, SpellsTheDriversHeapAsJavaReadsIt) {
  const auto memory = [](std::string text) {
    json::Value application = example("spark-pi-test.yaml");
    json::make_object(application, {"spec", "driver"})["memory"] = text;
    const Submission out = built(application);
    EXPECT_EQ(json::string_at(json::array_at(out.driver_pod, {"spec", "containers"})[0],
                              {"resources", "limits", "memory"}),
              "1408Mi");
    return out.conf.get("spark.driver.memory");
  };
  EXPECT_EQ(memory("1g"), "1g");
  EXPECT_EQ(memory("1G"), "1G");
  EXPECT_EQ(memory("1gb"), "1024m");
  EXPECT_EQ(memory("1024"), "1024m");
}

struct Refused {
  std::string yaml;  // merged into spec
  std::string path;
  std::string message;
};

TEST(Submission, RefusesWhatSparkRefuses) {
  const std::vector<Refused> cases = {
      {"{image: null}", "spec.image", "Must specify the driver container image"},
      {"{sparkConf: {spark.driver.bindAddress: 1.2.3.4}}",
       "spec.sparkConf[spark.driver.bindAddress]", "is not supported in Kubernetes mode"},
      {"{sparkConf: {spark.kubernetes.driver.volumes.csi.a.mount.path: /m}}",
       "spec.sparkConf[spark.kubernetes.driver.volumes.csi.a]",
       "Kubernetes Volume type `csi` is not supported"},
      {"{sparkConf: {spark.kubernetes.driver.volumes.hostPath.a.mount.path: /m}}",
       "spec.sparkConf[spark.kubernetes.driver.volumes.hostPath.a.options.path]",
       "hostPath.a.options.path is required for hostPath"},
      {"{sparkConf: {spark.kubernetes.executor.volumes.emptyDir.a.mount.path: /m, "
       "spark.kubernetes.executor.volumes.emptyDir.b.mount.path: /m}}",
       "spec.sparkConf[spark.kubernetes.executor.volumes.emptyDir.b.mount.path]",
       "Found duplicated mountPath: '/m'"},
      {"{sparkConf: {spark.driver.resource.gpu.amount: '1'}}",
       "spec.sparkConf[spark.driver.resource.gpu.vendor]",
       "Resource: gpu was requested, but vendor was not specified"},
      {"{sparkConf: {spark.kubernetes.driver.secretKeyRef.A: nokey}}",
       "spec.sparkConf[spark.kubernetes.driver.secretKeyRef.A]",
       "SecretKeyRef must be in the form name:key"},
      {"{sparkConf: {spark.kubernetes.driver.podTemplateFile: /a.yaml}}",
       "spec.sparkConf[spark.kubernetes.driver.podTemplateFile]", "spec.driver.template"},
      {"{mainClass: org.example.Main}", "spec.mainApplicationFile", "missing, expected a program"},
      {"{mainApplicationFile: /opt/app.jar}", "spec.mainApplicationFile", "expected local:///path"},
      {"{mainClass: null, mainApplicationFile: 'local:///a.jar'}", "spec.mainClass",
       "missing, expected the main class"},
      {"{deps: {jars: [/a.jar]}}", "spec.deps.jars[0]", "a file of the machine that submits"},
      {"{type: Scala, mainApplicationFile: \"a\\nb\"}", "spec.mainApplicationFile",
       "found a program as text, but type is Scala"},
  };
  for (const Refused& refused : cases) {
    json::Value application = example("spark-pi-test.yaml");
    const json::Value patch = from_yaml(refused.yaml);
    for (const auto& member : patch.get_object()) {
      json::make_object(application, {"spec"})[member.key()] = member.value();
    }
    const auto out = build_submission(apply_defaults(application), inputs());
    ASSERT_FALSE(out.has_value()) << refused.yaml;
    const auto at = std::ranges::find(out.error().problems, refused.path, &Problem::path);
    ASSERT_NE(at, out.error().problems.end()) << refused.yaml << "\n" << out.error().message;
    EXPECT_NE(at->message.find(refused.message), std::string::npos) << at->message;
  }
}

}  // namespace
}  // namespace firesteel::spark
