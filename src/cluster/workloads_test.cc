// Replica sets and deployments: what they decide.
#include <gtest/gtest.h>

#include "base/json/print.h"
#include "base/json/yaml.h"
#include "cluster/deployment.h"
#include "cluster/pods.h"
#include "cluster/replica_set.h"
#include "kube/conditions.h"
#include "kube/object.h"

namespace firesteel::cluster {
namespace {

using std::chrono::seconds;

const TimePoint kNow = *parse_time("2026-11-22T18:00:00Z");

json::Document yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return std::make_shared<const json::Value>((*documents)[0].value);
}

// "name" + state: p = pending, r = ready (since a minute), u = running but unready, d = being
// deleted, f = failed, s = succeeded.
json::Document pod(const std::string& name, char state) {
  const std::string phase = state == 'p'   ? "Pending"
                            : state == 'f' ? "Failed"
                            : state == 's' ? "Succeeded"
                                           : "Running";
  return yaml("{metadata: {name: " + name + ", labels: {app: x}" +
              (state == 'd' ? ", deletionTimestamp: '2026-11-22T17:59:59Z'" : "") +
              "}, spec: {nodeName: '" + (state == 'p' ? "" : "n1") + "'}, status: {phase: " +
              phase + ", conditions: [{type: Ready, status: '" + (state == 'r' ? "True" : "False") +
              "', lastTransitionTime: '2026-11-22T17:59:00Z'}]}}");
}
std::vector<json::Document> pods(const std::string& states) {
  std::vector<json::Document> all;
  for (std::size_t index = 0; index < states.size(); ++index) {
    all.push_back(pod("p" + std::to_string(index), states[index]));
  }
  return all;
}

json::Document replica_set(int replicas, const std::string& more = "") {
  return yaml("{metadata: {name: x, namespace: s, generation: 2}, spec: {replicas: " +
              std::to_string(replicas) + more +
              ", template: {metadata: {labels: {app: x}}, spec: {containers: []}}}}");
}

TEST(DecideReplicaSet, CreatesWhatIsMissingAndRemovesTheLeastUseful) {
  struct Case {
    int replicas;
    std::string states;
    int expected;  // created but not seen
    int create;
    std::vector<std::string> remove;
  };
  const Case cases[] = {
      {3, "", 0, 3, {}},
      {3, "rr", 0, 1, {}},
      {3, "rr", 1, 0, {}},
      {3, "rdf", 0, 2, {}},
      {1, "rpr", 0, 0, {"p1", "p0"}},
      {0, "ru", 0, 0, {"p1", "p0"}},
      {0, "r", 1, 0, {}},
      {1000, "", 0, kMaxPodsAtOnce, {}},
  };
  for (const Case& one : cases) {
    const ReplicaSetDecision decision =
        decide_replica_set(*replica_set(one.replicas), pods(one.states), one.expected, kNow);
    EXPECT_EQ(decision.create, one.create) << one.states;
    EXPECT_EQ(decision.remove, one.remove) << one.states;
  }
}

TEST(DecideReplicaSet, CountsInItsStatus) {
  const auto decision = decide_replica_set(*replica_set(4), pods("rrup"), 0, kNow);
  ASSERT_TRUE(decision.status.has_value());
  EXPECT_EQ(json::print(*decision.status),
            R"({"replicas":4,"fullyLabeledReplicas":4,"readyReplicas":2,"availableReplicas":2,)"
            R"("observedGeneration":2})");
  json::Value again = *replica_set(4);
  again.as_object()["status"] = *decision.status;
  EXPECT_FALSE(decide_replica_set(again, pods("rrup"), 0, kNow).status.has_value());
}

TEST(DecideReplicaSet, WaitsForMinReadySeconds) {
  const auto decision =
      decide_replica_set(*replica_set(1, ", minReadySeconds: 90"), pods("r"), 0, kNow);
  EXPECT_EQ(json::int_at(*decision.status, {"availableReplicas"}), 0);
  EXPECT_EQ(decision.again, seconds(30));
}

TEST(PodFromTemplate, IsControlledByItsOwner) {
  const json::Document owner = yaml(
      "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: x, namespace: s, uid: u}, spec: "
      "{template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c}]}}}}");
  EXPECT_EQ(
      json::print_canonical(pod_from_template(*owner, *json::find(*owner, {"spec", "template"}))),
      R"({"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"x-","labels":{"a":"b"},)"
      R"("namespace":"s","ownerReferences":[{"apiVersion":"apps/v1","blockOwnerDeletion":true,)"
      R"("controller":true,"kind":"ReplicaSet","name":"x","uid":"u"}]},)"
      R"("spec":{"containers":[{"name":"c"}]}})");
}

