#include "spark/secret_conf.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/fd.h"
#include "base/json/print.h"
#include "base/json/yaml.h"
#include "kube/object.h"
#include "spark/defaults.h"
#include "spark/names.h"
#include "spark/submission.h"
#include "spark/validate.h"

namespace firesteel::spark {
namespace {

constexpr std::string_view kPlanted = "pl4nted-s3cret";

json::Value application(std::string_view more) {
  const auto documents = json::parse_yaml(fmt::format(R"(
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {{name: etl, namespace: jobs}}
spec:
  type: Python
  mode: cluster
  image: apache/spark:3.5.9
  mainApplicationFile: local:///opt/etl.py
{})",
                                                      more));
  EXPECT_TRUE(documents.has_value()) << documents.error().message;
  return apply_defaults(documents->front().value);
}

AttemptInputs inputs() {
  AttemptInputs out;
  out.submission_id = "11111111-2222-3333-4444-555555555555";
  out.application_id = "spark-0123456789abcdef0123456789abcdef";
  out.unique_id = "a1b2c30199f0e1d2";
  out.local_dir_id = "66666666-7777-8888-9999-000000000000";
  out.kubernetes_master = "https://10.96.0.1:443";
  return out;
}

Submission built(std::string_view more) {
  auto out = build_submission(application(more), inputs());
  EXPECT_TRUE(out.has_value()) << out.error().message;
  return out.has_value() ? std::move(*out) : Submission();
}

const json::Value* of_kind(const Submission& submission, std::string_view kind) {
  const json::Value* found = nullptr;
  for (const json::Value& object : submission.dependents) {
    if (json::string_at(object, "kind") == kind) found = &object;
  }
  return found;
}

std::string data(const Submission& submission, std::string_view file) {
  return std::string(json::string_at(submission.dependents.back(), {"data", file}));
}

std::string everything_but_secrets(const Submission& submission) {
  std::string out = json::print(submission.driver_pod);
  for (const json::Value& object : submission.dependents) {
    if (json::string_at(object, "kind") != "Secret") out += json::print(object);
  }
  for (const std::string& line : submission.inferred) out += line;
  for (const std::string& line : submission.warnings) out += line;
  for (const auto& [key, setting] : submission.conf.settings()) out += setting.value;
  return out;
}

TEST(SecretConf, FindsPlaceholders) {
  const auto names = [](std::string_view text) {
    return fmt::format("{}", fmt::join(placeholders_in(text), " "));
  };
  EXPECT_EQ(names("${S3_KEY}"), "S3_KEY");
  EXPECT_EQ(names("a${X}b${y_1}c${X}"), "X y_1");
  EXPECT_EQ(names("$${X}"), "");
  EXPECT_EQ(names("${env:X} ${user.name} ${} ${1} $X {X} ${X"), "");
  EXPECT_EQ(names("${a${B}}"), "B");
}

TEST(SecretConf, TellsSecretsFromWhatOnlySoundsLikeThem) {
  struct Case {
    std::string_view key;
    int major;
    bool secret;
  };
  for (const Case& one : {
           Case{"spark.hadoop.fs.s3a.secret.key", 3, true},
           Case{"spark.hadoop.fs.s3a.access.key", 3, true},
           Case{"spark.hadoop.javax.jdo.option.ConnectionPassword", 3, true},
           Case{"spark.sql.catalog.c.s3.secret-access-key", 4, true},
           Case{"spark.my.credential", 3, false},
           Case{"spark.my.credential", 4, true},
           Case{"spark.kubernetes.driverEnv.AWS_SECRET_ACCESS_KEY", 3, true},
           Case{"spark.executorEnv.DB_PASSWORD", 3, true},
           Case{"spark.hadoop.fs.s3a.aws.credentials.provider", 4, false},
           Case{"spark.hadoop.hadoop.security.credential.provider.path", 4, false},
           Case{"spark.authenticate.secret.file", 3, false},
           Case{"spark.security.credentials.hive.enabled", 4, false},
           Case{"spark.my.secret.profile", 3, true},
           Case{"spark.kubernetes.driver.secrets.creds", 3, false},
           Case{"spark.kubernetes.authenticate.driver.oauthTokenFile", 3, false},
           Case{"spark.executor.memory", 3, false},
       }) {
    EXPECT_EQ(holds_secret(one.key, "x", one.major), one.secret) << one.key << " " << one.major;
  }
  EXPECT_FALSE(holds_secret("spark.x.token", "", 3));
  EXPECT_FALSE(holds_secret("spark.x.tokens.use", "true", 3));
}

TEST(SecretConf, MovesLiteralsToASecretOfTheAttempt) {
  const Submission out = built(R"(
  sparkConf:
    spark.hadoop.fs.s3a.secret.key: pl4nted-s3cret
    spark.my.password: pl4nted-s3cret
    spark.executorEnv.DB_PASSWORD: pl4nted-s3cret
    spark.kubernetes.driverEnv.DB_PASSWORD: pl4nted-s3cret
    spark.plain: plain
  hadoopConf:
    fs.s3a.access.key: pl4nted-s3cret
)");
  EXPECT_EQ(everything_but_secrets(out).find(kPlanted), std::string::npos)
      << everything_but_secrets(out);
  const json::Value* secret = of_kind(out, "Secret");
  ASSERT_NE(secret, nullptr);
  EXPECT_EQ(kube::name_of(*secret), "etl-a1b2c30199f0e1d2-conf-secret");
  const std::string_view text = json::string_at(*secret, {"stringData", kPropertiesFile});
  for (const std::string_view key :
       {"spark.hadoop.fs.s3a.secret.key", "spark.hadoop.fs.s3a.access.key", "spark.my.password"}) {
    EXPECT_NE(text.find(fmt::format("{}={}\n", key, kPlanted)), text.npos) << text;
  }
  EXPECT_EQ(json::string_at(*secret, {"stringData", "driver.DB_PASSWORD"}), kPlanted);
  EXPECT_EQ(out.conf.get("spark.kubernetes.executor.secretKeyRef.DB_PASSWORD"),
            "etl-a1b2c30199f0e1d2-conf-secret:executor.DB_PASSWORD");
  EXPECT_NE(data(out, kPropertiesFile).find("spark.plain=plain\n"), std::string::npos);
  EXPECT_NE(fmt::format("{}", fmt::join(out.inferred, "\n")).find("kept in Secret etl-"),
            std::string::npos);
}

TEST(SecretConf, WarnsOfTheSecretThatSparkItselfShows) {
  const Submission out = built("  sparkConf: {spark.authenticate.secret: pl4nted-s3cret}\n");
  ASSERT_EQ(out.warnings.size(), 1U);
  EXPECT_NE(out.warnings[0].find("use spark.authenticate.secret.file"), std::string::npos);
}

TEST(SecretConf, LeavesAnApplicationWithoutSecretsAsItWas) {
  const Submission out = built("  sparkConf: {spark.a: b, spark.b: \"${env:HOME}\"}\n");
  EXPECT_EQ(of_kind(out, "Secret"), nullptr);
  EXPECT_EQ(json::find(out.driver_pod, {"spec", "initContainers"}), nullptr);
  EXPECT_FALSE(out.conf.has("spark.redaction.regex"));
  EXPECT_EQ(data(out, kExpandScript), "");
  EXPECT_EQ(built("  sparkConf: {spark.a: \"$${X}\"}\n").conf.get("spark.a"), "${X}");
}

TEST(SecretConf, FillsPlaceholdersInInsideThePod) {
  const Submission out = built(R"(
  sparkConf:
    spark.hadoop.fs.s3a.endpoint: ${CEPH_S3_ENDPOINT}
    spark.hadoop.fs.s3a.secret.key: ${S3_SECRET_KEY}
    spark.my.password: pl4nted-s3cret${SUFFIX}
  driver:
    envSecretKeyRefs: {S3_SECRET_KEY: {name: s3, key: secret}}
)");
  EXPECT_EQ(everything_but_secrets(out).find(kPlanted), std::string::npos);
  EXPECT_NE(data(out, kPlaceholdersFile).find("fs.s3a.endpoint=${CEPH_S3_ENDPOINT}\n"),
            std::string::npos);
  EXPECT_EQ(data(out, kPropertiesFile).find("${"), std::string::npos);
  EXPECT_EQ(json::string_at(*of_kind(out, "Secret"), {"stringData", kPlaceholdersFile}),
            "#etl-a1b2c30199f0e1d2-conf-secret\nspark.my.password=pl4nted-s3cret${SUFFIX}\n");
  const json::Array& init = json::array_at(out.driver_pod, {"spec", "initContainers"});
  ASSERT_EQ(init.size(), 1U);
  EXPECT_EQ(json::string_at(init[0], "image"), "apache/spark:3.5.9");
  EXPECT_EQ(json::string_at(json::array_at(init[0], {"envFrom"})[0], {"secretRef", "name"}),
            kEnvironmentSecret);
  // The endpoint is from a Secret too, for all that Spark can know.
  EXPECT_EQ(out.conf.get("spark.redaction.regex"),
            "(?i)secret|password|token|access[.]?key|fs\\.s3a\\.endpoint");
  EXPECT_NE(fmt::format("{}", fmt::join(out.inferred, "\n"))
                .find("CEPH_S3_ENDPOINT, SUFFIX of sparkConf or hadoopConf are filled in"),
            std::string::npos)
      << fmt::format("{}", fmt::join(out.inferred, "\n"));
}

TEST(SecretConf, RefusesPlaceholdersThatWouldShow) {
  for (const std::string_view key :
       {"spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions", "spark.executorEnv.A",
        "spark.kubernetes.driverEnv.A", "spark.kubernetes.driver.label.a"}) {
    const Validation found =
        validate(application(fmt::format("  sparkConf: {{{}: \"x${{NAME}}\"}}\n", key)));
    const auto at =
        std::ranges::find(found.problems, fmt::format("spec.sparkConf[{}]", key), &Problem::path);
    ASSERT_NE(at, found.problems.end()) << key;
    EXPECT_TRUE(at->message.starts_with("${NAME} cannot be filled in here: ")) << at->message;
  }
}

// The script itself, by the bash that images have too.
class ExpandScript : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "expand-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    std::filesystem::create_directory(directory_ + "/map");
    std::filesystem::create_directory(directory_ + "/secret");
    write("map/expand.sh", expand_script());
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(write_file_atomically(directory_ + "/" + name, text, 0600).has_value());
  }
  std::string read(const std::string& name) {
    return read_file(directory_ + "/" + name).value_or("(none)");
  }
  // `environment`: NAME='value' words for a shell.
  int run(const std::string& environment) {
    const std::string command = fmt::format(
        "cd {} && env -i {} bash map/expand.sh map secret out 2>err", directory_, environment);
    return std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe)
  }
  std::string directory_;
};

