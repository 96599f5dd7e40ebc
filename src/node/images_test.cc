#include "node/images.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "node/embedded.h"
#include "node/recipe.h"

namespace firesteel::node {
namespace {

std::vector<Recipe> recipes() {
  std::vector<Recipe> result;
  for (const EmbeddedFile& file : embedded_images()) {
    if (!file.path.ends_with(".yaml")) continue;
    Result<Recipe> recipe = parse_recipe(file.content);
    EXPECT_TRUE(recipe.has_value()) << file.path;
    if (recipe) result.push_back(std::move(*recipe));
  }
  return result;
}

TEST(Recipes, ReferencesMeanVersions) {
  const std::vector<Recipe> all = recipes();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"apache/spark:v3.4.0", "spark 3.4.0"},
      {"apache/spark-py:v3.4.0", "spark 3.4.0"},
      {"apache/spark:3.5.9", "spark 3.5.9"},
      {"docker.io/apache/spark:3.5.9-scala2.12-java17-python3-ubuntu", "spark 3.5.9"},
      {"apache/spark:3.5.1-python3", "spark 3.5.1"},
      {"apache/spark:4.0", "spark 4.0.5"},
      {"apache/spark:4.3.0@sha256:abcd", "spark 4.3.0"},
      {"spark:3.5.9", "spark 3.5.9"},
      {"apache/spark", "spark 3.5.9"},
      {"apache/spark:latest", "spark 3.5.9"},
      {"firesteel", "firesteel "},
      {"firesteel:0.1.0", "firesteel "},
      {"apache/spark:3.3.2", "!not \"3.3.2\""},
      {"apache/spark:5.0.0", "!not \"5.0.0\""},
      {"apache/spark:next", "!not \"next\""},
      {"apache/sparc:3.5.9", "!nearest: apache/spark:3.5.9"},
      {"registry:5000/apache/spark:3.5.9", "!no local recipe"},
      {"nginx", "!no local recipe"}};
  for (const auto& [reference, expected] : cases) {
    const Result<RecipeMatch> found = match(all, reference);
    if (expected.starts_with('!')) {
      ASSERT_FALSE(found.has_value()) << reference;
      EXPECT_NE(found.error().message.find(expected.substr(1)), std::string::npos)
          << found.error().message;
    } else {
      ASSERT_TRUE(found.has_value()) << reference << ": " << found.error().message;
      EXPECT_EQ(found->recipe->name + " " + found->version, expected) << reference;
    }
  }
}

TEST(Recipes, AnExtraExtendsTheVersionsThatItHasFilesFor) {
  const std::vector<Recipe> all = recipes();
  const auto named = [&](std::string_view name) {
    return *std::ranges::find(all, name, &Recipe::name);
  };
  const Recipe lakehouse = named("lakehouse");
  const Recipe spark = named("spark");
  for (const auto& [minor, patch] : spark.newest)
    EXPECT_TRUE(extends(lakehouse, spark, patch)) << patch;
  EXPECT_FALSE(extends(lakehouse, spark, "9.9.0"));
  EXPECT_FALSE(extends(lakehouse, named("s3"), "1.8.0"));
  EXPECT_FALSE(match(all, "lakehouse").has_value()) << "an extra is no image of its own";
}

TEST(Recipes, EveryFileFromMavenCentralIsPinned) {
  std::size_t count = 0;
  for (const Recipe& recipe : recipes()) {
    for (const auto& [minor, artifacts] : recipe.maven) {
      for (const MavenArtifact& artifact : artifacts) {
        EXPECT_GE(std::ranges::count(artifact.coordinates, ':'), 2) << artifact.coordinates;
        EXPECT_EQ(artifact.sha256.size(), 64U) << artifact.coordinates;
        EXPECT_EQ(artifact.sha256.find_first_not_of("0123456789abcdef"), std::string::npos)
            << artifact.coordinates;
        ++count;
      }
    }
  }
  EXPECT_GT(count, 50U);
}

TEST(Images, FiresteelNeedsNoDownload) {
  std::string pattern = "/tmp/firesteel-images-XXXXXX";
  const std::string directory = mkdtemp(pattern.data());
  Result<std::unique_ptr<ImageStore>> store = ImageStore::open({directory, "/proc/self/exe", {}});
  ASSERT_TRUE(store.has_value()) << store.error().message;
  EXPECT_EQ((*store)->resolve("firesteel:1").error().code, ErrorCode::kUnavailable);
  const auto image = (*store)->assemble("firesteel:1", [](auto, auto) {}, {});
  ASSERT_TRUE(image.has_value()) << image.error().message;
  EXPECT_EQ(image->entrypoint, std::vector<std::string>{"/usr/local/bin/firesteel"});
  ASSERT_EQ(image->host_binds.size(), 1U);
  EXPECT_EQ(image->host_binds[0].second, "/usr/local/bin/firesteel");
  EXPECT_TRUE(image->host_binds[0].first.ends_with("node_test"));
  EXPECT_TRUE((*store)->find("firesteel")->assembled);
  std::filesystem::remove_all(directory);
}

// Downloads 310 MB: only where it was asked for, FIRESTEEL_NETWORK_TESTS=1.
TEST(Images, SparkIsAssembledFromThePackageIndex) {
  if (std::getenv("FIRESTEEL_NETWORK_TESTS") == nullptr)
    GTEST_SKIP() << "downloads; set FIRESTEEL_NETWORK_TESTS=1";
  Result<std::unique_ptr<ImageStore>> store = ImageStore::open({"", "/proc/self/exe", {}});
  ASSERT_TRUE(store.has_value());
  std::string last;
  const auto image = (*store)->assemble("apache/spark:v3.4.0",
                                        [&last](std::string_view stage, double fraction) {
                                          const std::string line =
                                              fmt::format("{} {:.0f}%", stage, fraction * 100);
                                          if (line != last) fmt::print("{}\n", line);
                                          last = line;
                                        },
                                        {});
  ASSERT_TRUE(image.has_value()) << image.error().message;
  EXPECT_TRUE(std::filesystem::exists(image->layers.front() +
                                      "/opt/spark/examples/jars/spark-examples_2.12-3.4.0.jar"));
  EXPECT_TRUE(std::filesystem::exists(image->layers.front() +
                                      "/opt/spark/examples/src/main/python/wordcount.py"));
}

}  // namespace
}  // namespace firesteel::node
