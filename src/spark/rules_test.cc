// Tables of the small rules: names, versions, memory, quantities, properties, imports, defaults,
// CRDs.
#include <gtest/gtest.h>

#include "base/json/parse.h"
#include "base/json/print.h"
#include "spark/crd.h"
#include "spark/defaults.h"
#include "spark/memory.h"
#include "spark/names.h"
#include "spark/program.h"
#include "spark/properties.h"
#include "spark/version.h"

namespace firesteel::spark {
namespace {

TEST(Names, FollowSparksRules) {
  const std::string u = "a1b2c30199f0e1d2";
  EXPECT_EQ(resource_prefix("spark-pi", u), "spark-pi-" + u);
  EXPECT_EQ(resource_prefix("pi.py", u), "pi-py-" + u);
  EXPECT_EQ(resource_prefix("  My  App!! ", u), "my-app-" + u);
  EXPECT_EQ(resource_prefix("_x", u), "x-" + u);
  EXPECT_EQ(resource_prefix("9 N-ode", u), "x-n-ode-" + u);
  EXPECT_EQ(app_name_label("9 N-ode"), "9-n-ode");
  EXPECT_EQ(app_name_label("_a_"), "a");
  EXPECT_EQ(app_name_label(std::string(62, 'a') + "-b"), std::string(62, 'a'));
  EXPECT_EQ(app_name_label(std::string(64, 'a')).size(), 63U);
  EXPECT_EQ(default_driver_pod_name("etl"), "etl-driver");
  EXPECT_EQ(properties_config_map_name(u), "spark-drv-" + u + "-conf-map");
  EXPECT_EQ(config_map_volume_name("a.b"), "a-b-vol");
  EXPECT_EQ(config_map_volume_name(std::string(59, 'a')), std::string(59, 'a') + "-vol");
  EXPECT_EQ(config_map_volume_name(std::string(60, 'a')).size(), 63U);
  EXPECT_NE(config_map_volume_name(std::string(70, 'a')),
            config_map_volume_name(std::string(71, 'a')));
}

TEST(Names, KnowKubernetesLimits) {
  EXPECT_TRUE(is_dns1035_label(std::string(63, 'a')));
  EXPECT_FALSE(is_dns1035_label(std::string(64, 'a')));
  for (const std::string bad : {"", "1a", "-a", "a-", "A", "a.b", "a_b", "\xc3\xa4"}) {
    EXPECT_FALSE(is_dns1035_label(bad)) << bad;
  }
  EXPECT_TRUE(is_dns1123_subdomain("a.1b"));
  EXPECT_FALSE(is_dns1123_subdomain("a..b"));
  EXPECT_FALSE(is_dns1123_subdomain("a.-b"));
  EXPECT_TRUE(is_label_value(""));
  EXPECT_TRUE(is_label_value("A_b.c-1"));
  EXPECT_FALSE(is_label_value("a b"));
  EXPECT_FALSE(is_label_value("-a"));
}

TEST(Version, IsReadFromTheSpecElseTheTag) {
  struct Case {
    std::string spec, image, text, source, scala;
    int minor;
    bool warns;
  };
  const std::vector<Case> cases = {
      {"", "apache/spark:v3.4.0", "3.4.0", "image tag", "2.12", 4, false},
      {"", "apache/spark-py:3.5.1-python3", "3.5.1", "image tag", "2.12", 5, false},
      {"", "reg:5000/spark:3.5.3-scala2.13-java17-ubuntu", "3.5.3", "image tag", "2.13", 5, false},
      {"", "spark:4.1.0-preview1-scala2.13", "4.1.0-preview1", "image tag", "2.13", 1, false},
      {"", "spark:3.5", "3.5.9", "image tag", "2.12", 5, false},
      {"", "spark:4.0.1@sha256:00", "4.0.1", "image tag", "2.13", 0, false},
      {"3.5.9", "x", "3.5.9", "spec.sparkVersion", "2.12", 5, false},
      {"3.5.9", "apache/spark:3.4.0", "3.5.9", "spec.sparkVersion", "2.12", 5, true},
      {"", "reg:5000/spark", "4.3.0", "newest known", "2.13", 3, true},
      {"", "spark:latest", "4.3.0", "newest known", "2.13", 3, true},
      {"4.9.1", "x", "4.9.1", "spec.sparkVersion", "2.13", 3, true},
      {"3.9.0", "x", "3.9.0", "spec.sparkVersion", "2.12", 5, true},
      {"3.3.2", "x", "3.3.2", "spec.sparkVersion", "2.12", 4, true},
      {"new", "spark:3.4.4", "3.4.4", "image tag", "2.12", 4, true},
  };
  for (const Case& one : cases) {
    const SparkVersion out = spark_version(one.spec, one.image);
    EXPECT_EQ(out.text, one.text) << one.image;
    EXPECT_EQ(out.source, one.source) << one.image;
    EXPECT_EQ(out.scala, one.scala) << one.image;
    EXPECT_EQ(out.rules->minor, one.minor) << one.image << one.spec;
    EXPECT_EQ(!out.warning.empty(), one.warns) << one.image << out.warning;
  }
}

TEST(Memory, IsParsedAsSparkDoes) {
  const std::vector<std::pair<std::string, std::optional<std::int64_t>>> cases = {
      {"512m", 512},
      {"1g", 1024},
      {"1gb", 1024},
      {"2G", 2048},
      {"1t", 1048576},
      {"1p", 1073741824},
      {"1048576k", 1024},
      {"1536kb", 1},
      {"512", 512},
      {"1048576b", 1},
      {" 1g ", 1024},
      {"1.5g", {}},
      {"", {}},
      {"g", {}},
      {"1gi", {}},
      {"-1g", {}},
      {"1 g", {}},
      {"99999999999p", {}},
      {"99999999999999999999g", {}}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(parse_memory_mib(text), expected) << text;
}

TEST(Memory, OverheadFollowsSparksDoubles) {
  struct Case {
    std::map<std::string, std::string> conf;
    bool non_jvm;
    std::int64_t total;  // 0: refused
  };
  const std::vector<Case> cases = {
      {{}, false, 1408},
      {{{"spark.driver.memory", "512m"}}, false, 896},
      {{{"spark.driver.memory", "4g"}}, false, 4505},
      {{{"spark.driver.memory", "1g"}}, true, 1433},
      {{{"spark.driver.memory", "5001m"}, {"spark.driver.memoryOverheadFactor", "0.15"}},
       false,
       5751},
      {{{"spark.driver.memory", "1g"}, {"spark.driver.memoryOverhead", "100"}}, true, 1124},
      {{{"spark.driver.memory", "10g"}, {"spark.kubernetes.memoryOverheadFactor", "0.2"}},
       true,
       12288},
      {{{"spark.driver.memory", "10g"},
        {"spark.kubernetes.memoryOverheadFactor", "0.2"},
        {"spark.driver.memoryOverheadFactor", "0.3"}},
       false,
       13312},
      {{{"spark.driver.memory", "0m"}}, false, 0},
      {{{"spark.driver.memory", "x"}}, false, 0},
      {{{"spark.kubernetes.memoryOverheadFactor", "none"}}, false, 0},
  };
  const VersionRules& rules = *spark_version("3.5.9", "").rules;
  for (const Case& one : cases) {
    Conf conf;
    for (const auto& [key, value] : one.conf) conf.set(key, value, "test");
    const auto out = driver_memory(conf, one.non_jvm, rules);
    EXPECT_EQ(out.has_value() ? out->total_mib() : 0, one.total);
  }
}

TEST(Memory, ExecutorsAddOffHeapAndPython) {
  Conf conf;
  conf.set("spark.executor.memory", "2g", "test");
  conf.set("spark.memory.offHeap.enabled", "true", "test");
  conf.set("spark.memory.offHeap.size", "268435456", "test");
  conf.set("spark.executor.pyspark.memory", "512m", "test");
  const VersionRules& rules = *spark_version("3.5.9", "").rules;
  EXPECT_EQ(executor_memory(conf, true, rules)->total_mib(), 2048 + 819 + 256 + 512);
  EXPECT_EQ(executor_memory(conf, false, rules)->total_mib(), 2048 + 384 + 256);
}

TEST(Memory, MinimumOverheadIsConfigurableFrom40) {
  Conf conf;
  conf.set("spark.driver.minMemoryOverhead", "500m", "test");
  EXPECT_EQ(driver_memory(conf, false, *spark_version("3.5.9", "").rules)->overhead_mib, 384);
  EXPECT_EQ(driver_memory(conf, false, *spark_version("4.0.5", "").rules)->overhead_mib, 500);
}

TEST(Quantity, IsReadInThousandths) {
  const std::vector<std::pair<std::string, std::optional<std::int64_t>>> cases = {
      {"1200m", 1200},  {"2", 2000}, {"0.5", 500}, {".5", 500}, {"1e3", 1000000},
      {"2Ki", 2048000}, {"1n", 1},   {"", {}},     {"m", {}},   {"1x", {}},
      {"1.2.3", {}},    {"1e", {}},  {"1 m", {}},  {"0", 0},    {"100Ei", INT64_MAX}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(quantity_millis(text), expected) << text;
}

TEST(Properties, AreEscapedAsJavaDoes) {
  EXPECT_EQ(escape_property("a b=c:d#e!f\\g", true), "a\\ b\\=c\\:d\\#e\\!f\\\\g");
  EXPECT_EQ(escape_property("  a  b", false), "\\ \\ a  b");
  EXPECT_EQ(escape_property("t\tn\nr\rf\f", false), "t\\tn\\nr\\rf\\f");
  EXPECT_EQ(escape_property("\xc3\xa4\x01", false), "\xc3\xa4\x01");
  Conf conf;
  conf.set("spark.b", "2", "test");
  conf.set("spark.a", "1", "test");
  conf.set("spark.b", "3", "test");
  EXPECT_EQ(properties_text(conf, "title"), "#title\nspark.a=1\nspark.b=3\n");
}

TEST(Program, MissingImportsAreFoundOnlyWhenSure) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"x = col('id')\ny = current_timestamp()\n", {"col", "current_timestamp"}},
      {"from pyspark.sql.functions import *\ncol('id')\n", {}},
      {"from pyspark.sql.functions import col\ncol('id')\n", {}},
      {"import x as col\ncol('id')\n", {}},
      {"def col(x): pass\ncol('id')\n", {}},
      {"col = 1\ncol('id')\n", {}},
      {"F.col('id')\ndf.count()\n", {}},
      {"# col('id')\ns = 'col(1)'\nt = \"\"\"col(2)\n\"\"\"\nu = f'{col(3)}'\n", {}},
      {"from __future__ import annotations\ncol('id')\n", {}},
      {"sum([1])\nmax(2)\n", {}},
      {"'unterminated\ncol('id')\n", {"col"}},
      {"", {}},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(missing_function_imports(text), expected) << text;
  }
}

TEST(Defaults, FillOnlyWhatIsMissing) {
  struct Case {
    std::string given, expected;
  };
  const std::vector<Case> cases = {
      {R"({"spec":{}})",
       R"({"spec":{"type":"Scala","mode":"cluster","restartPolicy":{"type":"Never"},"driver":{"cores":1,"memory":"1g"},"executor":{"cores":1,"memory":"1g","instances":1}}})"},
      {R"({"spec":{"type":"R","mode":"cluster","sparkConf":{"spark.driver.memory":"2g","spark.executor.cores":"2","spark.dynamicAllocation.enabled":"true"},"driver":{"cores":3},"executor":{},"unknown":1}})",
       R"({"spec":{"type":"R","mode":"cluster","sparkConf":{"spark.driver.memory":"2g","spark.executor.cores":"2","spark.dynamicAllocation.enabled":"true"},"driver":{"cores":3},"executor":{"memory":"1g"},"unknown":1,"restartPolicy":{"type":"Never"}}})"},
      {R"({"spec":{"restartPolicy":{"type":"OnFailure","onFailureRetryInterval":9},"dynamicAllocation":{"enabled":true}}})",
       R"({"spec":{"type":"Scala","mode":"cluster","restartPolicy":{"type":"OnFailure","onFailureRetryInterval":9,"onSubmissionFailureRetryInterval":5},"dynamicAllocation":{"enabled":true,"shuffleTrackingEnabled":true},"driver":{"cores":1,"memory":"1g"},"executor":{"cores":1,"memory":"1g"}}})"},
      {R"({"spec":{"driver":3,"restartPolicy":"x"}})",
       R"({"spec":{"type":"Scala","mode":"cluster","driver":3,"restartPolicy":"x","executor":{"cores":1,"memory":"1g","instances":1}}})"},
  };
  for (const Case& one : cases) {
    const json::Value once = apply_defaults(*json::parse(one.given));
    EXPECT_EQ(json::print_canonical(once), json::print_canonical(*json::parse(one.expected)));
    EXPECT_EQ(apply_defaults(once), once);
  }
}

// Structural: every schema has a type, and none mixes properties with additionalProperties.
void check_structural(const json::Value& schema, const std::string& path) {
  const bool any = json::bool_at(schema, {"x-kubernetes-int-or-string"});
  EXPECT_TRUE(any || !json::string_at(schema, "type").empty()) << path;
  EXPECT_FALSE(json::find(schema, "properties") && json::find(schema, "additionalProperties"));
  for (const auto& property : json::object_at(schema, {"properties"})) {
    check_structural(property.value(), path + "." + std::string(property.key()));
  }
  if (const json::Value* items = json::find(schema, "items")) check_structural(*items, path + "[]");
  const json::Value* more = json::find(schema, "additionalProperties");
  if (more != nullptr) check_structural(*more, path + "{}");
}

TEST(Crd, IsStructuralAndSmall) {
  for (const json::Value& crd : {spark_application_crd(), scheduled_spark_application_crd()}) {
    EXPECT_LT(json::print(crd).size(), 256U * 1024U);
    const json::Array& versions = json::array_at(crd, {"spec", "versions"});
    ASSERT_EQ(versions.size(), 1U);
    check_structural(*json::find(versions[0], {"schema", "openAPIV3Schema"}), "");
  }
  EXPECT_EQ(json::string_at(spark_application_crd(), {"metadata", "name"}),
            "sparkapplications.sparkoperator.k8s.io");
  EXPECT_EQ(json::string_at(scheduled_spark_application_crd(), {"spec", "names", "singular"}),
            "scheduledsparkapplication");
}

TEST(Crd, DoesNotRequireWhatTheSpecificationLeavesOut) {
  const json::Value crd = spark_application_crd();
  const json::Value& schema = *json::find(json::array_at(crd, {"spec", "versions"})[0],
                                          {"schema", "openAPIV3Schema", "properties", "spec"});
  EXPECT_EQ(json::print(*json::find(schema, "required")), R"(["type","driver","executor"])");
}

}  // namespace
}  // namespace firesteel::spark
