// Stateful sets, daemon sets and their revisions: what they decide.
#include "cluster/stateful_set.h"

#include <gtest/gtest.h>

#include "base/json/print.h"
#include "base/json/yaml.h"
#include "cluster/daemon_set.h"
#include "cluster/revisions.h"
#include "kube/object.h"

namespace firesteel::cluster {
namespace {

const TimePoint kNow = *parse_time("2026-11-22T18:00:00Z");

json::Document yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return std::make_shared<const json::Value>((*documents)[0].value);
}

// r = ready (since a minute), p = pending, d = ready and being deleted, f = failed; a capital
// letter is the same of the new revision.
json::Document pod(const std::string& name, char state) {
  const char kind = static_cast<char>(std::tolower(state));
  const bool updated = kind != state;
  const std::string phase = kind == 'p' ? "Pending" : kind == 'f' ? "Failed" : "Running";
  const std::string ready = kind == 'r' || kind == 'd' ? "True" : "False";
  return yaml("{metadata: {name: " + name + ", uid: u-" + name +
              ", labels: {controller-revision-hash: " + (updated ? "new" : "old") + "}" +
              (kind == 'd' ? ", deletionTimestamp: '2026-11-22T17:59:59Z'" : "") +
              "}, spec: {nodeName: " + name + "}, status: {phase: " + phase +
              ", conditions: [{type: Ready, status: '" + ready +
              "', lastTransitionTime: '2026-11-22T17:59:00Z'}]}}");
}

json::Document revision(const std::string& name, const std::string& image) {
  return yaml("{metadata: {name: " + name +
              "}, data: {spec: {template: {$patch: replace, spec: "
              "{containers: [{name: c, image: '" +
              image + "'}]}}}}}");
}

json::Document stateful_set(int replicas, const std::string& more = "") {
  return yaml(
      "{metadata: {name: db, namespace: s, generation: 3, uid: u}, spec: {serviceName: dbs, "
      "replicas: " +
      std::to_string(replicas) + more + "}}");
}

// "+1 +2 -0": pods made and removed.
std::string actions(const json::Document& set, const std::string& states) {
  std::vector<json::Document> pods;
  for (std::size_t index = 0; index < states.size(); ++index) {
    if (states[index] != '.') pods.push_back(pod("db-" + std::to_string(index), states[index]));
  }
  const StatefulSetDecision decision =
      decide_stateful_set(*set, pods, *revision("old", "one"), *revision("new", "two"), kNow);
  std::string text;
  for (const json::Value& one : decision.create)
    text += fmt::format("+{}", kube::name_of(one).substr(3));
  for (const std::string& name : decision.remove) text += "-" + name.substr(3);
  return text;
}

TEST(DecideStatefulSet, BringsItsPodsInOrder) {
  struct Case {
    std::string what;
    int replicas;
    std::string more;
    std::string states;  // of db-0, db-1, ...; . = not there
    std::string expected;
  };
  const std::string parallel = ", podManagementPolicy: Parallel";
  const std::string on_delete = ", updateStrategy: {type: OnDelete}";
  const std::string upper = ", updateStrategy: {rollingUpdate: {partition: 2}}";
  const Case cases[] = {
      {"the first alone", 3, "", "", "+0"},
      {"waits for the one before", 3, "", "P", ""},
      {"the next", 3, "", "R", "+1"},
      {"a gap is filled first", 3, "", "R.R", "+1"},
      {"all at once", 3, parallel, "", "+0+1+2"},
      {"parallel waits for nobody", 3, parallel, "P.P", "+1"},
      {"one that failed is made anew", 2, "", "Rf", "-1"},
      {"scaled down from the top", 1, "", "RRR", "-2"},
      {"one after the other", 1, "", "RRD", ""},
      {"not while an earlier one is unwell too", 1, "", "RPP", ""},
      {"but that one itself may go", 1, "", "RP", "-1"},
      {"scaled down at once", 0, parallel, "RRR", "-2-1-0"},
      {"updates from the top", 3, "", "rrr", "-2"},
      {"updates the next one", 3, "", "rrR", "-1"},
      {"waits for the updated one", 3, "", "rrP", ""},
      {"waits for the one that goes", 3, "", "rrd", ""},
      {"not below the partition", 3, upper, "rrR", ""},
      {"from the partition on", 3, upper, "rrr", "-2"},
      {"on delete", 3, on_delete, "rrr", ""},
      {"done", 3, "", "RRR", ""},
      {"waits for minReadySeconds", 2, ", minReadySeconds: 90", "R", ""},
      {"has waited", 2, ", minReadySeconds: 30", "R", "+1"},
  };
  for (const Case& one : cases)
    EXPECT_EQ(actions(stateful_set(one.replicas, one.more), one.states), one.expected) << one.what;
}

TEST(DecideStatefulSet, OrdinalsMayStartElsewhere) {
  const json::Document set = stateful_set(2, ", ordinals: {start: 1}");
  EXPECT_EQ(actions(set, ".R"), "+2");
  EXPECT_EQ(actions(set, "RRR"), "-0");
}

TEST(DecideStatefulSet, MakesPodsWithNamesAndClaimsOfTheirOwn) {
  const json::Document set =
      stateful_set(1,
                   ", selector: {matchLabels: {app: db}}, volumeClaimTemplates: [{metadata: "
                   "{name: data}, spec: {accessModes: [ReadWriteOnce]}}]");
  const StatefulSetDecision decision =
      decide_stateful_set(*set, {}, *revision("old", "one"), *revision("new", "two"), kNow);
  ASSERT_EQ(decision.create.size(), 1U);
  const json::Value& made = decision.create[0];
  EXPECT_EQ(json::print(json::object_at(made, {"metadata", "labels"})),
            R"({"statefulset.kubernetes.io/pod-name":"db-0","apps.kubernetes.io/pod-index":"0",)"
            R"("controller-revision-hash":"new"})");
  EXPECT_EQ(json::print(*json::find(made, "spec")),
            R"({"containers":[{"name":"c","image":"two"}],"hostname":"db-0","subdomain":"dbs",)"
            R"("volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"data-db-0"}}]})");
  const std::vector<json::Value> claims = claims_of(*set, "db-0");
  ASSERT_EQ(claims.size(), 1U);
  EXPECT_EQ(json::print(*json::find(claims[0], "metadata")),
            R"({"name":"data-db-0","namespace":"s","labels":{"app":"db"}})");
  EXPECT_FALSE(takes_claims_along(*set, "db-5"));
  const json::Document taking =
      stateful_set(1, ", persistentVolumeClaimRetentionPolicy: {whenScaled: Delete}");
  EXPECT_TRUE(takes_claims_along(*taking, "db-1"));
  EXPECT_FALSE(takes_claims_along(*taking, "db-0"));
}

