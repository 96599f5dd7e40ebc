#include "kube/loop/cache.h"

#include <gtest/gtest.h>

#include "kube/object.h"

namespace firesteel::kube::loop {
namespace {

using Keys = std::vector<std::string>;

json::Document pod(std::string_view space, std::string_view name, std::string_view version,
                   std::string_view app = {}, std::string_view uid = "u") {
  json::Object metadata{
      {"namespace", space}, {"name", name}, {"resourceVersion", version}, {"uid", uid}};
  if (!app.empty()) metadata["labels"] = json::Object{{"app", app}};
  return std::make_shared<const json::Value>(json::Object{{"metadata", std::move(metadata)}});
}

TEST(Cache, replace_tells_what_changed) {
  Cache cache;
  EXPECT_EQ(cache.replace({pod("n", "a", "1"), pod("n", "b", "2")}), (Keys{"n/a", "n/b"}));
  EXPECT_EQ(cache.replace({pod("n", "a", "1"), pod("n", "b", "3"), pod("m", "c", "4")}),
            (Keys{"m/c", "n/b"}));
  EXPECT_EQ(cache.replace({pod("n", "a", "1")}), (Keys{"m/c", "n/b"}));
  EXPECT_EQ(cache.size(), 1u);
}

TEST(Cache, events_change_one_object) {
  Cache cache;
  EXPECT_EQ(cache.apply({EventType::kAdded, pod("n", "a", "1")}), Keys{"n/a"});
  EXPECT_EQ(cache.apply({EventType::kModified, pod("n", "a", "10")}), Keys{"n/a"});
  EXPECT_EQ(cache.apply({EventType::kModified, pod("n", "a", "9")}), Keys{}) << "older";
  EXPECT_EQ(cache.apply({EventType::kModified, pod("n", "a", "10")}), Keys{}) << "the same";
  EXPECT_EQ(cache.apply({EventType::kAdded, pod("n", "a", "5", "", "v")}), Keys{"n/a"}) << "reborn";
  EXPECT_EQ(cache.apply({EventType::kBookmark, pod("", "", "20")}), Keys{});
  EXPECT_EQ(cache.apply({EventType::kDeleted, pod("n", "z", "11")}), Keys{});
  const json::Document kept = cache.get("n/a");
  EXPECT_EQ(cache.apply({EventType::kDeleted, pod("n", "a", "12", "", "v")}), Keys{"n/a"});
  EXPECT_EQ(cache.get("n/a"), nullptr);
  EXPECT_EQ(resource_version_of(*kept), "5");
}

TEST(Cache, objects_are_found_by_namespace_and_label) {
  Cache cache("app");
  cache.replace({pod("n", "a", "1", "x"), pod("n", "b", "2", "y"), pod("no", "c", "3", "x")});
  EXPECT_EQ(cache.items().size(), 3u);
  EXPECT_EQ(cache.items("n").size(), 2u);
  EXPECT_EQ(cache.by_label("x").size(), 2u);
  cache.apply({EventType::kModified, pod("n", "a", "4", "y")});
  EXPECT_EQ(cache.by_label("x").size(), 1u);
  EXPECT_EQ(cache.by_label("y").size(), 2u);
  cache.apply({EventType::kDeleted, pod("no", "c", "5", "x")});
  EXPECT_TRUE(cache.by_label("x").empty());
  EXPECT_TRUE(cache.by_label("").empty());
}

}  // namespace
}  // namespace firesteel::kube::loop
