#include "cluster/gc.h"

#include <gtest/gtest.h>

#include "base/json/print.h"
#include "base/json/yaml.h"
#include "cluster/kinds.h"

namespace firesteel::cluster {
namespace {

using enum OwnerState;
using kube::Propagation;

json::Document yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return std::make_shared<const json::Value>((*documents)[0].value);
}

// An object "o" with these finalizers and owners ("a" blocks its owner, as all others).
json::Document object(const std::string& finalizers, const std::vector<std::string>& owners,
                      bool deleting = false) {
  std::string references;
  for (const std::string& owner : owners) {
    references += "{kind: K, name: " + owner + ", uid: " + owner + ", blockOwnerDeletion: true},";
  }
  return yaml("{metadata: {name: o, uid: o, resourceVersion: '7', finalizers: [" + finalizers +
              "], ownerReferences: [" + references + "]" +
              (deleting ? ", deletionTimestamp: '2026-01-01T00:00:00Z'" : "") + "}}");
}

TEST(DecideGc, FollowsTheOwners) {
  const json::Document dependent = object("", {"o"});
  struct Case {
    const char* name;
    std::string finalizers;
    std::vector<OwnerState> owners;
    bool has_dependents;
    GcAction expected;
  };
  const Case cases[] = {
      {"no owner: stays", "", {}, false, Nothing{}},
      {"owner present: stays", "", {kPresent}, false, Nothing{}},
      {"owner absent: goes", "", {kAbsent}, false, RemoveObject{Propagation::kBackground}},
      {"all absent: goes", "", {kAbsent, kAbsent}, true, RemoveObject{Propagation::kBackground}},
      {"one of two absent: the reference goes", "", {kPresent, kAbsent}, false, DropOwners{{"b"}}},
      {"one of two waits: the reference goes", "", {kWaiting, kPresent}, false, DropOwners{{"a"}}},
      {"owner waits: goes", "", {kWaiting}, false, RemoveObject{Propagation::kBackground}},
      {"owner waits, has dependents: they go first",
       "",
       {kWaiting},
       true,
       RemoveObject{Propagation::kForeground}},
      {"unknown owner: never guess", "", {kUnknown}, false, Nothing{}},
      {"unknown beside absent: never guess", "", {kAbsent, kUnknown}, false, Nothing{}},
      {"own finalizer decides: orphan",
       "orphan",
       {kAbsent},
       false,
       RemoveObject{Propagation::kOrphan}},
      {"own finalizer decides: foreground",
       "foregroundDeletion",
       {kAbsent},
       false,
       RemoveObject{Propagation::kForeground}},
  };
  for (const Case& one : cases) {
    const std::vector<std::string> names{"a", "b"};
    const json::Document given = object(
        one.finalizers, {names.begin(), names.begin() + static_cast<long>(one.owners.size())});
    std::vector<json::Document> dependents;
    if (one.has_dependents) dependents.push_back(dependent);
    EXPECT_EQ(decide_gc(*given, one.owners, dependents), one.expected) << one.name;
  }
}

TEST(DecideGc, DealsWithTheFinalizersOfDeletion) {
  const json::Document blocking = object("", {"o"});
  const json::Document free = yaml("{metadata: {ownerReferences: [{uid: o}]}}");
  struct Case {
    const char* name;
    std::string finalizers;
    std::vector<json::Document> dependents;
    GcAction expected;
  };
  const Case cases[] = {
      {"no finalizer of ours", "other", {}, Nothing{}},
      {"foreground without dependents",
       "foregroundDeletion",
       {},
       DropFinalizer{"foregroundDeletion"}},
      {"foreground waits for those that block", "foregroundDeletion", {free, blocking}, Nothing{}},
      {"foreground does not wait for others",
       "foregroundDeletion",
       {free},
       DropFinalizer{"foregroundDeletion"}},
      {"orphan", "orphan", {blocking}, OrphanDependents{}},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(decide_gc(*object(one.finalizers, {}, true), {}, one.dependents), one.expected)
        << one.name;
  }
}

TEST(GcPatches, NameTheVersionTheyWereMadeFrom) {
  const json::Document given = object("orphan, x", {"a", "b"});
  const std::vector<std::string> uids{"a"};
  EXPECT_EQ(json::print(drop_owners_patch(*given, uids)),
            R"({"metadata":{"resourceVersion":"7","uid":"o","ownerReferences":[)"
            R"({"kind":"K","name":"b","uid":"b","blockOwnerDeletion":true}]}})");
  EXPECT_EQ(json::print(drop_finalizer_patch(*given, "orphan")),
            R"({"metadata":{"resourceVersion":"7","uid":"o","finalizers":["x"]}})");
}

TEST(OwnerGraph, KnowsDependentsBeforeAndAfterTheirOwner) {
  OwnerGraph graph;
  graph.put(kube::resources::kPods, yaml("{metadata: {uid: p, ownerReferences: [{uid: a}]}}"));
  EXPECT_EQ(graph.dependents_of("a"), std::vector<std::string>{"p"});
  graph.put(kube::resources::kPods, yaml("{metadata: {uid: p, ownerReferences: [{uid: b}]}}"));
  EXPECT_TRUE(graph.dependents_of("a").empty());
  EXPECT_EQ(graph.dependents_of("b"), std::vector<std::string>{"p"});
  graph.erase("b");  // an owner that was never there
  EXPECT_EQ(graph.dependents_of("b"), std::vector<std::string>{"p"});
  graph.erase_resource(kube::resources::kPods);
  EXPECT_TRUE(graph.dependents_of("b").empty());
  EXPECT_EQ(graph.find("p"), nullptr);
}

TEST(ResourceOfCrd, IsTheStoredVersionOnceEstablished) {
  const std::string spec =
      "spec: {group: g.io, scope: Namespaced, names: {plural: things, kind: Thing}, versions: "
      "[{name: v1, served: true, storage: false}, {name: v2, served: true, storage: true}]}";
  const auto established = resource_of_crd(
      *yaml("{" + spec + ", status: {conditions: [{type: Established, status: 'True'}]}}"));
  ASSERT_TRUE(established.has_value());
  EXPECT_EQ(*established, (kube::Resource{"g.io", "v2", "things", "Thing"}));
  EXPECT_FALSE(resource_of_crd(*yaml("{" + spec + "}")).has_value());
}

}  // namespace
}  // namespace firesteel::cluster
