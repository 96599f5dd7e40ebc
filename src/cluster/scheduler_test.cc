#include "cluster/scheduler.h"

#include <gtest/gtest.h>

#include "base/json/yaml.h"

namespace firesteel::cluster {
namespace {

json::Document yaml(const std::string& text) {
  auto documents = json::parse_yaml(text);
  EXPECT_TRUE(documents.has_value()) << text;
  return std::make_shared<const json::Value>((*documents)[0].value);
}

std::string node_text(const std::string& name, const std::string& more = "",
                      const std::string& cpu = "4", const std::string& memory = "8Gi") {
  return "{metadata: {name: " + name + ", labels: {zone: a, rank: '5'}}, spec: {" + more +
         "}, status: {allocatable: {cpu: '" + cpu + "', memory: " + memory +
         ", pods: '3'}, conditions: [{type: Ready, status: 'True'}]}}";
}

struct Case {
  std::string name;
  std::string pod_spec;
  std::vector<std::string> nodes;
  std::map<std::string, Room> used;
  std::string node;     // expected
  std::string message;  // expected
};

const std::string kOneCpu =
    "containers: [{name: a, resources: {requests: {cpu: '1', memory: 1Gi}}}]";

class PlacePod : public testing::TestWithParam<Case> {};

TEST_P(PlacePod, PicksANodeOrSaysWhyNot) {
  const Case& given = GetParam();
  const json::Document pod =
      yaml("{metadata: {name: p, namespace: s}, spec: {" + given.pod_spec + "}}");
  std::vector<json::Document> nodes;
  for (const std::string& node : given.nodes) nodes.push_back(yaml(node));
  const Placement placement = place_pod(*pod, nodes, given.used);
  EXPECT_EQ(placement.node, given.node);
  EXPECT_EQ(placement.message, given.message);
}

std::string affinity(const std::string& expression) {
  return kOneCpu +
         ", affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
         "{nodeSelectorTerms: [{matchExpressions: [" +
         expression + "]}]}}}";
}

const std::string kNoMatch =
    "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
const std::string kTaint = "taints: [{key: k, value: v, effect: NoSchedule}]";

INSTANTIATE_TEST_SUITE_P(
    Table, PlacePod,
    testing::Values(
        Case{"fits", kOneCpu, {node_text("n1")}, {}, "n1", ""},
        Case{"no nodes", kOneCpu, {}, {}, "", "no nodes available to schedule pods"},
        Case{"memory",
             "containers: [{name: a, resources: {requests: {memory: 9Gi}}}]",
             {node_text("n1")},
             {},
             "",
             "0/1 nodes are available: 1 Insufficient memory."},
        Case{"what bound pods take counts",
             kOneCpu,
             {node_text("n1")},
             {{"n1", Room{3500, 8LL << 30, 1}}},
             "",
             "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory."},
        Case{"too many pods",
             kOneCpu,
             {node_text("n1")},
             {{"n1", Room{0, 0, 3}}},
             "",
             "0/1 nodes are available: 1 Too many pods."},
        Case{"limits stand in for requests",
             "containers: [{name: a, resources: {limits: {cpu: '5'}}}]",
             {node_text("n1")},
             {},
             "",
             "0/1 nodes are available: 1 Insufficient cpu."},
        Case{"nothing asked fits a full node",
             "containers: [{name: a}]",
             {node_text("n1")},
             {{"n1", Room{9000, 0, 1}}},
             "n1",
             ""},
        Case{"the emptier node wins",
             kOneCpu,
             {node_text("a"), node_text("b")},
             {{"a", Room{1000, 0, 1}}},
             "b",
             ""},
        Case{"equal nodes: by name", kOneCpu, {node_text("b"), node_text("a")}, {}, "a", ""},
        Case{"unschedulable",
             kOneCpu,
             {node_text("n1", "unschedulable: true")},
             {},
             "",
             "0/1 nodes are available: 1 node(s) were unschedulable."},
        Case{"not ready",
             kOneCpu,
             {"{metadata: {name: n1}, status: {conditions: [{type: Ready, status: 'False'}]}}"},
             {},
             "",
             "0/1 nodes are available: 1 node(s) were not ready."},
        Case{
            "selector", kOneCpu + ", nodeSelector: {zone: b}", {node_text("n1")}, {}, "", kNoMatch},
        Case{"affinity In",
             affinity("{key: zone, operator: In, values: [a]}"),
             {node_text("n1")},
             {},
             "n1",
             ""},
        Case{"affinity NotIn",
             affinity("{key: zone, operator: NotIn, values: [a]}"),
             {node_text("n1")},
             {},
             "",
             kNoMatch},
        Case{"affinity Gt",
             affinity("{key: rank, operator: Gt, values: ['4']}"),
             {node_text("n1")},
             {},
             "n1",
             ""},
        Case{"affinity DoesNotExist",
             affinity("{key: zone, operator: DoesNotExist}"),
             {node_text("n1")},
             {},
             "",
             kNoMatch},
        Case{"taint",
             kOneCpu,
             {node_text("n1", kTaint)},
             {},
             "",
             "0/1 nodes are available: 1 node(s) had untolerated taint {k: v}."},
        Case{"tolerated by value",
             kOneCpu + ", tolerations: [{key: k, value: v, effect: NoSchedule}]",
             {node_text("n1", kTaint)},
             {},
             "n1",
             ""},
        Case{"tolerated by existence",
             kOneCpu + ", tolerations: [{operator: Exists}]",
             {node_text("n1", kTaint)},
             {},
             "n1",
             ""},
        Case{"reasons of several nodes",
             kOneCpu,
             {node_text("a", "unschedulable: true"), node_text("b", "", "500m"),
              node_text("c", "", "500m")},
             {},
             "",
             "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu."}),
    [](const auto& one) {
      std::string name = one.param.name;
      for (char& letter : name) letter = std::isalnum(letter) ? letter : '_';
      return name;
    });

TEST(RequestedBy, IsTheSumOfContainersOrTheLargestInitContainer) {
  const json::Document pod = yaml(R"({spec: {
    containers: [{name: a, resources: {requests: {cpu: 500m, memory: 1Gi}}},
                 {name: b, resources: {requests: {cpu: 250m}, limits: {cpu: '4', memory: 1Mi}}}],
    initContainers: [{name: i, resources: {requests: {cpu: '2'}}},
                     {name: s, restartPolicy: Always, resources: {requests: {memory: 1Gi}}}],
    overhead: {cpu: 10m}}})");
  EXPECT_EQ(requested_by(*pod), (Room{2010, (2LL << 30) + (1 << 20), 1}));
}

TEST(NeedsANode, OnlyPodsThatWaitForThisScheduler) {
  const std::pair<std::string, bool> cases[] = {
      {"{spec: {}}", true},
      {"{spec: {nodeName: n1}}", false},
      {"{spec: {schedulerName: volcano}}", false},
      {"{spec: {schedulerName: default-scheduler}}", true},
      {"{spec: {schedulingGates: [{name: g}]}}", false},
      {"{spec: {}, status: {phase: Failed}}", false},
      {"{metadata: {deletionTimestamp: '2026-01-01T00:00:00Z'}, spec: {}}", false},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(needs_a_node(*yaml(text)), expected) << text;
}

}  // namespace
}  // namespace firesteel::cluster