TEST(DecideStatefulSet, BelowThePartitionPodsAreMadeAsTheyWere) {
  const json::Document set = stateful_set(2, ", updateStrategy: {rollingUpdate: {partition: 1}}");
  const StatefulSetDecision decision =
      decide_stateful_set(*set, {}, *revision("old", "one"), *revision("new", "two"), kNow);
  EXPECT_EQ(kube::label_of(decision.create.at(0), "controller-revision-hash"), "old");
}

TEST(DecideStatefulSet, WithoutPartitionPodsAreMadeAnewAsTheyShouldBe) {
  const json::Document set = yaml(
      "{metadata: {name: db, namespace: s}, spec: {replicas: 3, updateStrategy: {type: "
      "RollingUpdate}}, status: {currentReplicas: 3}}");
  const std::vector<json::Document> present{pod("db-0", 'r'), pod("db-1", 'r')};
  const StatefulSetDecision decision =
      decide_stateful_set(*set, present, *revision("old", "one"), *revision("new", "two"), kNow);
  EXPECT_EQ(kube::label_of(decision.create.at(0), "controller-revision-hash"), "new");
}

TEST(DecideStatefulSet, CountsInItsStatus) {
  const auto status = [](int replicas, std::vector<json::Document> pods) {
    const auto decision = decide_stateful_set(
        *stateful_set(replicas), pods, *revision("old", "one"), *revision("new", "two"), kNow);
    return decision.status ? json::print(*decision.status) : "";
  };
  EXPECT_EQ(status(3, {pod("db-0", 'r'), pod("db-1", 'P'), pod("db-2", 'd')}),
            R"({"observedGeneration":3,"replicas":3,"availableReplicas":2,"readyReplicas":2,)"
            R"("currentReplicas":1,"updatedReplicas":1,"currentRevision":"old",)"
            R"("updateRevision":"new","collisionCount":0})");
  // All is updated and well: the new revision is the current one.
  EXPECT_EQ(status(1, {pod("db-0", 'R')}),
            R"({"observedGeneration":3,"replicas":1,"availableReplicas":1,"readyReplicas":1,)"
            R"("currentReplicas":1,"updatedReplicas":1,"currentRevision":"new",)"
            R"("updateRevision":"new","collisionCount":0})");
}