TEST_F(ExpandScript, WritesWhatJavaReadsBack) {
  write("map/spark.properties", "#title\nspark.plain=${NOT} \\${A}\n");
  write("map/placeholders.properties",
        "#${A}\nspark.a=${A}\nspark.b=x${A}y$${A}z${A}$\nspark.c=${B}${C}\nspark.d=${env:A}${A}");
  write("secret/spark.properties", "spark.moved=a\\=b\n");
  ASSERT_EQ(run("A='s=:#!&\\1' B=' lead' C='two\nlines\t'"), 0) << read("err");
  EXPECT_EQ(read("out"),
            "#title\nspark.plain=${NOT} \\${A}\n"
            "#s=:#!&\\\\1\nspark.a=s=:#!&\\\\1\nspark.b=xs=:#!&\\\\1y${A}zs=:#!&\\\\1$\n"
            "spark.c=\\ leadtwo\\nlines\\t\nspark.d=${env:A}s=:#!&\\\\1\n"
            "spark.moved=a\\=b\n");
}

TEST_F(ExpandScript, NamesEveryVariableThatIsMissing) {
  write("map/placeholders.properties", "spark.a=${A}\nspark.hadoop.k=${B}\nspark.c=${C}\n");
  EXPECT_NE(run("A=1 C="), 0);
  const std::string said = read("err");
  EXPECT_NE(said.find("spark.hadoop.k: ${B} cannot be filled in: no variable B in this pod"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("key B of Secret spark-env"), std::string::npos) << said;
  EXPECT_EQ(said.find("spark.c"), std::string::npos) << "an empty variable is one";
  EXPECT_EQ(read("out"), "(none)");
}

}  // namespace
}  // namespace firesteel::spark
