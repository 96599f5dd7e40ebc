#include "cli/annotated_yaml.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/fd.h"
#include "base/json/yaml.h"
#include "cli/render.h"

namespace firesteel::cli {
namespace {

const std::string kSource = FIRESTEEL_SOURCE_DIR;

Rendered render_example(const std::string& path) {
  const auto text = read_file(path);
  EXPECT_TRUE(text.has_value()) << path;
  const auto documents = json::parse_yaml(*text);
  EXPECT_TRUE(documents.has_value()) << path;
  const auto rendered = render_application(documents->front().value, "default");
  EXPECT_TRUE(rendered.has_value()) << path;
  return rendered ? *rendered : Rendered{};
}

std::string annotated(const Rendered& rendered) {
  std::string text;
  for (const json::Value& object : rendered.objects) {
    if (!text.empty()) text += "---\n";
    text += annotated_yaml(object, rendered.explanations, false);
  }
  return text;
}

TEST(AnnotatedYaml, OfThePrintedManifestIsAsExpected) {
  const std::string path = kSource + "/src/cli/testdata/spark-pi-test.render.golden";
  const std::string text = annotated(
      render_example(kSource + "/kubernetes/apps/data-platform/examples/spark-pi-test.yaml"));
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file_atomically(path, text, 0644).has_value());
  }
  const auto expected = read_file(path);
  ASSERT_TRUE(expected.has_value()) << "run again with UPDATE_GOLDEN=1";
  EXPECT_EQ(text, *expected);
}

std::size_t leaves_of(const json::Value& value) {
  const json::Object* object = value.if_object();
  const json::Array* array = value.if_array();
  std::size_t count = 0;
  if (object != nullptr && !object->empty()) {
    for (const auto& member : *object) count += leaves_of(member.value());
  } else if (array != nullptr && !array->empty()) {
    for (const json::Value& item : *array) count += leaves_of(item);
  } else {
    count = 1;
  }
  return count;
}

TEST(AnnotatedYaml, HasAReasonForEveryFieldOfEveryObject) {
  for (const std::string file :
       {"/kubernetes/apps/data-platform/examples/sample-spark-job.yaml",
        "/kubernetes/apps/data-platform/examples/data-processing-test.yaml",
        "/kubernetes/apps/data-platform/examples/iceberg-etl-test.yaml",
        "/src/spark/testdata/all-settings.yaml"}) {
    const Rendered rendered = render_example(kSource + file);
    for (const json::Value& object : rendered.objects) {
      const std::string text = annotated_yaml(object, rendered.explanations, false);
      std::size_t reasons = 0;
      for (const std::string_view comment : {"  # from ", "  # inferred"}) {
        for (std::size_t at = text.find(comment); at != text.npos;
             at = text.find(comment, at + 4)) {
          ++reasons;
        }
      }
      EXPECT_EQ(reasons, leaves_of(object)) << file << "\n" << text;
    }
  }
}

TEST(AnnotatedYaml, MeansTheSameAsWithoutComments) {
  for (const std::string file :
       {"/kubernetes/apps/data-platform/examples/spark-pi-test.yaml",
        "/kubernetes/apps/data-platform/examples/data-processing-test.yaml",
        "/src/spark/testdata/all-settings.yaml"}) {
    const Rendered rendered = render_example(kSource + file);
    const auto read = json::parse_yaml(annotated(rendered));
    ASSERT_TRUE(read.has_value()) << file << ": " << read.error().message;
    ASSERT_EQ(read->size(), rendered.objects.size()) << file;
    for (std::size_t at = 0; at < read->size(); ++at) {
      EXPECT_EQ((*read)[at].value, rendered.objects[at]) << file;
    }
  }
}

TEST(UnifiedDiff, ShowsWhatChangedWithItsSurroundings) {
  const std::string before = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
  struct Case {
    std::string before;
    std::string after;
    std::string expected;
  };
  const Case cases[] = {
      {before, before, ""},
      {"", "", ""},
      {"", "x\n", "--- one\n+++ two\n@@ -1,0 +1,1 @@\n+x\n"},
      {"x\n", "", "--- one\n+++ two\n@@ -1,1 +1,0 @@\n-x\n"},
      {before, "a\nb\nc\nd\nE\nf\ng\nh\ni\nj\n",
       "--- one\n+++ two\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n"},
      {before, "A\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n",
       "--- one\n+++ two\n@@ -1,4 +1,4 @@\n-a\n+A\n b\n c\n d\n@@ -8,3 +8,4 @@\n h\n i\n j\n+k\n"}};
  for (const Case& one : cases) {
    EXPECT_EQ(unified_diff(one.before, one.after, "one", "two", false), one.expected) << one.after;
  }
}

}  // namespace
}  // namespace firesteel::cli