// --- deployments ---

json::Document deployment(int replicas, const std::string& image, const std::string& more = "") {
  return yaml(
      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: s, uid: u, "
      "generation: 3}, spec: {replicas: " +
      std::to_string(replicas) + more +
      ", selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: "
      "{containers: [{name: c, image: " +
      image + "}]}}}}");
}

// A replica set of this deployment's template, with replicas wanted and available.
json::Document set_of(const json::Document& owner, int wanted, int available, int revision) {
  const std::string hash = template_hash(*json::find(*owner, {"spec", "template"}));
  return yaml("{metadata: {name: web-" + hash + ", labels: {pod-template-hash: '" + hash +
              "'}, annotations: {deployment.kubernetes.io/revision: '" + std::to_string(revision) +
              "'}}, spec: {replicas: " + std::to_string(wanted) + "}, status: {replicas: " +
              std::to_string(wanted) + ", readyReplicas: " + std::to_string(available) +
              ", availableReplicas: " + std::to_string(available) + "}}");
}

TEST(DecideDeployment, MakesTheFirstReplicaSetWhole) {
  const json::Document given = deployment(2, "a");
  const DeploymentDecision decision = decide_deployment(*given, {}, false, kNow);
  ASSERT_TRUE(decision.create.has_value());
  const json::Value& set = *decision.create;
  const std::string hash = template_hash(*json::find(*given, {"spec", "template"}));
  EXPECT_EQ(kube::name_of(set), "web-" + hash);
  EXPECT_EQ(json::int_at(set, {"spec", "replicas"}), 2);
  EXPECT_EQ(kube::label_of(set, kHashLabel), hash);
  EXPECT_EQ(json::string_at(set, {"spec", "selector", "matchLabels", "pod-template-hash"}), hash);
  EXPECT_EQ(json::string_at(set, {"spec", "selector", "matchLabels", "app"}), "x");
  EXPECT_EQ(json::string_at(set, {"spec", "template", "metadata", "labels", "pod-template-hash"}),
            hash);
  EXPECT_EQ(json::string_at(*kube::controller_of(set), "name"), "web");
  EXPECT_EQ(decision.revision, "1");
  // The set's own template, label included, has the same hash: it is found again.
  EXPECT_EQ(template_hash(*json::find(set, {"spec", "template"})), hash);
}

TEST(DecideDeployment, RollsWithinItsBounds) {
  const json::Document old_one = deployment(4, "a");
  struct Case {
    const char* name;
    std::string more;
    int old_wanted, old_available, fresh_wanted, fresh_available;
    std::map<std::string, int> scale;  // "old" and "fresh"
  };
  const std::string bounds = ", strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}";
  const std::string careful = ", strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
  const Case cases[] = {
      {"one up, one down", bounds, 4, 4, 0, 0, {{"fresh", 1}, {"old", 3}}},
      {"waits for the new ones", bounds, 3, 3, 2, 0, {}},
      {"goes on", bounds, 3, 3, 2, 2, {{"old", 1}}},
      {"unhealthy old ones go first", bounds, 4, 2, 1, 0, {{"old", 3}}},
      {"never below without maxUnavailable", careful, 4, 4, 1, 0, {}},
      {"then one by one", careful, 4, 4, 1, 1, {{"old", 3}}},
      {"the rest", bounds, 1, 1, 4, 4, {{"old", 0}}},
      {"done", bounds, 0, 0, 4, 4, {}},
      {"too many new ones", bounds, 0, 0, 6, 6, {{"fresh", 4}}},
      {"a quarter by default", "", 4, 4, 0, 0, {{"fresh", 1}, {"old", 3}}},
      {"recreate takes all old ones first",
       ", strategy: {type: Recreate}",
       4,
       4,
       0,
       0,
       {{"old", 0}}},
      {"paused", ", paused: true", 4, 4, 1, 1, {}},
  };
  for (const Case& one : cases) {
    const json::Document given = deployment(4, "b", one.more);
    const std::vector<json::Document> sets{set_of(old_one, one.old_wanted, one.old_available, 1),
                                           set_of(given, one.fresh_wanted, one.fresh_available, 2)};
    const DeploymentDecision decision = decide_deployment(*given, sets, one.old_wanted > 0, kNow);
    std::map<std::string, int> scale;
    for (const ScaleReplicaSet& scaled : decision.scale) {
      scale[scaled.name == kube::name_of(*sets[0]) ? "old" : "fresh"] = scaled.replicas;
    }
    if (std::string_view(one.name) == "paused") scale.erase("fresh");  // scaling is not a rollout
    EXPECT_EQ(scale, one.scale) << one.name;
    EXPECT_FALSE(decision.create.has_value()) << one.name;
  }
}

