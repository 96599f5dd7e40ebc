#include "spark/explain.h"

#include <gtest/gtest.h>

#include "base/fd.h"
#include "base/json/yaml.h"
#include "spark/defaults.h"

namespace firesteel::spark {
namespace {

TEST(Explain, NamesTheSettingOfEveryField) {
  const auto text =
      read_file(std::string(FIRESTEEL_SOURCE_DIR) + "/src/spark/testdata/all-settings.yaml");
  ASSERT_TRUE(text.has_value());
  const auto documents = json::parse_yaml(*text);
  ASSERT_TRUE(documents.has_value());
  const json::Value application = apply_defaults(documents->front().value);
  AttemptInputs inputs;
  inputs.submission_id = "s";
  inputs.application_id = "spark-1";
  inputs.unique_id = "0123456789abcdef";
  inputs.local_dir_id = "l";
  inputs.kubernetes_master = "https://10.96.0.1:443";
  const auto submission = build_submission(application, inputs);
  ASSERT_TRUE(submission.has_value()) << submission.error().message;
  const std::vector<Explanation> all = explain(*submission, application);
  const std::string c = "spec.containers[spark-kubernetes-driver]";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"metadata.name", "operator"},
      {"metadata.namespace", "metadata.namespace"},
      {"metadata.labels[tier]", "spec.driver.labels[tier]"},
      {"metadata.labels[team]", "metadata.labels[team]"},
      {"metadata.labels[spark-role]", "Spark"},
      {"metadata.labels[sparkoperator.k8s.io/app-name]", "operator"},
      {"metadata.ownerReferences[all-settings].kind", "operator"},
      {"spec.nodeSelector[disk]", "spec.driver.nodeSelector[disk]"},
      {"spec.serviceAccountName", "spec.driver.serviceAccount"},
      {"spec.schedulerName", "spec.batchScheduler"},
      {"spec.priorityClassName", "spec.driver.priorityClassName"},
      {"spec.tolerations[0].key", "spec.driver.tolerations"},
      {"spec.containers[beside].image", "spec.driver.sidecars"},
      {"spec.containers[template-sidecar].image", "spec.driver.template"},
      {"spec.volumes[scratch].emptyDir", "spec.volumes"},
      {c + ".image", "spec.image"},
      {c + ".resources.requests.cpu", "spec.driver.coreRequest"},
      {c + ".resources.requests.memory", "spec.driver.memory"},
      {c + ".resources.limits.memory", "spec.driver.memoryLimit"},
      {c + ".env[PLAIN].value", "spec.driver.env"},
      {c + ".env[OLD].value", "spec.driver.envVars[OLD]"},
      {c + ".env[SPARK_USER].value", "Spark"},
      {c + ".args[0]", "Spark"},
      {c + ".args[7]", "spec.mainApplicationFile"},
      {c + ".args[9]", "spec.arguments"},
      {"spark.properties[spark.driver.cores]", "spec.driver.cores"},
      {"spark.properties[spark.pyspark.python]", "spec.sparkConf[spark.pyspark.python]"},
      {"spark.properties[spark.hadoop.fs.s3a.endpoint]", "spec.hadoopConf[fs.s3a.endpoint]"},
      {"spark.properties[spark.app.id]", "Spark"},
  };
  for (const auto& [path, reason] : cases) {
    const auto at = std::ranges::find(all, path, &Explanation::path);
    ASSERT_NE(at, all.end()) << path;
    EXPECT_EQ(at->reason, reason) << path;
  }
}

}  // namespace
}  // namespace firesteel::spark