TEST(OrdinalOf, IsTheNumberAtTheEnd) {
  EXPECT_EQ(ordinal_of("db", "db-12"), 12);
  for (const char* other : {"db", "db-", "db-x", "db-1x", "dbx-1", "x-1", "db--1"})
    EXPECT_EQ(ordinal_of("db", other), -1) << other;
}

TEST(DecideRevisions, KeepsOneForEachTemplateAndTheNewestLast) {
  const auto owner = [](const std::string& image) {
    return yaml(
        "{kind: StatefulSet, metadata: {name: db, namespace: s, uid: u}, spec: "
        "{revisionHistoryLimit: 1, template: {metadata: {labels: {a: b}}, spec: {image: " +
        image + "}}}}");
  };
  std::vector<json::Document> known;
  for (const char* image : {"one", "two", "three", "four"}) {
    const RevisionDecision decision = decide_revisions(*owner(image), known, {});
    EXPECT_TRUE(decision.create) << image;
    EXPECT_EQ(json::int_at(*decision.update, {"revision"}), std::ssize(known) + 1);
    EXPECT_EQ(json::string_at(template_of(*decision.update), {"spec", "image"}), image);
    known.push_back(decision.update);
  }
  // Back to the second; the first is beyond the limit, and the third alive.
  const std::vector<std::string> live{revision_hash(*known[2])};
  const RevisionDecision back = decide_revisions(*owner("two"), known, live);
  EXPECT_FALSE(back.create);
  EXPECT_EQ(back.update, known[1]);
  EXPECT_EQ(back.renumber, 5);
  EXPECT_EQ(back.remove, std::vector<std::string>{std::string(kube::name_of(*known[0]))});
}

json::Document node(const std::string& name, const std::string& spec = "") {
  return yaml("{metadata: {name: " + name + ", labels: {disk: " + name + "}}, spec: {" + spec +
              "}}");
}

TEST(DecideDaemonSet, RunsOnePodOnEachNodeThatItFits) {
  const std::vector<json::Document> nodes{node("a"),
                                          node("b", "taints: [{key: k, effect: NoSchedule}]"),
                                          node("c", "unschedulable: true")};
  struct Case {
    std::string what;
    std::string spec;  // of the template
    std::vector<json::Document> pods;
    std::vector<std::string> expected;  // nodes of pods not seen yet
    std::string actions;
  };
  const Case cases[] = {
      {"all that it tolerates", "", {}, {}, "+a+c"},
      {"created but not seen", "", {}, {"a"}, "+c"},
      {"a selector", "nodeSelector: {disk: c}", {}, {}, "+c"},
      {"no more wanted there", "nodeSelector: {disk: c}", {pod("a", 'R'), pod("c", 'R')}, {}, "-a"},
      {"one that failed goes first", "", {pod("a", 'f'), pod("c", 'R')}, {}, "-a"},
      {"a node that is gone", "", {pod("a", 'R'), pod("c", 'R'), pod("z", 'R')}, {}, "-z"},
      {"one after the other", "", {pod("a", 'r'), pod("c", 'r')}, {}, "-a"},
      {"waits for the one under way", "", {pod("a", 'P'), pod("c", 'r')}, {}, ""},
      {"what serves nobody goes at once", "", {pod("a", 'p'), pod("c", 'r')}, {}, "-a"},
      {"done", "", {pod("a", 'R'), pod("c", 'R')}, {}, ""},
  };
  for (const Case& one : cases) {
    const json::Document set = yaml(
        "{metadata: {name: d, namespace: s, uid: u}, spec: {template: "
        "{spec: {" +
        one.spec + "}}}}");
    const auto decision = decide_daemon_set(*set, nodes, one.pods, one.expected, "new", kNow);
    std::string text;
    for (const json::Value& made : decision.create) text += "+" + node_of_daemon(made);
    for (const std::string& name : decision.remove) text += "-" + name;
    EXPECT_EQ(text, one.actions) << one.what;
  }
}

TEST(DecideDaemonSet, CountsInItsStatus) {
  const json::Document set = yaml("{metadata: {name: d, generation: 2}, spec: {template: {}}}");
  const std::vector<json::Document> nodes{node("a"), node("b"), node("c")};
  const std::vector<json::Document> pods{pod("a", 'R'), pod("b", 'p')};
  const auto decision = decide_daemon_set(*set, nodes, pods, {}, "new", kNow);
  EXPECT_EQ(json::print(*decision.status),
            R"({"currentNumberScheduled":2,"numberMisscheduled":0,"desiredNumberScheduled":3,)"
            R"("numberReady":1,"observedGeneration":2,"updatedNumberScheduled":1,)"
            R"("numberAvailable":1,"numberUnavailable":2})");
}

}  // namespace
}  // namespace firesteel::cluster