TEST(DecideDeployment, RecreateWaitsForTheLastPod) {
  const json::Document given = deployment(2, "b", ", strategy: {type: Recreate}");
  const std::vector<json::Document> sets{set_of(deployment(2, "a"), 0, 0, 1),
                                         set_of(given, 0, 0, 2)};
  EXPECT_TRUE(decide_deployment(*given, sets, true, kNow).scale.empty());
  const auto decision = decide_deployment(*given, sets, false, kNow);
  ASSERT_EQ(decision.scale.size(), 1U);
  EXPECT_EQ(decision.scale[0].replicas, 2);
}

TEST(DecideDeployment, GivesARolledBackSetTheNewestRevisionAndKeepsHistoryShort) {
  const json::Document given = deployment(1, "a", ", revisionHistoryLimit: 1");
  const std::vector<json::Document> sets{set_of(given, 1, 1, 1),
                                         set_of(deployment(1, "b"), 0, 0, 2),
                                         set_of(deployment(1, "c"), 0, 0, 3)};
  const DeploymentDecision decision = decide_deployment(*given, sets, false, kNow);
  EXPECT_EQ(decision.revise, kube::name_of(*sets[0]));
  EXPECT_EQ(decision.revision, "4");
  EXPECT_EQ(decision.remove, std::vector<std::string>{std::string(kube::name_of(*sets[1]))});
}

TEST(DecideDeployment, SaysHowItStands) {
  const json::Document given = deployment(2, "a");
  const auto half = decide_deployment(*given, std::vector{set_of(given, 2, 1, 1)}, false, kNow);
  ASSERT_TRUE(half.status.has_value());
  EXPECT_EQ(json::int_at(*half.status, {"unavailableReplicas"}), 1);
  EXPECT_EQ(json::int_at(*half.status, {"observedGeneration"}), 3);
  EXPECT_FALSE(kube::is_condition_true(*half.status, "Available"));
  const std::vector<json::Document> whole{set_of(given, 2, 2, 1)};
  const auto done = decide_deployment(*given, whole, false, kNow);
  EXPECT_TRUE(kube::is_condition_true(*done.status, "Available"));
  EXPECT_EQ(json::string_at(*kube::find_condition(*done.status, "Progressing"), "reason"),
            "NewReplicaSetAvailable");
  json::Value settled = *given;
  settled.as_object()["status"] = *done.status;
  EXPECT_FALSE(decide_deployment(settled, whole, false, kNow).status.has_value());
}

TEST(DecideDeployment, GivesUpAfterItsDeadline) {
  json::Value given = *deployment(1, "a", ", progressDeadlineSeconds: 60");
  const std::vector<json::Document> sets{set_of(deployment(1, "a"), 1, 0, 1)};
  const auto first = decide_deployment(given, sets, false, kNow);
  given.as_object()["status"] = *first.status;
  const auto waiting = decide_deployment(given, sets, false, kNow + seconds(10));
  EXPECT_FALSE(waiting.status.has_value());
  EXPECT_EQ(waiting.again, seconds(51));
  const auto late = decide_deployment(given, sets, false, kNow + seconds(61));
  ASSERT_TRUE(late.status.has_value());
  EXPECT_EQ(json::string_at(*kube::find_condition(*late.status, "Progressing"), "reason"),
            "ProgressDeadlineExceeded");
}

}  // namespace
}  // namespace firesteel::cluster
