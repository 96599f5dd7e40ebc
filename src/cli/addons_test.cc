#include "cli/addons.h"

#include <gtest/gtest.h>

#include "kube/object.h"

namespace firesteel::cli {
namespace {

TEST(Addons, NamesMeanNeighboursInTheOrderOfTheirNeeds) {
  using Names = std::vector<std::string>;
  const std::vector<std::pair<Names, Names>> cases = {
      {{}, {}},
      {{"s3"}, {"s3"}},
      {{"hive-metastore"}, {"s3", "hive-metastore"}},
      {{"data"}, {"s3", "hive-metastore"}},
      {{"hive-metastore", "data", "s3"}, {"s3", "hive-metastore"}},
  };
  for (const auto& [asked, expected] : cases) {
    const auto found = resolve_addons(asked);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(*found, expected);
  }
  const auto unknown = resolve_addons({"minio"});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().message.find("--with minio"), std::string::npos);
  EXPECT_NE(unknown.error().message.find("s3"), std::string::npos);
}

TEST(Addons, EachIsWholeAndInThePlatformsNamespace) {
  const auto all = resolve_addons({"data"});
  ASSERT_TRUE(all.has_value());
  for (const std::string& addon : *all) {
    const std::vector<json::Value> objects = addon_objects(addon);
    int deployments = 0;
    for (const json::Value& object : objects) {
      EXPECT_EQ(kube::namespace_of(object), "data-platform") << addon;
      if (json::string_at(object, "kind") != "Deployment") continue;
      ++deployments;
      EXPECT_EQ(kube::name_of(object), addon);
      EXPECT_TRUE(
          json::bool_at(object, {"spec", "template", "spec", "securityContext", "runAsNonRoot"}));
    }
    EXPECT_EQ(deployments, 1) << addon;
    EXPECT_FALSE(images_of(objects).empty());
  }
}

TEST(Addons, KeysAreRandomAndInASecret) {
  const json::Value one = storage_secret(std::string(45, 'a'));
  const json::Value other = storage_secret(std::string(45, 'b'));
  EXPECT_EQ(json::string_at(one, "kind"), "Secret");
  for (const auto key : {"S3_ACCESS_KEY", "S3_SECRET_KEY"}) {
    EXPECT_GE(json::string_at(one, {"stringData", key}).size(), 20U);
    EXPECT_NE(json::string_at(one, {"stringData", key}),
              json::string_at(other, {"stringData", key}));
  }
}

}  // namespace
}  // namespace firesteel::cli
