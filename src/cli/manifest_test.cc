#include "cli/manifest.h"

#include <gtest/gtest.h>

#include "cli/render.h"
#include "kube/object.h"
#include "spark/validate.h"

namespace firesteel::cli {
namespace {

TEST(ApplicationName, IsAShortLabel) {
  const std::pair<std::string, std::string> cases[] = {
      {"etl.py", "etl"},
      {"/x/y.z/My_Job 2.py", "my-job-2"},
      {"2024.sql", "job-2024"},
      {"__.py", "job"},
      {"trailing-.py", "trailing"},
      {std::string(80, 'a') + ".py", std::string(35, 'a')},
  };
  for (const auto& [path, expected] : cases) EXPECT_EQ(application_name(path), expected) << path;
}

TEST(SplitSql, AtSemicolonsOutsideOfQuotesAndComments) {
  using Statements = std::vector<std::string>;
  const std::pair<std::string, Statements> cases[] = {
      {"select 1", {"select 1"}},
      {"select 1;\n\nselect 2 ;", {"select 1", "select 2"}},
      {"select ';', \"a;b\", `c;d`; x", {"select ';', \"a;b\", `c;d`", "x"}},
      {"select 'it\\'s;'; x", {"select 'it\\'s;'", "x"}},
      {"-- a; b\nselect 1; /* c; d */ select 2 -- e", {"select 1", "select 2"}},
      {"select /*+ BROADCAST(t) */ 1", {"select /*+ BROADCAST(t) */ 1"}},
      {" ; ;\n", {}},
      {"select 'open", {"select 'open"}},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(split_sql(text), expected) << text;
}

TEST(ApplicationAround, MakesAValidApplication) {
  struct Case {
    Input input;
    std::string main_class;
    std::string type, file;  // expected; "" = whatever
  };
  const Case cases[] = {
      {{"etl.py", "print(1)\nprint(2)\n"}, "", "Python", "print(1)\nprint(2)\n"},
      {{"one.py", "print(1)"}, "", "Python", "print(1)\n"},
      {{"q.sql", "select 1"}, "", "Python", ""},
      {{"a.R", "x\n"}, "", "R", "x\n"},
      {{"/lib/app.jar", ""}, "org.Main", "Scala", "local:///opt/spark/work-dir/submitted/app.jar"},
  };
  for (const Case& one : cases) {
    RunOptions options;
    options.main_class = one.main_class;
    options.arguments = {"x"};
    const auto application = application_around(one.input, options);
    ASSERT_TRUE(application.has_value()) << one.input.name;
    EXPECT_EQ(json::string_at(*application, "kind"), "SparkApplication");
    EXPECT_EQ(json::string_at(*application, "apiVersion"), "sparkoperator.k8s.io/v1beta2");
    EXPECT_EQ(json::string_at(*application, {"spec", "type"}), one.type);
    if (!one.file.empty()) {
      EXPECT_EQ(json::string_at(*application, {"spec", "mainApplicationFile"}), one.file);
    }
    const auto validation = spark::validate(*application);
    EXPECT_TRUE(validation.ok()) << one.input.name << ": " << validation.problems[0].path << " "
                                 << validation.problems[0].message;
    EXPECT_TRUE(validation.warnings.empty()) << one.input.name;
    const auto rendered = render_application(*application, "default");
    EXPECT_TRUE(rendered.has_value()) << one.input.name << ": " << rendered.error().message;
  }
}

TEST(ApplicationAround, RefusesWhatCannotRun) {
  const std::pair<Input, std::string> cases[] = {
      {{"a.jar", ""}, "--class org.example.Main"},
      {{"a.py", " \n"}, "a.py is empty, expected a program"},
      {{"a.py", std::string(kMaxProgramBytes + 1, 'x')}, "must be in the image or at a URI"},
  };
  for (const auto& [input, text] : cases) {
    const auto application = application_around(input, {});
    ASSERT_FALSE(application.has_value());
    EXPECT_NE(application.error().message.find(text), std::string::npos)
        << application.error().message;
  }
}

const std::string kGood = R"(apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: pi
spec:
  type: Scala
  mode: cluster
  image: apache/spark:v3.4.0
  mainClass: org.apache.spark.examples.SparkPi
  driver:
    cores: 1
    memory: 512m
  executor:
    cores: 1
    instances: 1
    memory: 512m
)";

std::string changed(const std::string& from, const std::string& to) {
  std::string text = kGood;
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(ReadManifest, NamesLineAndFieldOfEveryMistake) {
  struct Case {
    std::string text;
    std::vector<std::pair<int, std::string>> expected;  // line and path of problems
  };
  const Case cases[] = {
      {kGood, {}},
      {changed("cores: 1", "cores: two"), {{11, "spec.driver.cores"}}},
      {changed("type: Scala", "type: Scalaa"), {{6, "spec.type"}}},
      {changed("cores: 1", "cores: two") + "---\n" + changed("  name: pi", "  name: Pi_"),
       {{11, "spec.driver.cores"}, {21, "metadata.name"}}},
      {"", {{0, ""}}},
      {"just text", {{1, ""}}},
      {"a: [", {{0, ""}}},
      {"kind: ConfigMap\nmetadata: {name: x}\n", {{1, "apiVersion"}}},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels: {}\n", {{3, "metadata.name"}}},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\n" + kGood, {}},
  };
  for (const Case& one : cases) {
    const Manifest manifest = read_manifest({"job.yaml", one.text});
    std::vector<std::pair<int, std::string>> found;
    for (const Finding& finding : manifest.findings) {
      if (!finding.warning) found.emplace_back(finding.line, finding.path);
    }
    EXPECT_EQ(found, one.expected)
        << one.text << print_findings("job.yaml", manifest.findings, false);
    EXPECT_EQ(manifest.ok(), one.expected.empty());
  }
}

TEST(ReadManifest, WarnsOfUnknownFields) {
  const Manifest manifest = read_manifest({"job.yaml", changed("  mode:", "  moode: x\n  mode:")});
  EXPECT_TRUE(manifest.ok());
  ASSERT_EQ(manifest.findings.size(), 1U);
  EXPECT_EQ(manifest.findings[0].path, "spec.moode");
  EXPECT_EQ(manifest.findings[0].line, 7);
}

TEST(ReadManifest, TakesListsApart) {
  const Manifest manifest =
      read_manifest({"l.yaml",
                     "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, "
                     "metadata: {name: a}}\n"
                     "- {apiVersion: v1, kind: Secret, metadata: {name: b}}\n"});
  EXPECT_TRUE(manifest.ok());
  ASSERT_EQ(manifest.documents.size(), 2U);
  EXPECT_EQ(kube::name_of(manifest.documents[1].value), "b");
}

TEST(PrintFindings, IsOneLineEach) {
  EXPECT_EQ(print_findings("job.yaml",
                           {{7, "spec.x", "found 1, expected 2", false},
                            {9, "spec.y", "unknown field", true},
                            {0, "", "found nothing", false}},
                           false),
            "job.yaml:7: spec.x: found 1, expected 2\n"
            "job.yaml:9: warning: spec.y: unknown field\n"
            "job.yaml: found nothing\n");
}

TEST(ReadInput, SaysWhatItCouldNotRead) {
  const std::pair<std::string, std::string> cases[] = {
      {"/nonexistent/job.yaml", "/nonexistent/job.yaml"},
      {"/nonexistent/app.jar", "read /nonexistent/app.jar: No such file"},
      {"/tmp", "read /tmp: found a directory, expected a file"},
  };
  for (const auto& [path, text] : cases) {
    const auto input = read_input(path);
    ASSERT_FALSE(input.has_value());
    EXPECT_NE(input.error().message.find(text), std::string::npos) << input.error().message;
  }
}

TEST(RenderApplication, IsTheSameEveryTime) {
  const Manifest manifest = read_manifest({"job.yaml", kGood});
  const auto first = render_application(manifest.documents[0].value, "jobs");
  const auto second = render_application(manifest.documents[0].value, "jobs");
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(first->objects, second->objects);
  EXPECT_EQ(json::string_at(first->objects[0], "kind"), "Pod");
  EXPECT_EQ(kube::namespace_of(first->objects[0]), "jobs");
  EXPECT_FALSE(first->inferred.empty());
}

}  // namespace
}  // namespace firesteel::cli
